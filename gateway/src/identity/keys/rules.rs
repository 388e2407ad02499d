//! Which keys sign, and which are shown and accepted.

use chrono::{DateTime, TimeDelta, Utc};

use super::Key;
use crate::{config::JwtConfig, crypto::jwk::Algorithm};

/// What is configured of keys.
#[derive(Debug, Clone)]
pub struct KeyRules {
    /// Of new keys.
    pub(super) algorithm: Algorithm,
    /// Bits of new RSA keys.
    pub(super) modulus: usize,
    /// How long a key signs.
    pub(super) interval: Option<TimeDelta>,
    grace: TimeDelta,
    /// Whether private halves are encrypted.
    pub(super) encrypt: bool,
}

impl KeyRules {
    /// As configured.
    pub fn new(config: &JwtConfig) -> Self {
        Self {
            algorithm: Algorithm::named(&config.algorithm).unwrap_or(Algorithm::EdDsa),
            modulus: usize::try_from(config.modulus_length).unwrap_or(2048),
            interval: config.rotation_interval.map(|interval| interval.delta()),
            grace: config.grace_period.delta(),
            encrypt: !config.disable_private_key_encryption,
        }
    }

    /// From when on a key signs no more.
    fn end(&self, key: &Key) -> Option<DateTime<Utc>> {
        // A key from before rotation was configured ends like one that was made with it.
        key.row.expires_at.or_else(|| Some(key.row.created_at + self.interval?))
    }

    /// Whether a key has not ended.
    pub(super) fn is_live(&self, key: &Key, now: DateTime<Utc>) -> bool {
        self.end(key).is_none_or(|end| end > now)
    }

    /// Whether a key is still to be shown and accepted.
    pub(super) fn is_shown(&self, key: &Key, now: DateTime<Utc>) -> bool {
        key.row.expires_at.is_none_or(|end| end + self.grace > now)
    }
}
