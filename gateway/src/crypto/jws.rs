//! Tokens signed under our key pairs: compact JWS (RFC 7515) with the header `{"alg","kid"}` and nothing else.
//!
//! A token chooses nothing: its `kid` has to name one of our keys, its `alg` has to be that key's own, and a header with
//! any other member (`jku`, `jwk`, `x5u`, `x5c`, `crit`, `b64` …) is refused. What the claims mean is the caller's business.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::jwk::{Algorithm, PublicKey};

#[cfg(test)]
mod tests;

/// Longer text is no token of ours.
pub const LONGEST: usize = 16 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    #[serde(default, skip_serializing)]
    typ: Option<String>,
}

/// What is signed of a token: header and claims.
pub fn content(algorithm: Algorithm, kid: &str, claims: &impl Serialize) -> String {
    let header = Header { alg: algorithm.name().to_owned(), kid: kid.to_owned(), typ: None };
    let mut content = String::new();
    URL_SAFE_NO_PAD.encode_string(json(&header), &mut content);
    content.push('.');
    URL_SAFE_NO_PAD.encode_string(json(claims), &mut content);
    content
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("tokens are made of plain values")
}

/// The whole token.
pub fn with_signature(mut content: String, signature: &[u8]) -> String {
    content.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut content);
    content
}

/// A token in three parts whose signature was not looked at.
pub struct Unverified<'t> {
    header: Header,
    content: &'t str,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Unverified<'t> {
    /// Takes a token apart; `None` when it can't be one of ours.
    pub fn read(token: &'t str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (content, signature) = token.rsplit_once('.')?;
        let (header, claims) = content.split_once('.')?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&decoded(header)?).ok()?;
        if header.typ.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("jwt")) {
            return None;
        }
        // A second dot in the claims is not in the alphabet.
        Some(Self { header, content, claims: decoded(claims)?, signature: decoded(signature)? })
    }

    /// Which key it says to be signed under.
    pub fn kid(&self) -> &str {
        &self.header.kid
    }

    /// The claims, which may be anybody's.
    pub fn claims(&self) -> &[u8] {
        &self.claims
    }

    /// Whether it is signed under this key, by the key's own algorithm.
    pub fn is_signed_under(&self, key: &PublicKey) -> bool {
        self.header.alg == key.algorithm().name() && key.verifies(self.content.as_bytes(), &self.signature)
    }
}
