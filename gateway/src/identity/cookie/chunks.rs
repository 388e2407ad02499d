//! The cookie that holds a copy of the session, which may be too long for one: then it is cut into `….0`, `….1` and so
//! on, by the same arithmetic as Better Auth's. Knows nothing of what the copy says.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};

use super::Cookies;
use crate::identity::credential::own_cookies;

/// Most bytes of a cookie with its name and attributes; browsers drop longer ones.
const MOST_BYTES: usize = 4_050;

/// Most pieces. What would need more is not kept in cookies.
const MOST_PIECES: usize = 100;

/// The cookies of a request that hold, or once held, a copy of the session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    /// Their names, in the order they came in.
    names: Vec<String>,
    /// The copy, put together; `None` when there is none.
    value: Option<String>,
}

impl Copies {
    /// The copy as it was sent.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Whether there is any such cookie, be it empty.
    pub fn are_none(&self) -> bool {
        self.names.is_empty()
    }
}

impl Cookies {
    /// The copy of the session that a request carries, whole or in pieces. Pieces count only without the whole.
    pub fn copies(&self, headers: &HeaderMap) -> Copies {
        let name = self.session_data.as_str();
        let mut found: Vec<(Option<usize>, &str, &str)> = Vec::new();
        for (cookie, value) in own_cookies(headers, name) {
            let index = piece(name, cookie);
            if (index.is_some() || cookie == name) && found.iter().all(|(_, seen, _)| *seen != cookie) {
                found.push((index, cookie, value));
            }
        }
        let names = found.iter().map(|(_, cookie, _)| (*cookie).to_owned()).collect();
        let whole = found.iter().find(|(index, ..)| index.is_none()).map(|(_, _, value)| (*value).to_owned());
        found.retain(|(index, ..)| index.is_some());
        found.sort_by_key(|(index, ..)| *index);
        let joined = || found.iter().map(|(_, _, value)| *value).collect::<String>();
        let value = whole.filter(|whole| !whole.is_empty()).unwrap_or_else(joined);
        Copies { names, value: Some(value).filter(|value| !value.is_empty()) }
    }

    /// The lines that set the copy, in pieces if it is long, and clear what is left of one that was cut otherwise. The
    /// value has to consist of characters that need no encoding. Without `max_age` it ends with the browser.
    pub fn set_copy(&self, old: &Copies, value: &str, max_age: Option<u64>) -> Vec<HeaderValue> {
        let mut lines: Vec<(Cow<'_, str>, HeaderValue)> =
            old.names.iter().map(|name| (Cow::from(name), self.clear(name))).collect();
        for (name, piece) in self.pieces(value, max_age) {
            let line = self.line(&name, piece, max_age);
            match lines.iter_mut().find(|(old, _)| *old == name) {
                Some(cleared) => cleared.1 = line,
                None => lines.push((name, line)),
            }
        }
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// The lines that clear every cookie of the copy.
    pub fn clear_copies(&self, old: &Copies) -> Vec<HeaderValue> {
        old.names.iter().map(|name| self.clear(name)).collect()
    }

    fn pieces<'v>(&self, value: &'v str, max_age: Option<u64>) -> Vec<(Cow<'_, str>, &'v str)> {
        let name = &self.session_data;
        let overhead = self.line(&format!("{name}.99"), "", max_age).len();
        let size = MOST_BYTES.saturating_sub(overhead).max(1);
        if value.len() <= size {
            return vec![(Cow::from(name), value)];
        }
        if value.len().div_ceil(size) > MOST_PIECES || !value.is_ascii() {
            tracing::warn!(bytes = value.len(), "the copy of a session is too long for cookies and was left out");
            return Vec::new();
        }
        let starts = (0..value.len()).step_by(size).enumerate();
        starts.map(|(i, at)| (format!("{name}.{i}").into(), &value[at..value.len().min(at + size)])).collect()
    }
}

/// Which piece of `whole` a cookie is: a number without leading zeros behind a dot.
fn piece(whole: &str, name: &str) -> Option<usize> {
    let digits = name.strip_prefix(whole)?.strip_prefix('.')?;
    digits.parse().ok().filter(|index: &usize| index.to_string() == digits)
}
