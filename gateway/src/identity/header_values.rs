//! Text of users as header values.

use std::fmt::Write as _;

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

/// Identity as header values: made once per session and cheap to clone for each request.
#[derive(Debug, Clone)]
pub struct IdentityValues {
    /// The user's id.
    pub user_id: HeaderValue,
    /// The user's roles.
    pub role: HeaderValue,
    /// The user's address.
    pub email: HeaderValue,
    /// The user's display name.
    pub name: HeaderValue,
    /// The session's id.
    pub session_id: HeaderValue,
}

impl IdentityValues {
    /// Encodes each value by [`header_value_of`].
    pub fn new(text: IdentityText<'_>) -> Self {
        Self {
            user_id: header_value_of(text.user_id),
            role: header_value_of(text.role),
            email: header_value_of(text.email),
            name: header_value_of(text.name),
            session_id: header_value_of(text.session_id),
        }
    }

    /// The value of a field; none for the assertion, which is made for each upstream.
    pub fn field(&self, field: IdentityField) -> Option<&HeaderValue> {
        match field {
            IdentityField::UserId => Some(&self.user_id),
            IdentityField::Role => Some(&self.role),
            IdentityField::Email => Some(&self.email),
            IdentityField::Name => Some(&self.name),
            IdentityField::SessionId => Some(&self.session_id),
            IdentityField::Assertion => None,
        }
    }
}

/// Text as a header value that every server reads alike: visible ASCII and inner spaces stay, `%` and all else become
/// percent-encoded UTF-8 (`Zoë` → `Zo%C3%AB`), so that percent-decoding gives the text back. Text whose encoding is
/// longer than [`MAX_VALUE`] is cut after a whole character.
pub fn header_value_of(text: &str) -> HeaderValue {
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
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static(""))
}

fn push_escaped(c: char, out: &mut String) {
    for b in c.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a String can't fail.
        let _ = write!(out, "%{b:02X}");
    }
}
