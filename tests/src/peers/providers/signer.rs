//! The keys of the providers, made once per run: what they sign ID tokens with, and what we prove ourselves to Apple with.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

/// The providers' keys.
pub struct Signer {
    private: EncodingKey,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    apple: rcgen::KeyPair,
}

impl Signer {
    /// That of this run; making it takes a while.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Signer> = OnceLock::new();
        SHARED.get_or_init(|| {
            let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key can be made");
            let der = key.to_pkcs1_der().expect("a key can be written");
            Self {
                private: EncodingKey::from_rsa_der(der.as_bytes()),
                modulus: key.n().to_bytes_be(),
                exponent: key.e().to_bytes_be(),
                apple: rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key can be made"),
            }
        })
    }

    /// Signs claims with RS256 under the key `one`.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&Header { kid: Some("one".into()), ..Header::new(Algorithm::RS256) }, claims)
    }

    /// Signs claims under a header of the test's own.
    pub fn sign_as(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.private).expect("claims can be signed")
    }

    /// The public key, as a JWK set.
    pub fn keys(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one",
            "n": encode(&self.modulus), "e": encode(&self.exponent),
        }] })
    }

    /// The modulus of the public key, as nobody should use it.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// Our private key at Apple, PEM.
    pub fn apple_key(&self) -> String {
        self.apple.serialize_pem()
    }

    /// A client secret for Apple made beforehand, as Better Auth wants it.
    pub fn apple_secret(&self) -> String {
        let now = crate::seconds_now();
        let claims = json!({
            "iss": "TEAM123456", "iat": now, "exp": now + 86_400 * 30, "aud": "https://appleid.apple.com", "sub": "apple-client",
        });
        let key = EncodingKey::from_ec_der(&self.apple.serialize_der());
        let header = Header { kid: Some("KEY1234567".into()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, &claims, &key).expect("claims can be signed")
    }

    /// Whether this is a client secret that Apple takes.
    pub fn is_apple_secret(&self, secret: &str) -> bool {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["https://appleid.apple.com"]);
        validation.set_issuer(&["TEAM123456"]);
        validation.sub = Some("apple-client".into());
        let key = DecodingKey::from_ec_der(self.apple.public_key_raw());
        let read = jsonwebtoken::decode::<Value>(secret, &key, &validation);
        read.is_ok_and(|read| read.header.kid.as_deref() == Some("KEY1234567"))
    }
}
