//! Encryption at rest in Better Auth's form, for private keys, tokens of other providers and one-time codes:
//! XChaCha20-Poly1305 under SHA-256 of a secret, written as lower-case hex of nonce, ciphertext and tag (contract
//! security.md §7). With numbered secrets the number stands in front: `$ba$2$<hex>`.
//!
//! Knows nothing of what is encrypted, nor where it is kept.

use std::{fmt, sync::Arc};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit},
};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::token;
use crate::config::{Keyring, VersionedSecret};

#[cfg(test)]
mod tests;

/// What stands before and behind the number of a secret.
const ENVELOPE: &str = "$ba$";

/// Bytes of the nonce, which begins the text.
const NONCE: usize = 24;

/// A secret for one purpose, derived from one of ours as Better Auth does it for what belongs to OAuth.
pub fn purpose_secret(secret: &[u8], purpose: &str) -> Zeroizing<String> {
    let mut key = Zeroizing::new([0; 32]);
    let info = format!("better-auth:{purpose}:v1");
    let derived = Hkdf::<Sha256>::new(Some(b"better-auth:oauth-encryption:v1"), secret);
    derived.expand(info.as_bytes(), key.as_mut_slice()).expect("32 bytes are not too many");
    Zeroizing::new(hex::encode(key.as_slice()))
}

/// Encrypts under the newest secret and decrypts what was encrypted under any of them.
#[derive(Clone)]
pub struct AtRest {
    newest: Arc<Key>,
    older: Arc<[Key]>,
}

struct Key {
    version: Option<u32>,
    bytes: Zeroizing<[u8; 32]>,
}

impl AtRest {
    /// Keys from the newest secret and from older ones, each with its number if it has one.
    pub fn new<'s>(newest: (Option<u32>, &[u8]), older: impl IntoIterator<Item = (Option<u32>, &'s [u8])>) -> Self {
        Self { newest: Arc::new(Key::new(newest)), older: older.into_iter().map(Key::new).collect() }
    }

    /// Encrypts a text.
    pub fn seal(&self, text: &str) -> String {
        let mut nonce = [0; NONCE];
        token::fill(&mut nonce);
        self.seal_with(text, nonce)
    }

    fn seal_with(&self, text: &str, nonce: [u8; NONCE]) -> String {
        let key = &self.newest;
        let sealed = key.cipher().encrypt(&XNonce::from(nonce), text.as_bytes());
        let sealed = sealed.expect("no text in memory is too long for the cipher");
        let envelope = key.version.map(|version| format!("{ENVELOPE}{version}$")).unwrap_or_default();
        format!("{envelope}{}{}", hex::encode(nonce), hex::encode(sealed))
    }

    /// The text that was encrypted under one of the secrets; `None` for everything else. A number only says which
    /// secret is tried first, since those who moved from one secret to several may number them anew.
    pub fn unseal(&self, sealed: &str) -> Option<String> {
        let (version, digits) = Self::envelope(sealed)?;
        let bytes = hex::decode(digits).ok()?;
        let (nonce, content) = bytes.split_first_chunk::<NONCE>()?;
        let all = || std::iter::once(&*self.newest).chain(self.older.iter());
        let named = all().filter(|key| key.version == version);
        let others = all().filter(|key| key.version != version);
        let text = named.chain(others).find_map(|key| key.open(*nonce, content))?;
        String::from_utf8(text).ok()
    }

    /// Whether a text has the form of an encrypted one; what hasn't was never encrypted.
    pub fn is_sealed(text: &str) -> bool {
        let even_hex = |text: &str| text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
        text.starts_with(ENVELOPE) || (!text.is_empty() && even_hex(text))
    }

    /// The number in front, if there is one, and the hex digits.
    fn envelope(sealed: &str) -> Option<(Option<u32>, &str)> {
        let Some(rest) = sealed.strip_prefix(ENVELOPE) else { return Some((None, sealed)) };
        let (version, digits) = rest.split_once('$')?;
        Some((Some(version.parse().ok()?), digits))
    }
}

impl From<&Keyring> for AtRest {
    fn from(secrets: &Keyring) -> Self {
        let numbered = |entry: &VersionedSecret| Key::new((entry.version, entry.secret.expose().as_bytes()));
        Self { newest: Arc::new(numbered(&secrets.newest)), older: secrets.older.iter().map(numbered).collect() }
    }
}

impl Key {
    fn new((version, secret): (Option<u32>, &[u8])) -> Self {
        Self { version, bytes: Zeroizing::new(Sha256::digest(secret).into()) }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }

    fn open(&self, nonce: [u8; NONCE], content: &[u8]) -> Option<Vec<u8>> {
        self.cipher().decrypt(&XNonce::from(nonce), content).ok()
    }
}

impl fmt::Debug for AtRest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtRest(…)")
    }
}
