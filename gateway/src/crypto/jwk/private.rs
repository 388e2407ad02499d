//! The half of a key that signs.

use std::fmt;

use p521::ecdsa::signature::Signer;
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    },
};

use super::{Algorithm, Members, PublicKey, bytes, number};

/// A private key with its only algorithm. Prints nothing of it.
pub struct PrivateKey {
    algorithm: Algorithm,
    material: Material,
}

enum Material {
    Ed25519(Box<Ed25519KeyPair>),
    P256(Box<EcdsaKeyPair>),
    P521(Box<p521::ecdsa::SigningKey>),
    Rsa(Box<RsaKeyPair>),
}

impl PrivateKey {
    /// Reads a private JSON Web Key; `None` unless it is whole, of the algorithm's kind, and belongs to the public key.
    pub fn read(jwk: &str, public: &PublicKey) -> Option<Self> {
        const PROBE: &[u8] = b"does the private key belong to the public one?";
        let algorithm = public.algorithm();
        let members = Members::read(jwk, algorithm)?;
        let material = match algorithm {
            Algorithm::EdDsa => Material::Ed25519(Box::new(ed25519(&members)?)),
            Algorithm::Es256 => Material::P256(Box::new(p256(&members)?)),
            Algorithm::Es512 => {
                let number = number(members.d, algorithm.field_bytes())?;
                Material::P521(Box::new(p521::ecdsa::SigningKey::from_slice(&number).ok()?))
            }
            Algorithm::Rs256 | Algorithm::Ps256 => Material::Rsa(Box::new(rsa(&members)?)),
        };
        let key = Self { algorithm, material };
        public.verifies(PROBE, &key.sign(PROBE)?).then_some(key)
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The signature of a message; `None` only without the system's randomness.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.material {
            Material::Ed25519(key) => Some(key.sign(message).as_ref().to_vec()),
            Material::P256(key) => Some(key.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec()),
            Material::P521(key) => {
                let signature: p521::ecdsa::Signature = key.try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            Material::Rsa(key) => {
                let padding: &dyn RsaEncoding = match self.algorithm {
                    Algorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(padding, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, …)", self.algorithm.name())
    }
}

fn ed25519(members: &Members<'_>) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_and_public_key(&bytes(members.d)?, &bytes(members.x)?).ok()
}

fn p256(members: &Members<'_>) -> Option<EcdsaKeyPair> {
    let number = number(members.d, Algorithm::Es256.field_bytes())?;
    let point = members.point(Algorithm::Es256)?;
    let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
    EcdsaKeyPair::from_private_key_and_public_key(signing, &number, &point, &SystemRandom::new()).ok()
}

fn rsa(members: &Members<'_>) -> Option<RsaKeyPair> {
    let public_key = PublicKeyComponents { n: bytes(members.n)?, e: bytes(members.e)? };
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: public_key.n.as_slice(), e: public_key.e.as_slice() },
        d: bytes(members.d)?,
        p: bytes(members.p)?,
        q: bytes(members.q)?,
        dP: bytes(members.dp)?,
        dQ: bytes(members.dq)?,
        qInv: bytes(members.qi)?,
    };
    let KeyPairComponents { public_key, d, p, q, dP, dQ, qInv } = &components;
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents { n: public_key.n, e: public_key.e },
        d: d.as_slice(),
        p: p.as_slice(),
        q: q.as_slice(),
        dP: dP.as_slice(),
        dQ: dQ.as_slice(),
        qInv: qInv.as_slice(),
    })
    .ok()
}
