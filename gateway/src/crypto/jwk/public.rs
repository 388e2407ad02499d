//! The half of a key that checks signatures.

use p521::ecdsa::signature::Verifier;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::{Algorithm, Members, bytes, number};

/// A public key with the only algorithm it is used with.
#[derive(Debug)]
pub struct PublicKey {
    algorithm: Algorithm,
    material: Material,
}

#[derive(Debug)]
enum Material {
    /// An Ed25519 key or a point on P-256.
    Octets(Vec<u8>),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads a JSON Web Key; `None` unless it is whole and of the algorithm's kind.
    pub fn read(jwk: &str, algorithm: Algorithm) -> Option<Self> {
        let members = Members::read(jwk, algorithm)?;
        let material = match algorithm {
            Algorithm::EdDsa => Material::Octets(number(members.x, algorithm.field_bytes())?.to_vec()),
            Algorithm::Es256 => Material::Octets(members.point(algorithm)?),
            Algorithm::Es512 => {
                let point = members.point(algorithm)?;
                Material::P521(Box::new(p521::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?))
            }
            Algorithm::Rs256 | Algorithm::Ps256 => {
                Material::Rsa { modulus: bytes(members.n)?.to_vec(), exponent: bytes(members.e)?.to_vec() }
            }
        };
        Some(Self { algorithm, material })
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether this is the key's signature of the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Octets(key) if self.algorithm == Algorithm::EdDsa => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
            Material::Octets(key) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature).is_ok()
            }
            Material::P521(key) => {
                p521::ecdsa::Signature::from_slice(signature).is_ok_and(|read| key.verify(message, &read).is_ok())
            }
            Material::Rsa { modulus, exponent } => {
                let padding = match self.algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(padding, message, signature).is_ok()
            }
        }
    }
}
