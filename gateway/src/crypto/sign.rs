//! Signatures of cookies and tokens: base64 of HMAC-SHA256 over the value, as Better Auth makes them.
//!
//! New signatures are made under the newest secret; those made under an older one hold until it is taken away.

use std::{fmt, sync::Arc};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

#[cfg(test)]
mod tests;

/// Length of a signature in characters.
pub const SIGNATURE_LENGTH: usize = 44;

/// Signs under one key and verifies under several. Holds the keys' schedules, so that one use costs only the value's
/// own blocks.
#[derive(Clone)]
pub struct Signer {
    newest: Hmac<Sha256>,
    older: Arc<[Hmac<Sha256>]>,
}

impl Signer {
    /// A signer whose only key are these bytes, of any length.
    pub fn new(key: &[u8]) -> Self {
        Self { newest: keyed(key), older: Arc::default() }
    }

    /// The same, that also accepts what was signed under these older keys.
    #[must_use]
    pub fn accepting<'k>(self, older: impl IntoIterator<Item = &'k [u8]>) -> Self {
        Self { older: older.into_iter().map(keyed).collect(), ..self }
    }

    /// Whether anything older than the newest key is accepted.
    pub fn is_rotating(&self) -> bool {
        !self.older.is_empty()
    }

    /// The signature of a value.
    pub fn signature(&self, value: &str) -> Signature {
        Signature::of(&self.newest, value)
    }

    /// The value's signatures under every key.
    pub fn signatures(&self, value: &str) -> Signatures {
        let older = self.older.iter().map(|key| Signature::of(key, value)).collect();
        Signatures { newest: self.signature(value), older }
    }

    /// Whether this is the value's signature under any of the keys. The newest is tried first.
    pub fn accepts(&self, value: &str, signature: &Signature) -> bool {
        self.signature(value) == *signature || self.older.iter().any(|key| Signature::of(key, value) == *signature)
    }

    /// Whether `signature` is the value's signature, in time that doesn't depend on where they differ.
    pub fn verify(&self, value: &str, signature: &str) -> bool {
        Signature::parse(signature).is_some_and(|signature| self.accepts(value, &signature))
    }

    /// `value.signature`, not percent-encoded.
    pub fn signed(&self, value: &str) -> String {
        [value, self.signature(value).as_str()].join(".")
    }

    /// The code over a text in the alphabet of URLs, without padding.
    pub fn url_safe_code(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.code(text.as_bytes()))
    }

    /// Whether this is the text's code under any of the keys, in the alphabet of URLs.
    pub fn accepts_url_safe_code(&self, text: &str, given: &str) -> bool {
        URL_SAFE_NO_PAD.decode(given).is_ok_and(|given| self.accepts_code(text.as_bytes(), &given))
    }

    /// The bare code over some bytes, for forms that write it in another alphabet.
    pub(super) fn code(&self, bytes: &[u8]) -> [u8; 32] {
        code(&self.newest, bytes)
    }

    /// Whether this is the bytes' code under any of the keys, in constant time for each.
    pub(super) fn accepts_code(&self, bytes: &[u8], given: &[u8]) -> bool {
        let mut keys = std::iter::once(&self.newest).chain(self.older.iter());
        keys.any(|key| code(key, bytes).ct_eq(given).into())
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn code(key: &Hmac<Sha256>, bytes: &[u8]) -> [u8; 32] {
    let mut mac = key.clone();
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// 44 characters of padded standard base64. Two of them are compared in constant time.
#[derive(Clone, Copy)]
pub struct Signature([u8; SIGNATURE_LENGTH]);

impl Signature {
    /// A signature as it was sent; `None` when it can't be one: another length, another alphabet, no padding.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; SIGNATURE_LENGTH] = text.as_bytes().try_into().ok()?;
        let (padding, digits) = bytes.split_last()?;
        let is_digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        (*padding == b'=' && digits.iter().all(is_digit)).then_some(Self(bytes))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    fn of(key: &Hmac<Sha256>, value: &str) -> Self {
        let mut text = [0; SIGNATURE_LENGTH];
        STANDARD.encode_slice(code(key, value.as_bytes()), &mut text).expect("32 bytes make 44 characters");
        Self(text)
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Signature {}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(…)")
    }
}

/// One value's signatures under every key that is accepted.
#[derive(Debug, Clone)]
pub struct Signatures {
    newest: Signature,
    older: Box<[Signature]>,
}

impl Signatures {
    /// Whether it is one of them. The newest is compared first, the others only if it differs.
    pub fn accept(&self, signature: &Signature) -> bool {
        self.is_newest(signature) || self.older.iter().any(|older| older == signature)
    }

    /// Whether it is the one that would be made today.
    pub fn is_newest(&self, signature: &Signature) -> bool {
        self.newest == *signature
    }
}
