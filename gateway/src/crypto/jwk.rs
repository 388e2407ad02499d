//! Key pairs for signed tokens, read from and written as JSON Web Keys (RFC 7517, 7518, 8037).
//!
//! A key has one algorithm, and only that is ever tried on it. What a private key signs is computed by ring, but for
//! P-521, which it lacks. Knows nothing of where keys are kept, nor what they sign.

mod generate;
mod private;
mod public;

#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub use generate::{Pair, generate};
pub use private::PrivateKey;
pub use public::PublicKey;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-521 with SHA-512.
    Es512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::EdDsa, Self::Es256, Self::Es512, Self::Rs256, Self::Ps256];

    /// Its name in the header of a token.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es512 => "ES512",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    /// The algorithm of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Whether a signature is made in some ten microseconds, so that it can be made in passing.
    pub fn is_quick(self) -> bool {
        matches!(self, Self::EdDsa | Self::Es256)
    }

    /// The algorithm of a key that doesn't say it. An RSA key may be for either; `preferred` decides then.
    pub fn of_key(jwk: &Value, preferred: Self) -> Option<Self> {
        let member = |name: &str| jwk.get(name).and_then(Value::as_str);
        match (member("kty")?, member("crv")) {
            ("OKP", Some("Ed25519")) => Some(Self::EdDsa),
            ("EC", Some("P-256")) => Some(Self::Es256),
            ("EC", Some("P-521")) => Some(Self::Es512),
            ("RSA", None) if preferred == Self::Ps256 => Some(Self::Ps256),
            ("RSA", None) => Some(Self::Rs256),
            _ => None,
        }
    }

    /// The curve of its keys.
    pub fn curve(self) -> Option<&'static str> {
        match self {
            Self::EdDsa => Some("Ed25519"),
            Self::Es256 => Some("P-256"),
            Self::Es512 => Some("P-521"),
            Self::Rs256 | Self::Ps256 => None,
        }
    }

    fn key_type(self) -> &'static str {
        match self {
            Self::EdDsa => "OKP",
            Self::Es256 | Self::Es512 => "EC",
            Self::Rs256 | Self::Ps256 => "RSA",
        }
    }

    /// Length of a coordinate or a private number on its curve.
    fn field_bytes(self) -> usize {
        if self == Self::Es512 { 66 } else { 32 }
    }
}

/// Members that nobody but the owner of a key may see.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key without its private members.
pub fn public_members(mut jwk: Map<String, Value>) -> Map<String, Value> {
    jwk.retain(|name, _| !PRIVATE_MEMBERS.contains(&name.as_str()));
    jwk
}

/// The members of a key that are read.
#[derive(Deserialize)]
struct Members<'j> {
    #[serde(borrow)]
    kty: &'j str,
    crv: Option<&'j str>,
    x: Option<&'j str>,
    y: Option<&'j str>,
    n: Option<&'j str>,
    e: Option<&'j str>,
    d: Option<&'j str>,
    p: Option<&'j str>,
    q: Option<&'j str>,
    dp: Option<&'j str>,
    dq: Option<&'j str>,
    qi: Option<&'j str>,
}

impl<'j> Members<'j> {
    /// The members of a key that fits the algorithm.
    fn read(jwk: &'j str, algorithm: Algorithm) -> Option<Self> {
        let members: Self = serde_json::from_str(jwk).ok()?;
        (members.kty == algorithm.key_type() && members.crv == algorithm.curve()).then_some(members)
    }

    /// A point as ring and the curve crates read it: 4, x, y.
    fn point(&self, algorithm: Algorithm) -> Option<Vec<u8>> {
        let length = algorithm.field_bytes();
        let (x, y) = (number(self.x, length)?, number(self.y, length)?);
        Some([&[4], x.as_slice(), y.as_slice()].concat())
    }
}

/// The bytes of a member.
fn bytes(member: Option<&str>) -> Option<Zeroizing<Vec<u8>>> {
    URL_SAFE_NO_PAD.decode(member?).ok().map(Zeroizing::new)
}

/// The bytes of a member of a fixed length.
fn number(member: Option<&str>, length: usize) -> Option<Zeroizing<Vec<u8>>> {
    bytes(member).filter(|bytes| bytes.len() == length)
}
