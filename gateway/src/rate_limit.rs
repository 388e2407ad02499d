//! Counting requests, as Better Auth counts them: a window begins anew with every request that is allowed.
//!
//! Keeps hashes only, and a bounded number of them. Knows neither clients nor paths nor the time.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

#[cfg(test)]
mod tests;

/// Counts that are held at most; the ones longest unused go first.
const MOST_COUNTS: usize = 100_000;

/// How many requests are allowed in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The time.
    pub window: Duration,
    /// The number; zero allows none.
    pub max: u32,
}

/// Counts by key.
#[derive(Debug, Default)]
pub struct RateLimiter {
    hasher: RandomState,
    counts: Mutex<Counts>,
}

/// Two generations: when the newer one is full the older is dropped, and what is used moves to the newer.
#[derive(Debug, Default)]
struct Counts {
    newer: HashMap<u64, Count>,
    older: HashMap<u64, Count>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    requests: u32,
    last: i64,
}

impl RateLimiter {
    /// Counts a request at `now` (in milliseconds).
    ///
    /// # Errors
    /// When it is one too many; with the time after which the next is allowed. Refused requests do not count.
    pub fn count(&self, key: &impl Hash, rate: Rate, now: i64) -> Result<(), Duration> {
        let mut counts = self.counts();
        let count = counts.entry(self.hasher.hash_one(key));
        let window = i64::try_from(rate.window.as_millis()).unwrap_or(i64::MAX);
        if now - count.last >= window {
            count.requests = 0;
        }
        if count.requests >= rate.max {
            let left = if count.requests == 0 { window } else { (count.last + window - now).max(0) };
            return Err(Duration::from_millis(left.unsigned_abs()));
        }
        count.requests += 1;
        count.last = now;
        Ok(())
    }

    /// Takes one request back, as if it had not been made.
    pub fn take_back(&self, key: &impl Hash) {
        let mut counts = self.counts();
        let count = counts.entry(self.hasher.hash_one(key));
        count.requests = count.requests.saturating_sub(1);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn entry(&mut self, key: u64) -> &mut Count {
        if self.newer.len() >= MOST_COUNTS / 2 && !self.newer.contains_key(&key) {
            self.older = mem::take(&mut self.newer);
        }
        let known = self.older.remove(&key);
        self.newer.entry(key).or_insert(known.unwrap_or(Count { requests: 0, last: i64::MIN / 2 }))
    }
}
