//! The bytes of our cookies: their names, their attributes, the lines that set and clear them. Knows nothing of
//! sessions beyond the token and nothing of the database.
//!
//! Names and attributes are Better Auth's: under https the name starts with `__Secure-`, and then no other name is
//! read. Attributes stand in the order `Max-Age; Domain; Path; HttpOnly; Secure; SameSite`.

use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::credential::{own_cookies, signed_cookie};
use crate::{
    config::{CookieConfig, Period, SameSite},
    crypto::sign::Signer,
};

mod chunks;
mod devices;
#[cfg(test)]
mod tests;

pub use chunks::Copies;
pub use devices::Devices;

/// All that JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What the mark of a session says that isn't remembered.
const NOT_REMEMBERED: &str = "true";

/// A prefix or domain that can't stand in a cookie.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} \"{value}\" can't stand in a cookie")]
pub struct BadCookie {
    /// The key of the configuration.
    pub key: &'static str,
    /// Its value.
    pub value: String,
}

/// Names our cookies and writes their `Set-Cookie` lines.
#[derive(Debug, Clone)]
pub struct Cookies {
    prefix: String,
    session_token: String,
    session_data: String,
    dont_remember: String,
    admin_session: String,
    /// What follows `Max-Age`, with the leading separator.
    attributes: String,
    max_age: u64,
    signer: Signer,
}

impl Cookies {
    /// Cookies as configured; `secure` when the browser comes by https, `max_age` how long a remembered session lives.
    pub fn new(config: &CookieConfig, secure: bool, max_age: Period, signer: Signer) -> Result<Self, BadCookie> {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let is_domain = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
        let (prefix, domain) = (config.prefix.as_str(), config.domain.as_str());
        if prefix.is_empty() || !prefix.bytes().all(is_name) {
            return Err(BadCookie { key: "cookie.prefix", value: prefix.to_owned() });
        }
        if !domain.bytes().all(is_domain) {
            return Err(BadCookie { key: "cookie.domain", value: domain.to_owned() });
        }
        let name = |short: &str| format!("{}{prefix}.{short}", if secure { "__Secure-" } else { "" });
        Ok(Self {
            prefix: prefix.to_owned(),
            session_token: name("session_token"),
            session_data: name("session_data"),
            dont_remember: name("dont_remember"),
            admin_session: name("admin_session"),
            attributes: attributes(config, secure),
            max_age: max_age.0.as_secs(),
            signer,
        })
    }

    /// Full name of the session cookie.
    pub fn session_token(&self) -> &str {
        &self.session_token
    }

    /// Full name of the cookie that says the session ends with the browser.
    pub fn dont_remember(&self) -> &str {
        &self.dont_remember
    }

    /// First part of every name of ours, after `__Secure-`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The lines that set a session. One that isn't remembered ends with the browser and is accompanied by the cookie
    /// that says so. After a remembered sign-in also send [`Self::clear_dont_remember`] if the request [`Self::has_dont_remember`].
    pub fn set_session(&self, token: &str, remember: bool) -> Vec<HeaderValue> {
        if remember {
            vec![self.set_signed(&self.session_token, token, Some(self.max_age))]
        } else {
            let session = self.set_signed(&self.session_token, token, None);
            vec![session, self.set_signed(&self.dont_remember, NOT_REMEMBERED, None)]
        }
    }

    /// The lines that give the browser the same session under today's signature, for what is left of its time.
    pub fn sign_anew(&self, token: &str, left: Option<u64>) -> Vec<HeaderValue> {
        match left {
            Some(_) => vec![self.set_signed(&self.session_token, token, left)],
            None => self.set_session(token, false),
        }
    }

    /// The line that keeps an admin's session while the admin acts as somebody else: the token, and whether the session
    /// was to end with the browser.
    pub fn set_admin_session(&self, token: &str, remember: bool) -> HeaderValue {
        let mark = if remember { "" } else { NOT_REMEMBERED };
        self.set_signed(&self.admin_session, &format!("{token}:{mark}"), Some(self.max_age))
    }

