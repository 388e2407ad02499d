//! Ids and tokens as types of their own, so that none is taken for another.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// Id of a user, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(String);

/// Id of a session's row. It is no secret: events and logs may carry it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct SessionId(String);

/// What a client presents to be taken for the session's user. Prints as dots and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(zeroize::Zeroizing<String>);

impl SessionToken {
    /// The token itself: for cookies and queries, never for showing.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is this token, compared in constant time.
    pub fn matches(&self, token: &str) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), token.as_bytes()).into()
    }
}

impl Hash for SessionToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for SessionToken {
    fn from(token: String) -> Self {
        Self(token.into())
    }
}

impl From<&str> for SessionToken {
    fn from(token: &str) -> Self {
        token.to_owned().into()
    }
}

/// The id as a UUID, always the same one for the same id; itself if it is one. For tables whose ids are of that type.
///
/// Ids are random texts of more bits than a UUID has, so theirs are as random as those of version 4.
pub(super) fn as_uuid(id: &str) -> String {
    let hyphens = |(at, c): (usize, char)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    };
    if id.len() == 36 && id.chars().enumerate().all(hyphens) {
        return id.to_ascii_lowercase();
    }
    let bits = id.bytes().fold(0_u128, |bits, byte| bits.wrapping_mul(61).wrapping_add(u128::from(byte)));
    let (version, variant) = (0xf000_u128 << 64, 0xc000_u128 << 48);
    let bits = (bits & !version & !variant) | (0x4000_u128 << 64) | (0x8000_u128 << 48);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

macro_rules! id {
    ($id:ident) => {
        impl $id {
            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $id {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $id {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl AsRef<str> for $id {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(UserId);
id!(SessionId);
