//! The keys that sign tokens: which one signs, which ones are shown and accepted, and when a new one is made.
//!
//! The rows are Better Auth's, and so are the rules (contract plugins §2): the newest key of the configured algorithm
//! that has not ended signs, else the newest of any; one that has ended is shown and accepted for the grace period. Knows
//! nothing of what is signed.

mod key;
mod rules;

#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::{Mutex, Semaphore};

use crate::{
    clock::Clock,
    config::Secret,
    crypto::{
        jwk::{self, Algorithm},
        jws,
        seal::AtRest,
        token,
    },
    store::{Store, StoreError, StoredKey},
};

pub use key::Key;
pub use rules::KeyRules;

/// How long the keys are taken for what the database has.
const FRESH: TimeDelta = TimeDelta::seconds(1);

/// How long keys in memory wait for a newer look; the very first look may take ten times that.
const PATIENCE: Duration = Duration::from_millis(300);

/// Least time between two looks for keys that are not known: whoever makes up names asks the database no more often.
const PAUSE: TimeDelta = TimeDelta::milliseconds(100);

/// Tries to agree with others on a new key.
const TRIES: usize = 3;

/// Why there is nothing to sign with.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The keys can't be read or kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key can be made or used.
    #[error("no key to sign with: {0}")]
    Unusable(&'static str),
}

/// The keys, in memory as they were read a moment ago.
pub struct Keys {
    store: Store,
    at_rest: AtRest,
    clock: Clock,
    rules: KeyRules,
    ring: ArcSwap<Ring>,
    /// Held while the keys are read or a new one is made.
    turn: Mutex<()>,
    /// Held while a key is looked for that is not known.
    asking: Mutex<()>,
    /// Milliseconds at which the keys last could not be read.
    failed_at: AtomicI64,
    /// Work that takes a processor for a while.
    heavy: Arc<Semaphore>,
}

/// What was read, newest first.
#[derive(Default)]
struct Ring {
    keys: Vec<Arc<Key>>,
    read_at: Option<DateTime<Utc>>,
}

