//! One key: its row, and what it is good for.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{
    crypto::{
        jwk::{Algorithm, PrivateKey, PublicKey, public_members},
        seal::AtRest,
    },
    store::StoredKey,
};

/// A key pair. The private half is decrypted when it is first needed.
pub struct Key {
    /// As it is stored.
    pub row: StoredKey,
    members: Map<String, Value>,
    public: Option<PublicKey>,
    private: OnceLock<Option<Arc<PrivateKey>>>,
}

impl Key {
    /// Reads the public half; `preferred` is the algorithm of keys that could have either.
    pub(super) fn new(row: StoredKey, preferred: Algorithm) -> Self {
        let members = match serde_json::from_str(&row.public_key) {
            Ok(Value::Object(members)) => public_members(members),
            _ => Map::new(),
        };
        let algorithm = match &row.algorithm {
            Some(name) => Algorithm::named(name),
            None => Algorithm::of_key(&Value::Object(members.clone()), preferred),
        };
        let public = algorithm.and_then(|algorithm| PublicKey::read(&row.public_key, algorithm));
        if public.is_none() {
            tracing::warn!(key.id = row.id, "a key in the table jwks can't be used");
        }
        Self { row, members, public, private: OnceLock::new() }
    }

    /// The algorithm, if the key can be used at all.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.public.as_ref().map(PublicKey::algorithm)
    }

    /// The half that checks signatures.
    pub(super) fn public(&self) -> Option<&PublicKey> {
        self.public.as_ref()
    }

    /// The half that signs; `None` when it was encrypted under a secret that we don't have, or isn't whole.
    pub(super) fn private(&self, at_rest: &AtRest) -> Option<Arc<PrivateKey>> {
        let read = || {
            let key = self.public.as_ref().zip(self.decrypted(at_rest));
            let key = key.and_then(|(public, jwk)| PrivateKey::read(&jwk, public)).map(Arc::new);
            if key.is_none() {
                tracing::warn!(
                    key.id = self.row.id,
                    "a key in the table jwks can't sign; was it encrypted under another auth.secret?"
                );
            }
            key
        };
        self.private.get_or_init(read).clone()
    }

    /// A JSON string holds ciphertext; anything else is the key itself.
    fn decrypted(&self, at_rest: &AtRest) -> Option<Zeroizing<String>> {
        let stored = self.row.private_key.expose();
        let text = match serde_json::from_str::<String>(stored) {
            Ok(sealed) => at_rest.unseal(&sealed)?,
            Err(_) => stored.to_owned(),
        };
        Some(Zeroizing::new(text))
    }

    /// As it is shown to everybody: algorithm, curve and public members, under its id.
    pub fn shown(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        let algorithm = self.row.algorithm.as_deref().or_else(|| self.algorithm().map(Algorithm::name));
        let curve = self.row.curve.as_deref();
        for (name, value) in [("alg", algorithm), ("crv", curve)] {
            if let Some(value) = value {
                shown.insert(name.to_owned(), value.into());
            }
        }
        shown.extend(self.members.clone());
        shown.insert("kid".to_owned(), self.row.id.as_str().into());
        shown
    }
}
