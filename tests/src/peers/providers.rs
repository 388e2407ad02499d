//! The twelve named providers at their HTTP edge, in one server: whatever is at `https://host/path` with them is at
//! `/host/path` here, and answers as their documentation shows it (`recorded.json`). Codes work once, for whom they were
//! given to, with the proof that was announced.

mod play;
mod recorded;
mod signer;

use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Map, Value, json};

use crate::client::{Answer, Ask, Person};
use crate::upstream::{Reply, Seen, Upstream};

pub use recorded::{IDS, Recorded};
pub use signer::Signer;

/// The running providers.
pub struct Providers {
    edge: Upstream,
    state: Arc<Mutex<play::State>>,
}

/// Where a provider sends a browser back to.
#[derive(Debug, Clone)]
pub struct Returned {
    /// Path and query of our callback.
    pub path: String,
    /// What is to be posted there, if it is.
    pub form: Vec<(String, String)>,
}

impl Providers {
    /// Starts them on a port of their own.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(play::State::default()));
        let played = Arc::clone(&state);
        let edge = Upstream::answering(move |seen| play::answer(&played, seen)).await;
        Self { edge, state }
    }

    /// `http://127.0.0.1:PORT`, below which all of them are.
    pub fn url(&self) -> String {
        format!("http://{}", self.edge.address())
    }

    /// Where an address of a provider is here.
    pub fn at(&self, address: &str) -> String {
        address.replacen("https:/", &self.url(), 1)
    }

    /// Answers an address of a provider by this script from now on.
    pub fn on(&self, address: &str, reply: &Reply) {
        for path in spelled(address) {
            self.edge.on(&path, reply.clone());
        }
    }

    /// Answers it as documented again.
    pub fn restore(&self, address: &str) {
        for path in spelled(address) {
            self.edge.forget(&path);
        }
    }

    /// An access token that an app on a phone got from any of them.
    pub fn access_token(&self) -> String {
        self.state.lock().expect("nobody panics with it").grant()
    }

    /// What was asked of them so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.edge.seen()
    }

    /// The last request for this address.
    #[track_caller]
    pub fn last(&self, address: &str) -> Seen {
        let path = address.trim_start_matches("https:/");
        let found = self.seen().into_iter().rfind(|seen| seen.path() == path);
        found.unwrap_or_else(|| panic!("{address} was never asked"))
    }

    /// Changes what a provider tells.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Recorded)) {
        change(self.state.lock().expect("nobody panics with it").recorded(id));
    }

    /// `[oauth.<id>]` of these providers: their addresses here, and ours with them.
    pub fn config(&self, ids: &[&str]) -> String {
        ids.iter().map(|id| self.section(id)).collect()
    }

    fn section(&self, id: &str) -> String {
        let recorded = Recorded::of(id);
        let mut section =
            format!("[oauth.{id}]\nclient_id = \"{id}-client\"\ntoken_url = \"{}\"\n", self.at(&recorded.token));
        let more = [("user_info_url", &recorded.user_info), ("jwks_url", &recorded.keys)];
        for (key, address) in more.into_iter().filter(|(_, address)| !address.is_empty()) {
            section.push_str(&format!("{key} = \"{}\"\n", self.at(address)));
        }
        section.push_str(&match id {
            "apple" => format!(
                "team_id = \"TEAM123456\"\nkey_id = \"KEY1234567\"\nprivate_key = '''\n{}'''\n",
                Signer::shared().apple_key()
            ),
            _ => format!("client_secret = \"{}\"\n", recorded::secret(id)),
        });
        section
    }

    /// The same for Better Auth: `socialProviders`.
    pub fn options(&self, ids: &[&str]) -> Value {
        let secret = |id: &str| match id {
            "apple" => Signer::shared().apple_secret(),
            _ => recorded::secret(id),
        };
        let one =
            |id: &&str| ((*id).to_owned(), json!({ "clientId": format!("{id}-client"), "clientSecret": secret(id) }));
        json!({ "socialProviders": ids.iter().map(one).collect::<Map<_, _>>() })
    }

    /// An ID token of this provider for us, with these claims laid over the usual ones; `null` takes one away.
    pub fn id_token(&self, id: &str, claims: &Value) -> String {
        play::id_token(&Recorded::of(id), &format!("{id}-client"), claims)
    }

    /// What the browser brings back that was sent to this address.
    pub async fn sign_in(&self, url: &str) -> Returned {
        let answer = crate::client::fetch(self.at(url)).await.expect("the providers answer");
        let answer = Answer::read(format!("GET {url}"), answer).await;
        let answer = if answer.status == 200 { answer } else { answer.expect(302) };
        Returned::read(&answer)
    }
}

/// The path of an address here, as it is and as some clients escape it.
fn spelled(address: &str) -> [String; 2] {
    let path = address.trim_start_matches("https:/");
    [path.to_owned(), path.replace('@', "%40").replace('$', "%24")]
}

impl Returned {
    fn read(answer: &Answer) -> Self {
        let text = answer.text();
        let found = |pattern: &str| regex::Regex::new(pattern).expect("the pattern is right");
        let action = found(r#"action="([^"]*)""#).captures(&text).map(|found| found[1].to_owned());
        let target = action.or_else(|| answer.header("location").map(str::to_owned)).expect("it leads somewhere");
        let (_, rest) = target.split_once("://").expect("the target is absolute");
        let path = rest.find('/').map_or("/", |at| &rest[at..]).to_owned();
        let unescape = |value: &str| value.replace("&quot;", "\"").replace("&amp;", "&");
        let fields = found(r#"name="([^"]*)" value="([^"]*)""#);
        let form = fields.captures_iter(&text).map(|field| (field[1].to_owned(), unescape(&field[2])));
        Self { path, form: form.collect() }
    }

    /// Lets the browser follow: by GET, or as the provider's page posts it, without cookies.
    pub async fn follow(&self, person: &Person) -> Answer {
        if self.form.is_empty() {
            return seen_from_here(person.ask(Method::GET, &self.path)).send().await;
        }
        let fields: Vec<_> = self.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let post = person.ask(Method::POST, &self.path).without_cookies().header("origin", "https://appleid.apple.com");
        let posted = post.header("sec-fetch-site", "cross-site").form(&fields).send().await.expect(302);
        let location = posted.header("location").expect("a redirect has a target");
        let path = location.find("/api/").map(|at| &location[at..]).expect("it leads to our callback");
        seen_from_here(person.ask(Method::GET, path)).send().await
    }
}

/// With the address that both servers are to see.
fn seen_from_here(ask: Ask) -> Ask {
    ask.header("x-forwarded-for", "127.0.0.1").header("user-agent", "a story")
}
