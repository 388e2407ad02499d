//! Hashing and checking of passwords, many at once but never more than the machine can bear.
//!
//! New hashes are argon2id, or scrypt as Better Auth writes it while its server may come back (`password.rehash = false`).
//! argon2, Better Auth's scrypt and bcrypt are verified, told apart by their first characters. A stored hash that can't
//! be read, or that asks for more work than is sane, matches no password. How long a password may be is decided by the
//! caller with [`check_length`], whether it is one of those everybody tries first by [`is_common`].

mod argon2id;
mod bcrypt;
mod gate;
mod popular;
mod scrypt;

#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

use unicode_normalization::{UnicodeNormalization, is_nfkc};
use zeroize::Zeroizing;

pub use gate::{Busy, Load};
pub use popular::is_common;

use self::{argon2id::Cost, gate::Gate};
use crate::config::{PasswordConfig, Secret};

/// What came of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It is not the one.
    Wrong,
    /// It is the one.
    Right {
        /// The stored hash is of an older kind or cost: replace it while the password is at hand.
        outdated: bool,
    },
}

/// Hashes and verifies passwords. Cheap to clone; clones share the same workers and the same queue.
#[derive(Clone, Debug)]
pub struct Passwords {
    gate: Arc<Gate>,
    style: Style,
}

/// How new hashes are made.
#[derive(Debug, Clone, Copy)]
enum Style {
    Argon2id(Cost),
    Scrypt,
}

impl Passwords {
    /// Workers, queue and costs as configured.
    pub fn new(config: &PasswordConfig) -> Self {
        let style = if config.rehash { Style::Argon2id(Cost::new(config)) } else { Style::Scrypt };
        Self { gate: Arc::new(Gate::new(config.workers, config.queue)), style }
    }

    /// The hash to store for a new password.
    pub async fn hash(&self, password: Secret) -> Result<String, Busy> {
        let style = self.style;
        self.gate.run(move || style.hash(&normalized(password.expose()))).await
    }

    /// Whether `password` belongs to the stored hash. Without a hash a new one is computed and thrown away, so that an
    /// unknown user takes as long as a known one, and the answer is `Wrong`.
    pub async fn verify(&self, stored: Option<Secret>, password: Secret) -> Result<Check, Busy> {
        let style = self.style;
        let check = move || match stored {
            Some(stored) => style.verify(stored.expose(), password.expose()),
            None => {
                drop(Zeroizing::new(style.hash(&normalized(password.expose()))));
                Check::Wrong
            }
        };
        self.gate.run(check).await
    }

    /// How many hashes are being computed and how many wait, for metrics.
    pub fn load(&self) -> Load {
        self.gate.load()
    }
}

impl Style {
    fn hash(self, normalized: &str) -> String {
        match self {
            Self::Argon2id(cost) => argon2id::hash(normalized, cost),
            Self::Scrypt => scrypt::hash(normalized),
        }
    }

    fn verify(self, stored: &str, password: &str) -> Check {
        let (right, current) = match stored.as_bytes() {
            [b'$', b'2', ..] => (bcrypt::verify(stored, password), false),
            [b'$', ..] => self.verify_argon2(stored, password),
            _ => (scrypt::verify(stored, &normalized(password)), false),
        };
        let outdated = !current && matches!(self, Self::Argon2id(_));
        if right { Check::Right { outdated } } else { Check::Wrong }
    }

    /// Whether the password is right, and whether its hash is what would be written today. Hashes that other programs
    /// made may be of the text as it was typed, without normalisation; these are tried second and count as old.
    fn verify_argon2(self, stored: &str, password: &str) -> (bool, bool) {
        let limit = if let Self::Argon2id(cost) = self { cost } else { Cost::default() };
        let Some(stored) = argon2id::parse(stored, limit) else { return (false, false) };
        let normalized = normalized(password);
        if stored.matches(&normalized) {
            return (true, stored.is_of(limit));
        }
        (*normalized != *password && stored.matches(password), false)
    }
}

/// The form a password is hashed in: Unicode's NFKC, so that the same text typed on another keyboard is the same.
fn normalized(password: &str) -> Zeroizing<String> {
    let text = if is_nfkc(password) { Cow::Borrowed(password) } else { password.nfkc().collect() };
    Zeroizing::new(text.into_owned())
}

/// Why a password's length is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLength {
    /// `PASSWORD_TOO_SHORT`
    TooShort,
    /// `PASSWORD_TOO_LONG`
    TooLong,
}

/// Refuses a password that has fewer than `shortest` or more than `longest` characters, as JavaScript counts them. At
/// sign-in only the upper bound is checked: pass 0 as the lower.
pub fn check_length(password: &str, shortest: usize, longest: usize) -> Result<(), BadLength> {
    match length_in_utf16(password) {
        n if n < shortest => Err(BadLength::TooShort),
        n if n > longest => Err(BadLength::TooLong),
        _ => Ok(()),
    }
}

/// A text's length as JavaScript's `length` counts it, which is what the contract's limits mean: UTF-16 units, so that
/// most emoji are two.
pub fn length_in_utf16(text: &str) -> usize {
    text.encode_utf16().count()
}
