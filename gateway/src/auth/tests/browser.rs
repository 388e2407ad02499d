//! Somebody who sends requests and keeps the cookies of the answers.

use std::{collections::BTreeMap, net::IpAddr};

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use regex::Regex;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::gate::{Gate, ORIGIN};
use crate::app::Client;

/// The password of everybody in the tests.
pub(crate) const PASSWORD: &str = "password123";

/// A client with cookies.
#[derive(Clone)]
pub(crate) struct Browser<'g> {
    gate: &'g Gate,
    pub(crate) cookies: BTreeMap<String, String>,
    address: Option<IpAddr>,
    uid: Option<u32>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A request to be sent.
pub(crate) struct Asking<'b, 'g> {
    browser: &'b mut Browser<'g>,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'g> Browser<'g> {
    pub(crate) fn new(gate: &'g Gate) -> Self {
        Self { gate, cookies: BTreeMap::new(), address: None, uid: None }
    }

    /// The same from this address.
    pub(crate) fn at(mut self, address: &str) -> Self {
        self.address = Some(address.parse().unwrap());
        self
    }

    /// The same over a unix socket as this user.
    pub(crate) fn over_unix(mut self, uid: u32) -> Self {
        self.uid = Some(uid);
        self
    }

    /// A request below the API's path. With cookies it carries our own origin, as browsers do.
    pub(crate) fn ask(&mut self, method: &str, path: &str) -> Asking<'_, 'g> {
        self.visit(method, &format!("/api/auth{path}"))
    }

    /// A request to any path.
    pub(crate) fn visit(&mut self, method: &str, path: &str) -> Asking<'_, 'g> {
        let asking = Asking {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            browser: self,
        };
        let changes = asking.method != Method::GET && !asking.browser.cookies.is_empty();
        if changes { asking.header("origin", ORIGIN) } else { asking }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path).send().await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.ask("POST", path).json(&body).send().await
    }

    pub(crate) async fn sign_up(&mut self, email: &str) -> Answer {
        self.post("/sign-up/email", json!({ "name": "Ann", "email": email, "password": PASSWORD })).await
    }

    pub(crate) async fn sign_in(&mut self, email: &str) -> Answer {
        self.post("/sign-in/email", json!({ "email": email, "password": PASSWORD })).await
    }

    /// Whether the gateway takes it for somebody.
    pub(crate) async fn is_signed_in(&mut self) -> bool {
        self.get("/get-session").await.body != "null"
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Asking<'_, '_> {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body)
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    pub(crate) async fn send(mut self) -> Answer {
        if !self.browser.cookies.is_empty() {
            let cookies: Vec<_> = self.browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            self.headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers;
        request.extensions_mut().insert(Client { address: self.browser.address, https: false, uid: self.browser.uid });
        let (parts, body) = self.browser.gate.router.clone().oneshot(request).await.unwrap().into_parts();
        self.browser.keep_cookies(&parts.headers);
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn cookies(&self) -> Vec<String> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|line| masked(line.to_str().unwrap())).collect()
    }

    /// Status and code, or the message where there is no code.
    pub(crate) fn short(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let said = body["code"].as_str().or(body["message"].as_str()).unwrap_or_default().to_owned();
        format!("{} {said}", self.status.as_u16()).trim().to_owned()
    }

    /// Status, body and cookies, with ids, tokens and times masked.
    pub(crate) fn masked(&self) -> String {
        let mut lines = vec![format!("{} {}", self.status.as_u16(), masked(&self.body))];
        lines.extend(self.cookies());
        lines.join("\n")
    }
}

fn masked(text: &str) -> String {
    let dates = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").unwrap();
    let signed = Regex::new(r"[A-Za-z0-9]{32}\.[A-Za-z0-9%+/]{43,60}(=|%3D)").unwrap();
    let ids = Regex::new(r"\b[A-Za-z0-9]{32}\b").unwrap();
    let text = dates.replace_all(text, "TIME");
    let text = signed.replace_all(&text, "TOKEN.SIG");
    ids.replace_all(&text, "ID").into_owned()
}
