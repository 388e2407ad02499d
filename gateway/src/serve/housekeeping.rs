//! What is done now and then: tidying the cache, deleting what has expired, keeping the database's log short.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    config::{Config, Period, RateLimitConfig, RateLimitStore},
    identity::cache::SessionCache,
    store::{Store, StoreError},
};

/// How often.
const EVERY: Duration = Duration::from_secs(60);
/// Expired rows of a table deleted at once.
const BATCH: u32 = 1_000;

/// How long a mail that was given up can be looked at.
const GIVEN_UP_MAILS_STAY: TimeDelta = TimeDelta::days(7);

/// How long a count of requests stays that nobody adds to, if no limit's window is longer.
const COUNTS_STAY: TimeDelta = TimeDelta::hours(1);

/// Batches of old entries of the audit log that are deleted each time.
const AUDIT_BATCHES: u32 = 20;

/// For how long rows stay.
pub(super) struct Stays {
    /// Counts of requests; `None` when they are not kept in the database.
    counts: Option<TimeDelta>,
    /// Entries of the audit log; `None` for good.
    audit: Option<TimeDelta>,
}

impl Stays {
    /// As configured.
    pub(super) fn of(config: &Config) -> Self {
        let retention = config.audit.retention;
        Self { counts: counts_stay(&config.rate_limit), audit: (!retention.0.is_zero()).then(|| retention.delta()) }
    }
}

fn counts_stay(limits: &RateLimitConfig) -> Option<TimeDelta> {
    let windows = limits.rules.iter().map(|rule| rule.window).chain([limits.window]);
    let longest = windows.map(Period::delta).max().unwrap_or_default();
    (limits.store == RateLimitStore::Database).then(|| longest.max(COUNTS_STAY))
}

/// Runs until told to stop.
pub(super) async fn run(store: Store, cache: Arc<SessionCache>, clock: Clock, stays: Stays, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        cache.tidy();
        if let Err(error) = store.delete_expired_sessions(clock.now(), BATCH).await {
            tracing::warn!(%error, "expired sessions could not be deleted");
        }
        if let Err(error) = store.delete_expired_verifications(clock.now(), BATCH).await {
            tracing::warn!(%error, "expired verification values could not be deleted");
        }
        if let Err(error) = store.forget_provider_sessions().await {
            tracing::warn!(%error, "what is remembered of providers could not be tidied");
        }
        if let Err(error) = store.delete_given_up_mails(clock.now() - GIVEN_UP_MAILS_STAY).await {
            tracing::warn!(%error, "mails that were given up could not be deleted");
        }
        if let Some(stay) = stays.counts
            && let Err(error) = store.delete_old_counts((clock.now() - stay).timestamp_millis()).await
        {
            tracing::warn!(%error, "old counts of requests could not be deleted");
        }
        if let Some(stay) = stays.audit
            && let Err(error) = shorten_audit(&store, clock.now() - stay).await
        {
            tracing::warn!(%error, "old entries of the audit log could not be deleted");
        }
        if let Err(error) = store.checkpoint().await {
            tracing::warn!(%error, "the database's log could not be shortened");
        }
    }
}

/// Deletes what is older, in batches, so that nobody waits long for the writer.
async fn shorten_audit(store: &Store, before: DateTime<Utc>) -> Result<(), StoreError> {
    for _ in 0..AUDIT_BATCHES {
        if store.delete_old_audit(before, BATCH).await? < u64::from(BATCH) {
            break;
        }
    }
    Ok(())
}
