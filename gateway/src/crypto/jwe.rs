//! Encrypted tokens, for the copy of a session that only those who know the secret can read: compact JWE, `dir` with
//! A256CBC-HS512 under a key derived from the secret, as Better Auth writes them.
//!
//! The header is read, but it chooses nothing: it has to name this one cipher and the thumbprint of one of our keys.
//! RFC 7516, RFC 7518 §5.2.5, RFC 7638.

use std::{fmt, sync::Arc};

use aes::{
    Aes256,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    jwt::{JwtError, read_claims},
    token,
};

#[cfg(test)]
mod tests;

const CIPHER: &str = "A256CBC-HS512";

/// Under what a key is derived, besides the secret and the purpose.
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";

/// Longer text is no token of ours.
const LONGEST: usize = 64 * 1024;

/// Encrypts under the newest key and opens what was encrypted under any of its keys.
#[derive(Clone)]
pub struct Sealer {
    newest: Arc<Key>,
    older: Arc<[Key]>,
}

struct Key {
    cipher: Zeroizing<[u8; 32]>,
    code: Zeroizing<[u8; 32]>,
    thumbprint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    enc: &'a str,
    kid: &'a str,
}

/// The parts of a token, still in base64.
struct Parts<'a> {
    header: &'a str,
    iv: &'a str,
    content: &'a str,
    tag: &'a str,
}

impl Sealer {
    /// Keys for one purpose, derived from the newest secret and from older ones.
    pub fn new<'s>(purpose: &str, newest: &[u8], older: impl IntoIterator<Item = &'s [u8]>) -> Self {
        let older = older.into_iter().map(|secret| Key::derive(secret, purpose)).collect();
        Self { newest: Arc::new(Key::derive(newest, purpose)), older }
    }

    /// A token with these claims. The caller puts `iat`, `exp` and `jti` among them.
    pub fn seal(&self, claims: &impl Serialize) -> String {
        let mut iv = [0; 16];
        token::fill(&mut iv);
        self.seal_with(claims, iv)
    }

    fn seal_with(&self, claims: &impl Serialize, iv: [u8; 16]) -> String {
        let key = &self.newest;
        let header = format!(r#"{{"alg":"dir","enc":"{CIPHER}","kid":"{}"}}"#, key.thumbprint);
        let header = URL_SAFE_NO_PAD.encode(header);
        let claims = serde_json::to_vec(claims).expect("claims are structs of plain values");
        let content = key.encryptor(&iv).encrypt_padded_vec::<Pkcs7>(&claims);
        let tag = key.tag(header.as_bytes(), &iv, &content);
        let [iv, content, tag] = [&iv[..], &content, &tag].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}..{iv}.{content}.{tag}")
    }

    /// The claims of a token that was encrypted under one of our keys and is still good.
    ///
    /// # Errors
    /// [`JwtError::Expired`] only for a token of ours; everything else is [`JwtError::Invalid`].
    pub fn open<T: DeserializeOwned>(&self, token: &str, now: DateTime<Utc>) -> Result<T, JwtError> {
        let claims = self.claims(token).ok_or(JwtError::Invalid)?;
        read_claims(&claims, now)
    }

    fn claims(&self, token: &str) -> Option<Vec<u8>> {
        let parts = Parts::read(token)?;
        let header = URL_SAFE_NO_PAD.decode(parts.header).ok()?;
        let header: Header<'_> = serde_json::from_slice(&header).ok()?;
        if header.alg != "dir" || header.enc != CIPHER {
            return None;
        }
        let mut keys = std::iter::once(&*self.newest).chain(self.older.iter());
        let key = keys.find(|key| key.thumbprint == header.kid)?;
        let iv: [u8; 16] = URL_SAFE_NO_PAD.decode(parts.iv).ok()?.try_into().ok()?;
        let content = URL_SAFE_NO_PAD.decode(parts.content).ok()?;
        let tag = URL_SAFE_NO_PAD.decode(parts.tag).ok()?;
        if !bool::from(key.tag(parts.header.as_bytes(), &iv, &content).ct_eq(&tag)) {
            return None;
        }
        key.decryptor(&iv).decrypt_padded_vec::<Pkcs7>(&content).ok()
    }
}

impl<'a> Parts<'a> {
    /// Exactly five parts, of which the second, an encrypted key, is empty.
    fn read(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let mut parts = token.split('.');
        let (header, "") = (parts.next()?, parts.next()?) else { return None };
        let found = Self { header, iv: parts.next()?, content: parts.next()?, tag: parts.next()? };
        parts.next().is_none().then_some(found)
    }
}

impl Key {
    fn derive(secret: &[u8], purpose: &str) -> Self {
        let mut bytes = Zeroizing::new([0; 64]);
        let derived = Hkdf::<Sha256>::new(Some(purpose.as_bytes()), secret).expand(INFO, bytes.as_mut_slice());
        derived.expect("64 bytes are fewer than HKDF can make");
        let jwk = Zeroizing::new(format!(r#"{{"k":"{}","kty":"oct"}}"#, URL_SAFE_NO_PAD.encode(bytes.as_slice())));
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(jwk.as_bytes()));
        let (mut code, mut cipher) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        code.copy_from_slice(&bytes[..32]);
        cipher.copy_from_slice(&bytes[32..]);
        Self { cipher, code, thumbprint }
    }

    fn encryptor(&self, iv: &[u8; 16]) -> cbc::Encryptor<Aes256> {
        cbc::Encryptor::new((&*self.cipher).into(), iv.into())
    }

    fn decryptor(&self, iv: &[u8; 16]) -> cbc::Decryptor<Aes256> {
        cbc::Decryptor::new((&*self.cipher).into(), iv.into())
    }

    /// The first half of the code over all that the token holds.
    fn tag(&self, header: &[u8], iv: &[u8; 16], content: &[u8]) -> [u8; 32] {
        let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(self.code.as_slice()).expect("HMAC takes any key");
        mac.update(header);
        mac.update(iv);
        mac.update(content);
        mac.update(&(header.len() as u64 * 8).to_be_bytes());
        let whole = mac.finalize().into_bytes();
        let mut tag = [0; 32];
        tag.copy_from_slice(&whole[..32]);
        tag
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}
