//! A certified OpenID provider, and people in front of its pages.

use std::process::Stdio;

use http::Method;
use regex::Regex;
use reqwest::Url;
use serde_json::{Value, json};

use super::{address_of, command};
use crate::client::{Person, Secrets};
use crate::process::Process;

/// The secret of every client that is registered there.
pub const CLIENT_SECRET: &str = "a-client-secret-for-tests-only-0123456789";

/// The provider, on a port of its own.
pub struct OpenIdProvider {
    address: String,
    _process: Process,
}

impl OpenIdProvider {
    /// Starts it with its usual settings.
    pub fn start() -> Self {
        Self::with(&json!({}))
    }

    /// Starts it with settings of its script.
    pub fn with(settings: &Value) -> Self {
        let mut command = command("node", "openid-provider.mjs");
        let command = command.env("SETTINGS", settings.to_string()).stdin(Stdio::piped());
        let mut process = Process::start_with_input("the OpenID provider", command);
        Self { address: address_of(&mut process), _process: process }
    }

    /// `http://127.0.0.1:PORT`, also its issuer.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its section of `gateway.toml`, as the provider `acme`, with more settings.
    pub fn section(&self, more: &str) -> String {
        let url = self.url();
        format!(
            "[oauth.acme]\nname = \"Acme\"\ndiscovery_url = \"{url}/.well-known/openid-configuration\"\n\
             client_id = \"gateway\"\nclient_secret = \"{CLIENT_SECRET}\"\nscope = [\"email\", \"profile\"]\n{more}\n"
        )
    }

    /// The same for the original server's generic-oauth plugin.
    pub fn options(&self, more: &Value) -> Value {
        let mut options = json!({
            "providerId": "acme",
            "discoveryUrl": format!("{}/.well-known/openid-configuration", self.url()),
            "clientId": "gateway",
            "clientSecret": CLIENT_SECRET,
            "scopes": ["email", "profile"],
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        json!({ "generic-oauth": { "config": [options] } })
    }

    /// Somebody's browser, as the provider sees it.
    pub fn visitor(&self) -> Visitor {
        Visitor { person: Person::new(&self.url(), &self.url(), Secrets::default()), base: self.url() }
    }

    /// Where it sends its orders to sign out.
    pub async fn tell_of_sign_outs(&self, uri: &str) {
        let mut place =
            Url::parse(&self.url()).expect("the provider's address").join("/__backchannel").expect("a path");
        place.query_pairs_mut().extend_pairs([("client", "gateway"), ("uri", uri)]);
        let path = place.as_str().strip_prefix(&self.url()).expect("it is below").to_owned();
        self.visitor().person.get(&path).await.expect(200);
    }

    /// How often a grant was asked for, e.g. `refresh_token done`.
    pub async fn granted(&self, kind: &str) -> u64 {
        let told = self.visitor().person.get("/__grants").await.expect(200).json();
        told["grants"][kind].as_u64().unwrap_or_default()
    }
}

/// Somebody in front of the provider's pages. A clone has its own copy of the cookies.
#[derive(Clone)]
pub struct Visitor {
    person: Person,
    base: String,
}

impl Visitor {
    /// Goes where a gateway sent them, signs in as `who` and agrees to everything; gives where they are sent back.
    pub async fn sign_in(&self, url: &str, who: &str) -> String {
        let mut next = self.path(url).unwrap_or_else(|| panic!("{url} is not the provider's"));
        for _ in 0..20 {
            let answer = self.person.get(&next).await;
            let location = match answer.header("location") {
                Some(location) => location.to_owned(),
                None => self.fill_in(&answer.text(), who).await,
            };
            match self.path(&location) {
                Some(path) => next = path,
                None => return location,
            }
        }
        panic!("the provider sends {who} in circles");
    }

    /// Signs out at the provider, in every client.
    pub async fn sign_out(&self) {
        let page = self.person.get("/session/end").await.expect(200).text();
        let secret = capture(&page, r#"name="xsrf" value="([^"]+)""#);
        let form = [("xsrf", secret.as_str()), ("logout", "yes")];
        self.person.ask(Method::POST, "/session/end/confirm").form(&form).send().await;
    }

    async fn fill_in(&self, page: &str, who: &str) -> String {
        let action = capture(page, r#"action="([^"]+)""#);
        let path = self.path(&action).expect("the form is the provider's");
        let prompt = capture(page, r#"name="prompt" value="([^"]+)""#);
        let form = [("prompt", prompt.as_str()), ("login", who), ("password", "any will do")];
        let answer = self.person.ask(Method::POST, &path).form(&form).send().await;
        let location = answer.header("location").map(str::to_owned);
        location.unwrap_or_else(|| panic!("the provider shows {who} another page: {}", answer.text()))
    }

    fn path(&self, location: &str) -> Option<String> {
        let url = Url::parse(&self.base).ok()?.join(location).ok()?;
        let path = url.as_str().strip_prefix(&self.base)?;
        path.starts_with('/').then(|| path.to_owned())
    }
}

fn capture(text: &str, pattern: &str) -> String {
    let found = Regex::new(pattern).expect("the pattern is one").captures(text);
    found.unwrap_or_else(|| panic!("{pattern} is not in {text}"))[1].to_owned()
}
