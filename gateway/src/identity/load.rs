//! Reading a session from the database: one query for all who wait for the same token.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};

use super::{
    Identity, Known, Unavailable,
    cache::{Belief, Key},
};
use crate::store::SessionToken;

/// Sessions read at once; more are refused as unavailable.
const MOST_LOADS: usize = 4_096;
/// How long one read may take.
const LOAD_TIMEOUT: Duration = Duration::from_secs(3);

type Outcome = Result<Option<Arc<Known>>, Unavailable>;
type Running = HashMap<(Key, u64), watch::Receiver<Option<Outcome>>>;

/// The reads that are under way, by token and by the generation they began in: who comes after a change never joins
/// a read from before it.
pub(super) struct Loads {
    running: Arc<Mutex<Running>>,
    permits: Arc<Semaphore>,
}

impl Default for Loads {
    fn default() -> Self {
        Self { running: Arc::default(), permits: Arc::new(Semaphore::new(MOST_LOADS)) }
    }
}

impl Identity {
    /// Reads the session with this token, joining a read that is under way.
    pub(super) async fn load(&self, key: Key, token: &str) -> Outcome {
        self.join(key, token, || None).await
    }

    /// The same for who found nothing in the cache: a read may have ended since that look, and what it left counts.
    pub(super) async fn load_missing(&self, key: Key, token: &str) -> Outcome {
        let since = || match self.cache.find(key, token) {
            Belief::Known(known) => Some(Ok(Some(known))),
            Belief::Unknown => Some(Ok(None)),
            Belief::Ask | Belief::Outage(_) => None,
        };
        self.join(key, token, since).await
    }

    /// Waits for the read that is under way; without one, takes the answer `known` has or begins a read.
    ///
    /// A read leaves its answer in the cache before it stops being under way, so none falls between the two.
    async fn join(&self, key: Key, token: &str, known: impl Fn() -> Option<Outcome>) -> Outcome {
        let generation = self.cache.generation();
        let mut outcome = {
            let mut running = self.loads.running.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(outcome) = running.get(&(key, generation)) {
                outcome.clone()
            } else if let Some(answer) = known() {
                return answer;
            } else {
                let outcome = self.start_load(key, generation, SessionToken::from(token.to_owned()))?;
                running.insert((key, generation), outcome.clone());
                outcome
            }
        };
        let outcome = match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Err(Unavailable)),
            Err(_) => Err(Unavailable),
        };
        outcome.or_else(|unavailable| self.cache.in_outage(key, token).map(Some).ok_or(unavailable))
    }

    /// Runs the read on a task of its own, so that nobody who stops waiting stops it for the others.
    fn start_load(
        &self,
        key: Key,
        generation: u64,
        token: SessionToken,
    ) -> Result<watch::Receiver<Option<Outcome>>, Unavailable> {
        let permit = self.loads.permits.clone().try_acquire_owned().map_err(|_| Unavailable)?;
        let (done, outcome) = watch::channel(None);
        let (store, cache, signer) = (self.store.clone(), self.cache.clone(), self.signer.clone());
        let running = self.loads.running.clone();
        self.cache.count_miss();
        tokio::spawn(async move {
            let _permit = permit;
            let read = tokio::time::timeout(LOAD_TIMEOUT, store.session_with_user(&token)).await;
            let outcome = match read {
                Ok(Ok(Some((session, user)))) => {
                    let signatures = signer.signatures(token.expose());
                    let known = Arc::new(Known::new(session, &user, key, signatures));
                    cache.keep(&known, generation);
                    Ok(Some(known))
                }
                Ok(Ok(None)) => {
                    cache.keep_unknown(key, generation);
                    Ok(None)
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a session could not be read");
                    Err(Unavailable)
                }
                Err(_) => {
                    tracing::warn!(elapsed_ms = LOAD_TIMEOUT.as_millis(), "reading a session took too long");
                    Err(Unavailable)
                }
            };
            running.lock().unwrap_or_else(PoisonError::into_inner).remove(&(key, generation));
            done.send_replace(Some(outcome));
        });
        Ok(outcome)
    }
}
