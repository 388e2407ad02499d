//! Ids and tokens as types of their own, so that none is taken for another.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// Id of a user, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
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
