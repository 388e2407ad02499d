//! `auth.secrets`: several secrets at once, newest first, so that one can be replaced without signing anybody out.
//!
//! Written as a list, or as one text with commas as Better Auth has it in `BETTER_AUTH_SECRETS`. A version in front
//! (`2:…`) names the secret in what is encrypted with it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use super::Secret;

/// The secrets as configured, newest first; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets(pub Vec<VersionedSecret>);

/// One secret, with its number if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedSecret {
    /// The number before the colon.
    pub version: Option<u32>,
    /// The secret.
    pub secret: Secret,
}

/// The secrets that are used: there is always one to sign with.
#[derive(Debug, Clone)]
pub struct Keyring {
    /// Signs what is new.
    pub newest: VersionedSecret,
    /// Signed what is old; still accepted.
    pub older: Vec<VersionedSecret>,
}

impl VersionedSecret {
    /// Reads `2:secret`, or a secret without a number.
    fn parse(text: &str) -> Self {
        let text = text.trim();
        let numbered = text.split_once(':').and_then(|(number, rest)| Some((number.trim().parse().ok()?, rest.trim())));
        match numbered {
            Some((version, secret)) => Self { version: Some(version), secret: Secret::new(secret) },
            None => Self { version: None, secret: Secret::new(text) },
        }
    }
}

impl From<Secret> for VersionedSecret {
    fn from(secret: Secret) -> Self {
        Self { version: None, secret }
    }
}

impl Keyring {
    /// Puts the single secret of `auth.secret`, if there is one, behind those of `auth.secrets`. `None` without any.
    pub fn new(secrets: &Secrets, single: &Secret) -> Option<Self> {
        let listed = |secret: &Secret| secrets.0.iter().any(|listed| listed.secret == *secret);
        let single = Some(single).filter(|single| !single.is_empty() && !listed(single));
        let mut all = secrets.0.iter().cloned().chain(single.cloned().map(VersionedSecret::from));
        let newest = all.next()?;
        Some(Self { newest, older: all.collect() })
    }
}

impl From<Secret> for Keyring {
    fn from(secret: Secret) -> Self {
        Self { newest: secret.into(), older: Vec::new() }
    }
}

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Listed;
        impl<'de> Visitor<'de> for Listed {
            type Value = Secrets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of secrets, newest first")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Secrets, E> {
                let entries = text.split([',', '\n']).map(str::trim).filter(|entry| !entry.is_empty());
                Ok(Secrets(entries.map(VersionedSecret::parse).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Secrets, A::Error> {
                let mut secrets = Vec::new();
                while let Some(entry) = entries.next_element::<Secret>()? {
                    secrets.push(VersionedSecret::parse(entry.expose()));
                }
                Ok(Secrets(secrets))
            }
        }
        deserializer.deserialize_any(Listed)
    }
}
