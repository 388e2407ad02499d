//! Signatures of cookies and tokens: base64 of HMAC-SHA256 over the value, as Better Auth makes them.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

#[cfg(test)]
mod tests;

/// Length of a signature in characters.
pub const SIGNATURE_LENGTH: usize = 44;

/// Signs and verifies under one key. Holds the key's schedule, so that one use costs only the value's own blocks.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// A signer whose key are these bytes, of any length.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// The signature of a value.
    pub fn signature(&self, value: &str) -> Signature {
        let mut mac = self.0.clone();
        mac.update(value.as_bytes());
        let mut text = [0; SIGNATURE_LENGTH];
        STANDARD.encode_slice(mac.finalize().into_bytes(), &mut text).expect("32 bytes make 44 characters");
        Signature(text)
    }

    /// Whether `signature` is the value's signature, in time that doesn't depend on where they differ.
    pub fn verify(&self, value: &str, signature: &str) -> bool {
        Signature::parse(signature).is_some_and(|signature| signature == self.signature(value))
    }

    /// `value.signature`, not percent-encoded.
    pub fn signed(&self, value: &str) -> String {
        [value, self.signature(value).as_str()].join(".")
    }
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
