use std::time::Duration;

use super::{MOST_COUNTS, Rate, RateLimiter};

const THREE_IN_TEN: Rate = Rate { window: Duration::from_secs(10), max: 3 };

fn tries(limiter: &RateLimiter, at: &[i64]) -> Vec<Option<u64>> {
    at.iter().map(|now| limiter.count(&"key", THREE_IN_TEN, *now).err().map(|wait| wait.as_secs())).collect()
}

#[test]
fn the_window_begins_anew_with_every_allowed_request() {
    let limiter = RateLimiter::default();
    assert_eq!(tries(&limiter, &[0, 4_000, 8_000, 8_000, 12_000]), [None, None, None, Some(10), Some(6)]);
    assert_eq!(tries(&limiter, &[18_000, 18_001, 18_002]), [None, None, None]);
}

#[test]
fn one_can_be_taken_back() {
    let limiter = RateLimiter::default();
    tries(&limiter, &[0, 0, 0]);
    limiter.take_back(&"key");
    assert_eq!(tries(&limiter, &[1, 2]), [None, Some(9)]);
    limiter.take_back(&"unknown");
}

#[test]
fn keys_are_apart_and_zero_allows_none() {
    let limiter = RateLimiter::default();
    tries(&limiter, &[0, 0, 0]);
    assert!(limiter.count(&"other", THREE_IN_TEN, 0).is_ok());
    assert!(limiter.count(&"none", Rate { max: 0, ..THREE_IN_TEN }, 0).is_err());
}

#[test]
fn memory_is_bounded_and_what_is_in_use_stays() {
    let limiter = RateLimiter::default();
    tries(&limiter, &[0, 0, 0]);
    for key in 0..MOST_COUNTS * 2 {
        assert!(limiter.count(&key, THREE_IN_TEN, 0).is_ok());
        if key % 1_000 == 0 {
            assert!(limiter.count(&"key", THREE_IN_TEN, 0).is_err());
        }
    }
    let counts = limiter.counts();
    assert!(counts.newer.len() + counts.older.len() <= MOST_COUNTS);
}

#[test]
fn of_many_at_once_no_more_than_allowed_pass() {
    let limiter = RateLimiter::default();
    let passed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..100).filter(|_| limiter.count(&"key", THREE_IN_TEN, 0).is_ok()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 3);
}
