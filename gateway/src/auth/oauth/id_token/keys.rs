//! The public keys of a provider: fetched when they are needed, kept for a while, fetched again when a token names one
//! that is not among them — but not for every such token, and by one request at a time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde_json::Value;

use crate::auth::oauth::provider::Asking;

/// How long keys are believed without looking for newer ones.
const KEPT: TimeDelta = TimeDelta::minutes(10);
/// How long they are believed while newer ones can't be had.
const STALE: TimeDelta = TimeDelta::hours(1);
/// How long nobody asks again after somebody has asked.
const PAUSE: TimeDelta = TimeDelta::seconds(10);
/// How long anybody waits for an answer that somebody else has asked for.
const WAIT: Duration = Duration::from_secs(12);
/// Most keys of a provider.
const MOST_KEYS: usize = 64;
/// Fewest and most bytes of an RSA modulus: what is shorter proves nothing, what is longer costs too much.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// The keys of a provider, kept for a while.
#[derive(Default)]
pub(crate) struct Keys {
    held: Mutex<Held>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    /// Where the keys are from.
    url: String,
    keys: Arc<[Key]>,
    fetched: Option<DateTime<Utc>>,
    asked: Option<DateTime<Utc>>,
}

/// A public key that signatures can be checked with.
struct Key {
    id: Option<String>,
    /// What it may be used with.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl Keys {
    /// The key of this id for this algorithm; without an id the only key for it.
    pub(super) async fn find(
        &self,
        asking: Asking<'_>,
        url: &str,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Option<DecodingKey> {
        let known = self.known(url, asking.now);
        let found = choose(&known.keys, id, algorithm);
        if known.may_ask && (known.old || found.is_none()) && !url.is_empty() {
            return choose(&self.fetch(asking, url).await, id, algorithm);
        }
        found
    }

    fn known(&self, url: &str, now: DateTime<Utc>) -> Known {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.url != url {
            return Known { keys: Arc::default(), old: true, may_ask: true };
        }
        let age = held.fetched.map_or(TimeDelta::MAX, |fetched| now - fetched);
        Known {
            keys: if age < STALE { Arc::clone(&held.keys) } else { Arc::default() },
            old: age >= KEPT,
            may_ask: held.asked.is_none_or(|asked| now - asked >= PAUSE),
        }
    }

    /// The keys after looking for newer ones. Whoever waits for a turn finds what the one before found.
    async fn fetch(&self, asking: Asking<'_>, url: &str) -> Arc<[Key]> {
        let Ok(_turn) = tokio::time::timeout(WAIT, self.asking.lock()).await else {
            return self.known(url, asking.now).keys;
        };
        let known = self.known(url, asking.now);
        if !known.may_ask {
            return known.keys;
        }
        let fetched = match asking.outbound.get_json(url, None).await {
            Ok(document) => read(&document),
            Err(error) => {
                tracing::warn!(provider = asking.provider.id, %error, "the keys of a provider could not be fetched");
                None
            }
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.url != url {
            *held = Held { url: url.to_owned(), ..Held::default() };
        }
        held.asked = Some(asking.now);
        if let Some(keys) = fetched {
            (held.keys, held.fetched) = (keys.into(), Some(asking.now));
            return Arc::clone(&held.keys);
        }
        known.keys
    }
}

struct Known {
    keys: Arc<[Key]>,
    old: bool,
    may_ask: bool,
}

fn choose(keys: &[Key], id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
    let fits = |key: &&Key| key.algorithms.contains(&algorithm) && (id.is_none() || key.id.as_deref() == id);
    let mut fitting = keys.iter().filter(fits);
    let found = fitting.next()?;
    let is_only = id.is_some() || fitting.next().is_none();
    is_only.then(|| found.key.clone())
}

/// The keys of a JWK set that can be used; the others are left out, as RFC 7517 has it.
fn read(document: &Value) -> Option<Vec<Key>> {
    let listed = document["keys"].as_array()?;
    Some(listed.iter().take(MOST_KEYS).filter_map(Key::read).collect())
}

impl Key {
    fn read(value: &Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let mut algorithms = algorithms(&jwk.algorithm);
        if let Some(only) = value["alg"].as_str() {
            let only: Algorithm = only.parse().ok()?;
            algorithms.retain(|algorithm| *algorithm == only);
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        (!algorithms.is_empty()).then_some(Self { id: jwk.common.key_id, algorithms, key })
    }
}

/// What a key may be used with. A shared secret is none.
fn algorithms(parameters: &AlgorithmParameters) -> Vec<Algorithm> {
    match parameters {
        // Six bits of the modulus are a character.
        AlgorithmParameters::RSA(key) if RSA_BYTES.contains(&(key.n.len() * 3 / 4)) => {
            AlgorithmFamily::Rsa.algorithms().to_vec()
        }
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        _ => Vec::new(),
    }
}
