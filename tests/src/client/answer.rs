//! An answer, read to its end, that can be questioned and shown.

use std::fmt::Write;

use http::{HeaderMap, StatusCode, Version};
use serde_json::Value;

use super::jar::SetCookie;
use crate::snapshot::Mask;

/// Headers that say nothing about the answer's meaning.
const NOISE: &[&str] =
    &["connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "x-request-id"];

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    asked: String,
    /// Status.
    pub status: StatusCode,
    /// Protocol version of the answer.
    pub version: Version,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads a response to its end.
    pub async fn read(asked: String, response: reqwest::Response) -> Self {
        let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
        let body = response.bytes().await.unwrap_or_else(|error| panic!("{asked}: the body broke off: {error:?}"));
        Self { asked, status, version, headers, body: body.into() }
    }

    /// The same answer; panics with all of it when its status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert!(self.status == status, "{} should be {status}, but is:\n{}", self.asked, self.raw());
        self
    }

    /// One header as text; of several, the first.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; panics when it isn't.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}):\n{}", self.raw()))
    }

    /// `code` of an error answer.
    #[track_caller]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Its `Set-Cookie` lines.
    pub fn set_cookies(&self) -> Vec<SetCookie> {
        let lines = self.headers.get_all("set-cookie").iter();
        lines.map(|line| SetCookie::parse(line.to_str().expect("cookies are ASCII"))).collect()
    }

    /// The cookie of this name, if the answer sets it.
    pub fn sets(&self, name: &str) -> Option<SetCookie> {
        self.set_cookies().into_iter().find(|cookie| cookie.name.ends_with(name))
    }

    /// Status, meaningful headers and body, with everything masked that differs between two runs.
    pub fn snapshot(&self) -> String {
        self.shown(&mut Mask::default(), |name| !NOISE.contains(&name))
    }

    /// As [`Answer::snapshot`], with only these headers.
    pub fn snapshot_with(&self, headers: &[&str]) -> String {
        self.shown(&mut Mask::default(), |name| headers.contains(&name))
    }

    fn shown(&self, mask: &mut Mask, wanted: impl Fn(&str) -> bool) -> String {
        let mut shown = format!("{}\n", self.status.as_u16());
        let mut headers: Vec<_> = self.headers.iter().filter(|(name, _)| wanted(name.as_str())).collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        let body = self.shown_body(mask);
        for (name, value) in headers {
            let value = mask.text(&String::from_utf8_lossy(value.as_bytes()));
            writeln!(shown, "{name}: {value}").expect("a string takes all");
        }
        if !body.is_empty() {
            writeln!(shown, "\n{body}").expect("a string takes all");
        }
        shown
    }

    /// The body first: it names ids before headers repeat them.
    fn shown_body(&self, mask: &mut Mask) -> String {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => mask.json(&json),
            Err(_) => mask.text(&self.text()),
        }
    }

    fn raw(&self) -> String {
        let mut raw = format!("{:?} {}\n", self.version, self.status);
        for (name, value) in &self.headers {
            writeln!(raw, "{name}: {}", String::from_utf8_lossy(value.as_bytes())).expect("a string takes all");
        }
        raw + "\n" + &self.text()
    }
}
