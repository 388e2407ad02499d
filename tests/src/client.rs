//! Personas: somebody with a browser of their own, who remembers cookies and shows every byte of an answer.

mod answer;
mod jar;
mod secrets;

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

pub use answer::Answer;
pub use jar::{Jar, SetCookie};
pub use secrets::Secrets;

/// The password of every persona that doesn't choose another.
pub const PASSWORD: &str = "correct horse battery staple";

/// Somebody with a browser of their own. A clone has its own copy of the cookies.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    base: String,
    origin: String,
    /// The cookies of their browser.
    pub jar: Jar,
    /// Their address; empty until they have an account.
    pub email: String,
    secrets: Secrets,
}

impl Person {
    /// Somebody who talks to `base` from pages of `origin`.
    pub fn new(base: &str, origin: &str, secrets: Secrets) -> Self {
        let http = builder().build().expect("the client needs nothing from outside");
        Self { http, base: base.into(), origin: origin.into(), jar: Jar::default(), email: String::new(), secrets }
    }

    /// The same person with the same cookies at another address.
    pub fn at(&self, base: &str, origin: &str) -> Self {
        Self { base: base.into(), origin: origin.into(), ..self.clone() }
    }

    /// The same person behind another kind of connection (h2c, TLS).
    pub fn over(&self, http: reqwest::Client) -> Self {
        Self { http, ..self.clone() }
    }

    /// Signs up as `NAME@example.com`; panics unless it works.
    pub async fn sign_up(&mut self, name: &str) -> Answer {
        self.email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": self.email, "password": PASSWORD });
        self.post("/api/auth/sign-up/email", body).await.expect(200)
    }

    /// Signs in with the usual password.
    pub async fn sign_in(&self) -> Answer {
        let body = json!({ "email": self.email, "password": PASSWORD });
        self.post("/api/auth/sign-in/email", body).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    /// POST of JSON from a page of our own origin.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path).json(&body).send().await
    }

    /// The answer of get-session.
    pub async fn session(&self) -> Value {
        self.get("/api/auth/get-session").await.expect(200).json()
    }

    /// A request to be completed. Everything but GET and HEAD carries our page's `Origin`.
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let safe = method == Method::GET || method == Method::HEAD;
        let asked = format!("{method} {path}");
        let request = self.http.request(method, format!("{}{path}", self.base));
        let (jar, secrets) = (self.jar.share(), self.secrets.clone());
        let mut ask = Ask { asked, request, headers: Vec::new(), cookies: true, jar, secrets };
        if !safe {
            ask = ask.header("origin", &self.origin);
        }
        ask
    }

    /// Their signed session cookie, `name=value`; panics when they have none.
    pub fn session_cookie(&self) -> String {
        let (name, value) = self.jar.ending("session_token").expect("they are signed in");
        format!("{name}={value}")
    }

    /// Their session token as the API calls it: raw, without the signature.
    pub fn token(&self) -> String {
        let cookie = self.session_cookie();
        let value = cookie.split_once('=').expect("a cookie has a value").1;
        value.split('.').next().expect("split yields one part at least").to_owned()
    }

    /// Their session token with its signature, percent-decoded, as `set-auth-token` gives it.
    pub fn signed_token(&self) -> String {
        let cookie = self.session_cookie();
        let value = cookie.split_once('=').expect("a cookie has a value").1;
        value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    }
}

/// Asks for a URL without cookies or anything else of a persona.
///
/// # Errors
/// When nobody answers.
pub async fn fetch(url: impl reqwest::IntoUrl) -> reqwest::Result<reqwest::Response> {
    builder().build()?.get(url).send().await
}

/// A client that follows nothing, keeps nothing and speaks HTTP/1.1 unless told otherwise.
pub fn builder() -> reqwest::ClientBuilder {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(60))
        .tls_certs_only([])
}

/// A request of a person.
pub struct Ask {
    jar: Jar,
    secrets: Secrets,
    request: reqwest::RequestBuilder,
    headers: Vec<(HeaderName, HeaderValue)>,
    cookies: bool,
    asked: String,
}

impl Ask {
    /// Sets a header, in place of one of that name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value")));
        self
    }

    /// Adds a header beside others of that name.
    pub fn also(mut self, name: &str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
        self.headers.push((name.parse().expect("a header name"), value));
        self
    }

    /// Takes a header out, e.g. the `Origin` that is there by itself.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other.as_str() != name);
        self
    }

    /// As a browser asks for a page.
    pub fn as_navigation(self) -> Self {
        self.header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "none")
    }

    /// As a script's fetch.
    pub fn as_fetch(self) -> Self {
        self.header("accept", "*/*")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-dest", "empty")
            .header("sec-fetch-site", "same-origin")
    }

    /// Leaves the person's cookies at home and keeps none of the answer's.
    pub fn without_cookies(mut self) -> Self {
        self.cookies = false;
        self
    }

    /// `Authorization: Bearer`.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// A JSON body.
    pub fn json(mut self, body: &Value) -> Self {
        self.secrets.keep_passwords(body);
        self.request = self.request.body(body.to_string());
        self.header("content-type", "application/json")
    }

    /// A form body.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        for (name, value) in fields {
            if name.to_lowercase().contains("password") {
                self.secrets.keep(value);
            }
        }
        self.request = self.request.form(fields);
        self
    }

    /// Any body; its type is a header of its own.
    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// Sends it, keeps the answer's cookies and gives the answer before its body has come.
    pub async fn open(self) -> reqwest::Response {
        let Self { jar, secrets, mut request, headers, cookies, asked } = self;
        if cookies && !jar.is_empty() {
            request = request.header("cookie", jar.header());
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{asked} got no answer: {error:?}"));
        for line in response.headers().get_all("set-cookie") {
            let line = line.to_str().expect("cookies are ASCII");
            secrets.keep_cookie(line);
            if cookies {
                jar.keep(line);
            }
        }
        response
    }

    /// Sends it, keeps the answer's cookies and reads the answer to its end.
    pub async fn send(self) -> Answer {
        let asked = self.asked.clone();
        let response = self.open().await;
        Answer::read(asked, response).await
    }
}
