//! Noticing on SQLite that another process wrote: `data_version` moves on a connection when anyone else commits.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sqlx::SqlitePool;

use super::{Event, Link, Watcher, lease::within};

/// How often to look.
const EVERY: Duration = Duration::from_millis(100);
/// How long a look may take before what is cached isn't believed any more.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks for ever. On the writing connection, for which our own writes are not foreign.
pub(super) async fn run(writer: &SqlitePool, doubt: &AtomicBool, watcher: &dyn Watcher) {
    let mut seen: Option<i64> = None;
    loop {
        let version = within(PATIENCE, sqlx::query_scalar("pragma data_version").fetch_one(writer)).await.ok();
        // Only now: a write in doubt has given the connection back before the look could have it.
        let doubtful = doubt.swap(false, Ordering::AcqRel);
        match (seen, version) {
            (_, None) => watcher.link(Link::Deaf),
            (None, Some(_)) => {
                watcher.changed(&Event::Everything);
                watcher.link(Link::Listening);
            }
            (Some(before), Some(now)) if before != now || doubtful => watcher.changed(&Event::Everything),
            _ => {}
        }
        seen = version;
        tokio::time::sleep(EVERY).await;
    }
}
