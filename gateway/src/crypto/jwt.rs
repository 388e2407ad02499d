//! Signed tokens for links in mails and for the copy of a session in a cookie: compact JWS under HS256, byte for byte as
//! Better Auth writes them.
//!
//! One algorithm, one header, three parts, canonical base64: there is nothing a token could choose. Knows nothing of
//! what the claims mean; that a token is still good is decided by the caller's clock.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::sign::Signer;

#[cfg(test)]
mod tests;

/// `{"alg":"HS256"}`, the only header that is written and the only one that is read.
const HEADER: &str = "eyJhbGciOiJIUzI1NiJ9";

/// Longer text is no token of ours.
const LONGEST: usize = 64 * 1024;

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is not one of ours, or not whole.
    #[error("the token is not valid")]
    Invalid,
    /// It was good once.
    #[error("the token has expired")]
    Expired,
}

/// The times that every token carries, in seconds.
#[derive(Deserialize)]
struct Times {
    exp: i64,
    nbf: Option<i64>,
}

impl Signer {
    /// A token with these claims, signed under the newest key. The caller puts `iat` and `exp`, in seconds, among them.
    pub fn jwt(&self, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).expect("claims are structs of plain values");
        let mut token = String::from(HEADER);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let code = self.code(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(code, &mut token);
        token
    }

    /// The claims of a token that is signed under one of our keys and still good.
    ///
    /// # Errors
    /// [`JwtError::Expired`] only for a token that was signed by us; everything else is [`JwtError::Invalid`].
    pub fn read_jwt<T: DeserializeOwned>(&self, token: &str, now: DateTime<Utc>) -> Result<T, JwtError> {
        let claims = self.signed_claims(token).ok_or(JwtError::Invalid)?;
        read_claims(&claims, now)
    }

    fn signed_claims(&self, token: &str) -> Option<Vec<u8>> {
        if token.len() > LONGEST {
            return None;
        }
        let (content, code) = token.rsplit_once('.')?;
        let claims = content.strip_prefix(HEADER)?.strip_prefix('.')?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        if !self.accepts_code(content.as_bytes(), &code) {
            return None;
        }
        URL_SAFE_NO_PAD.decode(claims).ok()
    }
}

/// The claims of a token that was found to be ours, if it is still good.
pub(super) fn read_claims<T: DeserializeOwned>(claims: &[u8], now: DateTime<Utc>) -> Result<T, JwtError> {
    let times: Times = serde_json::from_slice(claims).map_err(|_| JwtError::Invalid)?;
    if times.exp <= now.timestamp() {
        return Err(JwtError::Expired);
    }
    if times.nbf.is_some_and(|start| start > now.timestamp()) {
        return Err(JwtError::Invalid);
    }
    serde_json::from_slice(claims).map_err(|_| JwtError::Invalid)
}
