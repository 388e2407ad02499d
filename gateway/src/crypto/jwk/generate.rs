//! Making key pairs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use rsa::{
    RsaPrivateKey,
    rand_core::{CryptoRng, Error, RngCore},
    traits::{PrivateKeyParts, PublicKeyParts},
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Algorithm;
use crate::crypto::token;

/// A new pair, each half as the text of a JSON Web Key.
pub struct Pair {
    /// For everybody.
    pub public: String,
    /// For nobody else.
    pub private: Zeroizing<String>,
}

/// Makes a pair; `modulus` is the length of an RSA key in bits. RSA takes its time: not on a thread that serves others.
pub fn generate(algorithm: Algorithm, modulus: usize) -> Option<Pair> {
    match algorithm {
        Algorithm::EdDsa => ed25519(),
        Algorithm::Es256 => p256(),
        Algorithm::Es512 => p521(),
        Algorithm::Rs256 | Algorithm::Ps256 => rsa(modulus),
    }
}

fn ed25519() -> Option<Pair> {
    let mut seed = Zeroizing::new([0; 32]);
    token::fill(seed.as_mut_slice());
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).ok()?;
    let public = [("crv", text("Ed25519")), ("x", encoded(pair.public_key().as_ref())), ("kty", text("OKP"))];
    Some(Pair::of(public, [("d", encoded(seed.as_slice()))]))
}

fn p256() -> Option<Pair> {
    let mut number = Zeroizing::new([0; 32]);
    let key = loop {
        token::fill(number.as_mut_slice());
        // Not every number is one of the curve's, but nearly all are.
        if let Ok(key) = p256::ecdsa::SigningKey::from_slice(number.as_slice()) {
            break key;
        }
    };
    let point = key.verifying_key().to_sec1_point(false);
    Pair::on_curve("P-256", point.as_bytes(), number.as_slice())
}

fn p521() -> Option<Pair> {
    let mut number = Zeroizing::new([0; 66]);
    let key = loop {
        token::fill(number.as_mut_slice());
        number[0] &= 1;
        if let Ok(key) = p521::ecdsa::SigningKey::from_slice(number.as_slice()) {
            break key;
        }
    };
    let point = key.verifying_key().to_sec1_point(false);
    Pair::on_curve("P-521", point.as_bytes(), number.as_slice())
}

fn rsa(modulus: usize) -> Option<Pair> {
    let key = RsaPrivateKey::new(&mut System, modulus).ok()?;
    let bytes = |number: &rsa::BigUint| encoded(&Zeroizing::new(number.to_bytes_be()));
    let [p, q] = key.primes() else { return None };
    let public = [("kty", text("RSA")), ("n", bytes(key.n())), ("e", bytes(key.e()))];
    let private = [
        ("d", bytes(key.d())),
        ("p", bytes(p)),
        ("q", bytes(q)),
        ("dp", bytes(key.dp()?)),
        ("dq", bytes(key.dq()?)),
        ("qi", bytes(&key.crt_coefficient()?)),
    ];
    Some(Pair::of(public, private))
}

impl Pair {
    fn of<const P: usize, const S: usize>(public: [(&str, Value); P], private: [(&str, Value); S]) -> Self {
        let mut jwk: Map<String, Value> = public.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let public = Value::Object(jwk.clone()).to_string();
        jwk.extend(private.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Self { public, private: Zeroizing::new(Value::Object(jwk).to_string()) }
    }

    fn on_curve(curve: &str, point: &[u8], number: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(number.len())?;
        let public = [("crv", text(curve)), ("kty", text("EC")), ("x", encoded(x)), ("y", encoded(y))];
        Some(Self::of(public, [("d", encoded(number))]))
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn encoded(bytes: &[u8]) -> Value {
    Value::String(URL_SAFE_NO_PAD.encode(bytes))
}

/// The operating system's randomness, as the RSA crate asks for it.
struct System;

impl RngCore for System {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        token::fill(&mut bytes);
        u32::from_ne_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        token::fill(&mut bytes);
        u64::from_ne_bytes(bytes)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        token::fill(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        token::fill(buffer);
        Ok(())
    }
}

impl CryptoRng for System {}