    /// The admin's session that is kept in the browser: its token, and whether it outlives the browser.
    pub fn admin_session(&self, headers: &HeaderMap) -> Option<(String, bool)> {
        let kept = self.signed_text(headers, &self.admin_session)?;
        let (token, mark) = kept.split_once(':')?;
        Some((token.to_owned(), mark.is_empty()))
    }

    /// The line that forgets it.
    pub fn clear_admin_session(&self) -> HeaderValue {
        self.clear(&self.admin_session)
    }

    /// The value of a cookie of this name that we signed, whatever it holds.
    pub fn signed_text(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let (_, raw) = own_cookies(headers, name).find(|(cookie, _)| *cookie == name)?;
        let text = percent_decode_str(raw).decode_utf8().ok()?;
        let (value, signature) = text.rsplit_once('.')?;
        self.signer.verify(value, signature).then(|| value.to_owned())
    }

    /// The lines that end a session in the browser: token, copy, then what the browser has of a copy, which may be the
    /// same once more, and the mark that it isn't remembered.
    pub fn clear_all(&self, copies: &Copies) -> Vec<HeaderValue> {
        let mut lines = vec![self.clear(&self.session_token), self.clear_copy()];
        lines.extend(self.clear_copies(copies));
        lines.push(self.clear(&self.dont_remember));
        lines
    }

    /// The line that clears the copy of the session, if it is whole.
    pub fn clear_copy(&self) -> HeaderValue {
        self.clear(&self.session_data)
    }

    /// The line that clears the mark of a session that isn't remembered.
    pub fn clear_dont_remember(&self) -> HeaderValue {
        self.clear(&self.dont_remember)
    }

    /// Whether the request carries the mark of a session that isn't remembered, signed by us. Such a session is not
    /// extended.
    pub fn has_dont_remember(&self, headers: &HeaderMap) -> bool {
        let Some(mark) = signed_cookie(headers, &self.dont_remember) else { return false };
        mark.signature.is_some_and(|signature| self.signer.accepts(&mark.token, &signature))
    }

    /// Full name of a cookie of ours.
    pub fn name(&self, short: &str) -> String {
        let start = self.session_token.strip_suffix("session_token").unwrap_or_default();
        format!("{start}{short}")
    }

    /// What a cookie holds that we signed; `None` for any other.
    pub fn signed_value(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let cookie = signed_cookie(headers, name)?;
        let ours = cookie.signature.is_some_and(|signature| self.signer.accepts(&cookie.token, &signature));
        ours.then(|| cookie.token.into_owned())
    }

    /// The line that sets a cookie to a signed value; without `max_age` (seconds) it ends with the browser.
    pub fn set_signed(&self, name: &str, value: &str, max_age: Option<u64>) -> HeaderValue {
        self.line(name, &self.signer.signed(value), max_age)
    }

    /// The line that sets a cookie, for so many seconds, which scripts may read and nobody has signed. The name was checked with
    /// the configuration.
    pub fn set_readable(&self, name: &str, value: &str, max_age: u64) -> HeaderValue {
        let attributes = self.attributes.replace("; HttpOnly", "");
        Self::written(name, value, Some(max_age), &attributes)
    }

    /// The line that clears a cookie.
    pub fn clear(&self, name: &str) -> HeaderValue {
        self.line(name, "", Some(0))
    }

    fn line(&self, name: &str, value: &str, max_age: Option<u64>) -> HeaderValue {
        Self::written(name, value, max_age, &self.attributes)
    }

    fn written(name: &str, value: &str, max_age: Option<u64>, attributes: &str) -> HeaderValue {
        let value = utf8_percent_encode(value, COMPONENT);
        let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let line = format!("{name}={value}{max_age}{attributes}");
        HeaderValue::try_from(line).expect("names and attributes were checked, the value is encoded")
    }
}

fn attributes(config: &CookieConfig, secure: bool) -> String {
    let domain = if config.domain.is_empty() { String::new() } else { format!("; Domain={}", config.domain) };
    let secure = if secure { "; Secure" } else { "" };
    let same_site = match config.same_site {
        SameSite::Lax => "Lax",
        SameSite::Strict => "Strict",
        SameSite::None => "None",
    };
    format!("{domain}; Path=/; HttpOnly{secure}; SameSite={same_site}")
}
