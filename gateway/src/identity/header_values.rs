//! Text of users as header values.

use std::fmt::Write as _;

use bytes::Bytes;
use http::HeaderValue;

use crate::config::IdentityField;

/// Longest value in bytes; what is longer is cut.
pub const MAX_VALUE: usize = 1024;

/// Identity as text.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdentityText<'a> {
    /// The user's id.
    pub user_id: &'a str,
    /// The user's roles, separated by commas.
    pub role: &'a str,
    /// The user's address.
    pub email: &'a str,
    /// The user's display name.
    pub name: &'a str,
    /// The session's id.
    pub session_id: &'a str,
}

/// Identity as header values: encoded once per session and cheap to hand out for each request, since all of them are
/// parts of one allocation.
#[derive(Debug, Clone)]
pub struct IdentityValues {
    bytes: Bytes,
    ends: [u16; 5],
}

impl IdentityValues {
    /// Encodes each value by [`header_value_of`].
    pub fn new(text: IdentityText<'_>) -> Self {
        let values = [text.user_id, text.role, text.email, text.name, text.session_id].map(encoded);
        let mut end = 0;
        // Five times `MAX_VALUE` is less than a u16 holds.
        let ends = values.each_ref().map(|value| {
            end += value.len() as u16;
            end
        });
        Self { bytes: values.concat().into(), ends }
    }

    /// The value of a field; none for the assertion, which is made for each upstream.
    pub fn field(&self, field: IdentityField) -> Option<HeaderValue> {
        let at = match field {
            IdentityField::UserId => 0,
            IdentityField::Role => 1,
            IdentityField::Email => 2,
            IdentityField::Name => 3,
            IdentityField::SessionId => 4,
            IdentityField::Assertion => return None,
        };
        let start: usize = if at == 0 { 0 } else { self.ends[at - 1].into() };
        HeaderValue::from_maybe_shared(self.bytes.slice(start..self.ends[at].into())).ok()
    }
}

/// Text as a header value that every server reads alike: visible ASCII and inner spaces stay, `%` and all else become
/// percent-encoded UTF-8 (`Zoë` → `Zo%C3%AB`), so that percent-decoding gives the text back. Text whose encoding is
/// longer than [`MAX_VALUE`] is cut after a whole character.
pub fn header_value_of(text: &str) -> HeaderValue {
    HeaderValue::try_from(encoded(text)).unwrap_or(HeaderValue::from_static(""))
}

fn encoded(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut value = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let before = value.len();
        let stays = (c.is_ascii_graphic() && c != '%') || (c == ' ' && at != 0 && at != last);
        if stays {
            value.push(c);
        } else {
            push_escaped(c, &mut value);
        }
        if value.len() > MAX_VALUE {
            value.truncate(before);
            break;
        }
    }
    value
}

fn push_escaped(c: char, out: &mut String) {
    for b in c.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a String can't fail.
        let _ = write!(out, "%{b:02X}");
    }
}