impl Keys {
    /// The keys of this database; nothing is read yet.
    pub fn new(store: Store, at_rest: AtRest, rules: KeyRules, clock: Clock) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            store,
            at_rest,
            clock,
            rules,
            ring: ArcSwap::default(),
            turn: Mutex::default(),
            asking: Mutex::default(),
            failed_at: AtomicI64::new(0),
            heavy: Arc::new(Semaphore::new((cores / 2).max(1))),
        }
    }

    /// A token with these claims. The first one ever, and the first after the end of a key, makes a key.
    ///
    /// # Errors
    /// When the keys can't be read, or a new one not be kept.
    pub async fn sign(&self, claims: &impl Serialize) -> Result<String, NoKey> {
        let key = self.signing_key().await?;
        let private = key.private(&self.at_rest).ok_or(NoKey::Unusable("the private key can't be read"))?;
        let content = jws::content(private.algorithm(), &key.row.id, claims);
        if private.algorithm().is_quick() {
            let signature = private.sign(content.as_bytes()).ok_or(NoKey::Unusable("there is no randomness"))?;
            return Ok(jws::with_signature(content, &signature));
        }
        let signed = self.apart(move || Some((private.sign(content.as_bytes())?, content))).await;
        let (signature, content) = signed.ok_or(NoKey::Unusable("signing failed"))?;
        Ok(jws::with_signature(content, &signature))
    }

    /// The keys that are shown and accepted. The first look ever makes one.
    ///
    /// # Errors
    /// When the keys can't be read, or a new one not be kept.
    pub async fn shown(&self) -> Result<Vec<Arc<Key>>, NoKey> {
        let mut ring = self.fresh().await?;
        if ring.keys.is_empty() {
            self.signing_key().await?;
            ring = self.ring.load_full();
        }
        let now = self.clock.now();
        Ok(ring.keys.iter().filter(|key| self.rules.is_shown(key, now)).cloned().collect())
    }

    /// All keys, and which of them signs.
    ///
    /// # Errors
    /// When the keys can't be read.
    pub async fn all(&self) -> Result<(Vec<Arc<Key>>, Option<Arc<Key>>), NoKey> {
        let ring = self.fresh().await?;
        Ok((ring.keys.clone(), self.choose(&ring)))
    }

    /// Whether a key is still to be shown and accepted.
    pub fn is_shown(&self, key: &Key) -> bool {
        self.rules.is_shown(key, self.clock.now())
    }

    /// The key of that name, if tokens under it are accepted. For a name that is not known the database is asked, since
    /// another gateway may have made the key in this very moment; once for all who wait.
    ///
    /// # Errors
    /// When the keys can't be read.
    pub async fn accepted(&self, kid: &str) -> Result<Option<Arc<Key>>, NoKey> {
        if let Some(key) = self.held(kid) {
            return Ok(Some(key));
        }
        let arrived = self.clock.now();
        let _asking = self.asking.lock().await;
        let read_at = self.ring.load().read_at;
        if read_at.is_none_or(|read_at| read_at <= arrived) {
            let rest = read_at.map_or(TimeDelta::zero(), |read_at| read_at + PAUSE - self.clock.now());
            tokio::time::sleep(rest.clamp(TimeDelta::zero(), PAUSE).to_std().unwrap_or_default()).await;
            self.look(10 * PATIENCE).await?;
        }
        Ok(self.held(kid))
    }

    /// The same among the keys in memory.
    pub fn held(&self, kid: &str) -> Option<Arc<Key>> {
        let (ring, now) = (self.ring.load(), self.clock.now());
        ring.keys.iter().find(|key| key.row.id == kid).filter(|key| self.rules.is_shown(key, now)).cloned()
    }

    /// Whether a token is signed under the key.
    pub async fn verify(&self, key: &Arc<Key>, token: &str) -> bool {
        let Some(algorithm) = key.algorithm() else { return false };
        let holds = |key: &Key, token: &str| {
            key.public().zip(jws::Unverified::read(token)).is_some_and(|(public, read)| read.is_signed_under(public))
        };
        if algorithm != Algorithm::Es512 {
            return holds(key, token);
        }
        let (key, token) = (key.clone(), token.to_owned());
        self.apart(move || holds(&key, &token).then_some(())).await.is_some()
    }

    /// Makes a key that signs from now on; the others end.
    ///
    /// # Errors
    /// When it can't be made or kept.
    pub async fn rotate(&self) -> Result<Arc<Key>, NoKey> {
        let _turn = self.turn.lock().await;
        for _ in 0..TRIES {
            let ring = self.read().await?;
            let now = self.clock.now();
            let live = ring.keys.iter().filter(|key| key.row.expires_at.is_none_or(|end| end > now));
            let ending = live.map(|key| key.row.id.clone()).collect();
            if let Some(key) = self.make(&ring, ending).await? {
                return Ok(key);
            }
        }
        Err(NoKey::Unusable("others add keys at the same time"))
    }

    async fn signing_key(&self) -> Result<Arc<Key>, NoKey> {
        let ring = self.fresh().await?;
        if let Some(key) = self.choose(&ring) {
            return Ok(key);
        }
        let _turn = self.turn.lock().await;
        for _ in 0..TRIES {
            let ring = self.read().await?;
            if let Some(key) = self.choose(&ring) {
                return Ok(key);
            }
            if let Some(key) = self.make(&ring, self.overdue(&ring)).await? {
                return Ok(key);
            }
        }
        Err(NoKey::Unusable("others add keys at the same time"))
    }

    /// The key that signs now.
    fn choose(&self, ring: &Ring) -> Option<Arc<Key>> {
        let now = self.clock.now();
        let live =
            || ring.keys.iter().filter(|key| self.rules.is_live(key, now) && key.private(&self.at_rest).is_some());
        let wanted = live().find(|key| key.algorithm() == Some(self.rules.algorithm));
        wanted.or_else(|| live().next()).cloned()
    }

    /// Keys that end by our own rule, so that others are to be told.
    fn overdue(&self, ring: &Ring) -> Vec<String> {
        let now = self.clock.now();
        let overdue = ring.keys.iter().filter(|key| key.row.expires_at.is_none() && !self.rules.is_live(key, now));
        overdue.map(|key| key.row.id.clone()).collect()
    }

    /// Makes and keeps a key; `None` when somebody else was quicker.
    async fn make(&self, ring: &Ring, ending: Vec<String>) -> Result<Option<Arc<Key>>, NoKey> {
        let row = self.new_row().await?;
        let known: Vec<String> = ring.keys.iter().map(|key| key.row.id.clone()).collect();
        if !self.store.add_signing_key(&row, &known, &ending).await? {
            return Ok(None);
        }
        tracing::info!(key.id = row.id, key.algorithm = row.algorithm, "made a key that signs tokens");
        let ring = self.read().await?;
        Ok(ring.keys.iter().find(|key| key.row.id == row.id).cloned())
    }

    async fn new_row(&self) -> Result<StoredKey, NoKey> {
        let KeyRules { algorithm, modulus, interval, encrypt, .. } = self.rules;
        let pair = self.apart(move || jwk::generate(algorithm, modulus)).await;
        let pair = pair.ok_or(NoKey::Unusable("none could be made"))?;
        let private = match encrypt {
            true => serde_json::Value::String(self.at_rest.seal(&pair.private)).to_string(),
            false => pair.private.to_string(),
        };
        let now = self.clock.now();
        Ok(StoredKey {
            id: token::id(),
            public_key: pair.public,
            private_key: Secret::new(private),
            created_at: now,
            expires_at: interval.map(|interval| now + interval),
            algorithm: Some(algorithm.name().to_owned()),
            curve: algorithm.curve().map(str::to_owned),
        })
    }

    /// The keys as they were in the database a moment ago. While it can't be asked those in memory serve, and nobody waits
    /// for it in vain one after the other.
    async fn fresh(&self) -> Result<Arc<Ring>, NoKey> {
        if let Some(ring) = self.fresh_in_memory() {
            return Ok(ring);
        }
        let held = self.ring.load_full();
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) if self.choose(&held).is_some() => return Ok(held),
            Err(_) => self.turn.lock().await,
        };
        if let Some(ring) = self.fresh_in_memory() {
            return Ok(ring);
        }
        let patience = if held.read_at.is_some() { PATIENCE } else { 10 * PATIENCE };
        match self.look(patience).await {
            Err(_) if held.read_at.is_some() => Ok(held),
            looked => looked,
        }
    }

    /// Reads the keys within a time, unless that failed a moment ago.
    async fn look(&self, patience: Duration) -> Result<Arc<Ring>, NoKey> {
        let since = self.clock.now().timestamp_millis() - self.failed_at.load(Ordering::Relaxed);
        if since < FRESH.num_milliseconds() {
            return Err(NoKey::Store(StoreError::Unreachable("it did not answer a moment ago".to_owned())));
        }
        let error = match tokio::time::timeout(patience, self.read()).await {
            Ok(Ok(ring)) => return Ok(ring),
            Ok(Err(error)) => error,
            Err(_) => StoreError::Unreachable("no answer in time".to_owned()),
        };
        self.failed_at.store(self.clock.now().timestamp_millis(), Ordering::Relaxed);
        tracing::warn!(%error, "the keys that sign tokens could not be read");
        Err(error.into())
    }

    fn fresh_in_memory(&self) -> Option<Arc<Ring>> {
        let (ring, now) = (self.ring.load_full(), self.clock.now());
        let is_fresh = ring.read_at.is_some_and(|read_at| now - read_at < FRESH && read_at <= now);
        is_fresh.then_some(ring)
    }

    /// Reads the keys; those whose rows are as they were stay as they are, decrypted or not.
    async fn read(&self) -> Result<Arc<Ring>, StoreError> {
        let now = self.clock.now();
        let rows = self.store.signing_keys().await?;
        let held = self.ring.load_full();
        let keep = |row: StoredKey| match held.keys.iter().find(|key| key.row == row) {
            Some(key) => key.clone(),
            None => Arc::new(Key::new(row, self.rules.algorithm)),
        };
        let ring = Arc::new(Ring { keys: rows.into_iter().map(keep).collect(), read_at: Some(now) });
        self.ring.store(ring.clone());
        Ok(ring)
    }

    /// Runs heavy work beside the threads that serve requests, a few at a time.
    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
        let permit = self.heavy.clone().acquire_owned().await.ok()?;
        let work = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.ok().flatten()
    }
}
