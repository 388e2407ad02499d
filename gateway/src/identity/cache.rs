//! Sessions held in memory, and how far they may be believed.
//!
//! The database is the truth; this is a copy that is told of every change ([`Watcher`]). A read that began before a
//! change never enters after it: every change raises the generation, and what was read under an older one is dropped.
//! While changes may be missed ([`Link::Deaf`]) nothing is believed; while the database can't be asked at all
//! ([`Link::Unreachable`]) what is known is honoured for the grace period.

use std::{
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use moka::sync::Cache;
use siphasher::sip128::SipHasher13;
use tokio::sync::broadcast;

use super::{Known, index::Index};
use crate::{
    clock::Clock,
    config::CacheConfig,
    store::{Event, Link, Watcher},
    telemetry::Metrics,
};

/// A token's place in the cache: its hash under a key that is random for each process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u128);

/// What the cache says of a token.
pub enum Belief {
    /// This session, as the database has it.
    Known(Arc<Known>),
    /// No such session.
    Unknown,
    /// The database must be asked.
    Ask,
    /// The database can't be asked: the session as it was last seen, if the grace period still allows it.
    Outage(Option<Arc<Known>>),
}

/// Sessions by token, with the indexes by which a change finds them.
pub struct SessionCache {
    known: Cache<Key, Arc<Known>, BuildHasherDefault<KeyHasher>>,
    unknown: Cache<Key, (), BuildHasherDefault<KeyHasher>>,
    index: Mutex<Index>,
    generation: AtomicU64,
    link: AtomicU8,
    /// Milliseconds at which the database was first missed; 0 while it answers.
    missed_since: AtomicI64,
    outage_grace: TimeDelta,
    hash_key: [u8; 16],
    clock: Clock,
    /// Tells of changes once the cache has heard of them.
    changes: broadcast::Sender<Event>,
    metrics: Metrics,
}

/// Changes that a slow listener may lag behind before it is told that it missed some.
const CHANGES: usize = 1_024;

const LISTENING: u8 = 0;
const DEAF: u8 = 1;
const UNREACHABLE: u8 = 2;

impl SessionCache {
    /// An empty cache that believes nothing until the store says that it listens.
    pub fn new(config: &CacheConfig, clock: Clock, metrics: Metrics) -> Self {
        let known = Cache::builder()
            .max_capacity(config.capacity)
            .time_to_live(config.ttl.0)
            .build_with_hasher(BuildHasherDefault::default());
        let unknown = Cache::builder()
            .max_capacity(config.capacity.clamp(1, 100_000))
            .time_to_live(config.negative_ttl.0.max(Duration::from_millis(1)))
            .build_with_hasher(BuildHasherDefault::default());
        Self {
            known,
            unknown,
            index: Mutex::default(),
            generation: AtomicU64::new(0),
            link: AtomicU8::new(DEAF),
            missed_since: AtomicI64::new(0),
            outage_grace: config.outage_grace.delta(),
            hash_key: random_key(),
            clock,
            changes: broadcast::Sender::new(CHANGES),
            metrics,
        }
    }

    /// The place of a token.
    pub fn key(&self, token: &str) -> Key {
        Key(SipHasher13::new_with_key(&self.hash_key).hash(token.as_bytes()).as_u128())
    }

    /// What may be believed of a token right now.
    pub fn find(&self, key: Key, token: &str) -> Belief {
        match self.link.load(Ordering::Acquire) {
            LISTENING => match self.held(key, token) {
                Some(known) => {
                    self.metrics.cache_hits.inc();
                    Belief::Known(known)
                }
                None if self.unknown.contains_key(&key) => {
                    self.metrics.cache_hits.inc();
                    Belief::Unknown
                }
                None => Belief::Ask,
            },
            UNREACHABLE => Belief::Outage(self.in_outage(key, token)),
            _ => Belief::Ask,
        }
    }

    /// The session as last seen, if the database is missed and the grace period is not over.
    pub fn in_outage(&self, key: Key, token: &str) -> Option<Arc<Known>> {
        let now = self.clock.now().timestamp_millis();
        let since = match self.missed_since.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => now,
            Err(since) => since,
        };
        let within_grace = now - since < self.outage_grace.num_milliseconds();
        within_grace.then(|| self.held(key, token)).flatten()
    }

    /// The session as it is held, believed or not; for what does not depend on its being current.
    pub fn peek(&self, key: Key, token: &str) -> Option<Arc<Known>> {
        self.held(key, token)
    }

    fn held(&self, key: Key, token: &str) -> Option<Arc<Known>> {
        self.known.get(&key).filter(|known| !known.is_dead() && known.token().matches(token))
    }

    /// The number of changes heard of so far; take it before reading the database.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Keeps a session that was read under `generation`; a change since then means that it is not kept.
    pub fn keep(&self, known: &Arc<Known>, generation: u64) {
        let mut index = self.index();
        if self.generation() != generation {
            return;
        }
        index.add(known);
        self.known.insert(known.key(), known.clone());
    }

    /// Notes that no session has this token, as read under `generation`.
    pub fn keep_unknown(&self, key: Key, generation: u64) {
        let _index = self.index();
        if self.generation() == generation {
            self.unknown.insert(key, ());
        }
    }

    /// Changes from now on, each told after it counts here.
    pub fn changes(&self) -> broadcast::Receiver<Event> {
        self.changes.subscribe()
    }

    /// Counts a lookup that asks the database.
    pub fn count_miss(&self) {
        self.metrics.cache_misses.inc();
    }

    /// Whether every change of the database is heard.
    pub fn is_listening(&self) -> bool {
        self.link.load(Ordering::Acquire) == LISTENING
    }

    /// Returns once every change is heard, or after a second without it; the gateway can serve either way.
    pub async fn listening(&self) {
        for _ in 0..200 {
            if self.is_listening() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Frees what expired and counts what is left. To be called now and then.
    pub fn tidy(&self) {
        self.known.run_pending_tasks();
        self.unknown.run_pending_tasks();
        self.index().prune();
        self.metrics.cache_entries.set(i64::try_from(self.known.entry_count()).unwrap_or(i64::MAX));
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_all(&self, gone: Vec<Arc<Known>>) {
        for known in gone {
            known.kill();
            self.known.invalidate(&known.key());
        }
    }
}

impl Watcher for SessionCache {
    fn changed(&self, event: &Event) {
        let mut index = self.index();
        self.generation.fetch_add(1, Ordering::AcqRel);
        match event {
            Event::SessionGone(session) | Event::SessionChanged(session) => {
                self.drop_all(index.take_session(session.as_str()));
            }
            Event::UserChanged(user) => self.drop_all(index.take_user(user.as_str())),
            Event::Everything => {
                self.drop_all(index.take_all());
                self.known.invalidate_all();
                self.unknown.invalidate_all();
            }
        }
        drop(index);
        if self.changes.receiver_count() > 0 {
            self.changes.send(event.clone()).ok();
        }
    }

    fn link(&self, link: Link) {
        let state = match link {
            Link::Listening => LISTENING,
            Link::Deaf => DEAF,
            Link::Unreachable => UNREACHABLE,
        };
        if state != UNREACHABLE {
            self.missed_since.store(0, Ordering::Release);
        }
        self.link.store(state, Ordering::Release);
        self.metrics.listener_connected.set(i64::from(state == LISTENING));
    }

    fn lag(&self, lag: Duration) {
        self.metrics.invalidation_lag.observe(lag.as_secs_f64());
    }
}

fn random_key() -> [u8; 16] {
    let mut key = [0; 16];
    crate::crypto::token::fill(&mut key);
    key
}

/// The keys are hashes already.
#[derive(Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = (key >> 64) as u64 ^ key as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
