//! The database, PostgreSQL or SQLite, behind one set of queries. Knows rows, not what they permit.
//!
//! The tables are Better Auth's; each has one file that owns its queries. A query is written once for both databases and
//! run by `on_db!`. Every write is one transaction, and the [`Watcher`] is told of it before the write returns.

mod account;
pub mod adopt;
mod audit;
mod error;
mod events;
mod id;
mod jwks;
mod lease;
mod listen;
pub mod migrate;
mod outbox;
mod poll;
mod postgres;
mod provider_account;
mod provider_session;
mod rate_limit;
mod row;
mod schema;
mod session;
mod sqlite;
mod time;
mod user;
mod verification;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use sqlx::{PgPool, SqlitePool, postgres::PgConnectOptions};
use tokio_util::sync::CancellationToken;

pub use account::{Account, Keep, OldSessions, Reset, ResetByCode, Unlinked};
pub use audit::{AuditEntry, AuditFilter};
pub use error::{OpenError, Result, StoreError};
pub use events::{Event, Link, Unwatched, Watcher};
pub use id::{SessionId, SessionToken, UserId};
pub use jwks::StoredKey;
pub use outbox::{ClaimedMail, QueuedMail};
pub use provider_account::{Added, Grant, NewProviderAccount};
pub use provider_session::{Logout, ProviderSession};
pub use rate_limit::Allowance;
pub use schema::SchemaState;
pub use session::{NewSession, Session, SessionFilter};
pub use user::email::EmailChange;
pub use user::revision::UserRevision;
pub use user::search::{Comparison, Direction, Operand, UserColumn, UserCondition, UserSearch};
pub use user::{NewCredential, NewUser, User, UserChange, UserFilter};
pub use verification::{
    NewVerification,
    code::{After, Guess, Verdict},
};

use crate::{clock::Clock, config::DatabaseConfig};
use lease::on_db;

/// The database. Clones share one pool.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    watcher: Arc<dyn Watcher>,
    /// Set when the outcome of a write is unknown: its caller went away, or its commit failed.
    doubt: AtomicBool,
}

enum Db {
    Postgres {
        pool: PgPool,
        /// For connections beside the pool, those that listen.
        options: Box<PgConnectOptions>,
        /// Whether ids are stored as UUIDs, in adopted tables.
        uuids: bool,
    },
    /// One connection writes, for SQLite has one writer anyway and queueing here is kinder than failing there.
    Sqlite { reader: SqlitePool, writer: SqlitePool },
}

impl Store {
    /// Connects, and brings the schema up to date or, with `migrate = false`, refuses a schema that isn't.
    pub async fn open(config: &DatabaseConfig, clock: Clock, watcher: Arc<dyn Watcher>) -> Result<Self, OpenError> {
        let db = if sqlite::is_sqlite(config.url.expose()) {
            sqlite::open(config).await?
        } else {
            postgres::open(config).await?
        };
        Ok(Self(Arc::new(Inner { db, clock, watcher, doubt: AtomicBool::new(false) })))
    }

    /// Closes all connections once they are idle, for at most two seconds.
    pub async fn close(&self) {
        const PATIENCE: Duration = Duration::from_secs(2);
        let closing = async {
            match &self.0.db {
                Db::Postgres { pool, .. } => pool.close().await,
                Db::Sqlite { reader, writer } => {
                    reader.close().await;
                    writer.close().await;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, closing).await.is_err() {
            tracing::warn!("closed the database with queries still running");
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let _: i32 = on_db!(read self, |db| sqlx::query_scalar("select 1").fetch_one(db).await)?;
        Ok(())
    }

    /// Whether this is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.0.db, Db::Sqlite { .. })
    }

    /// How the schema compares with the one that this version needs.
    pub async fn schema(&self) -> Result<SchemaState> {
        match &self.0.db {
            Db::Postgres { pool, .. } => on_db!(@read pool, |db| migrate::inspect_postgres(db).await),
            Db::Sqlite { reader, .. } => on_db!(@read reader, |db| migrate::inspect_sqlite(db).await),
        }
    }

    /// Whether the database keeps every two users from having the same user name.
    pub async fn keeps_usernames_apart(&self) -> Result<bool> {
        Ok(self.schema().await?.clashes.is_empty())
    }

    /// Folds SQLite's write-ahead log into the file and cuts it; for the janitor. PostgreSQL does that by itself.
    pub async fn checkpoint(&self) -> Result<()> {
        let Db::Sqlite { writer, .. } = &self.0.db else { return Ok(()) };
        on_db!(@read writer, |db| sqlx::query("pragma wal_checkpoint(truncate)").fetch_all(db).await)?;
        Ok(())
    }

    /// Tells the watcher of what others change and of the state of the line, until `stop`. To be spawned once.
    pub fn watch(&self, stop: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let store = self.clone();
        async move {
            let watching = async {
                match &store.0.db {
                    Db::Postgres { pool, options, .. } => listen::run(pool, options, &*store.0.watcher).await,
                    Db::Sqlite { writer, .. } => poll::run(writer, &store.0.doubt, &*store.0.watcher).await,
                }
            };
            tokio::select! { () = stop.cancelled() => {}, () = watching => {} }
        }
    }

    /// The id as it will be stored: tables of another layout may want UUIDs. New rows get it by themselves; this is for who
    /// shows an id that is not stored.
    pub fn fitting(&self, id: &str) -> String {
        match self.0.db {
            Db::Postgres { uuids: true, .. } => id::as_uuid(id),
            _ => id.to_owned(),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    fn tell(&self, events: &[Event]) {
        events.iter().for_each(|event| self.0.watcher.changed(event));
    }

    fn doubt(&self) -> Doubt<'_> {
        Doubt(Some(&self.0.doubt))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sqlite() { "Store(SQLite)" } else { "Store(PostgreSQL)" })
    }
}

/// Held during a write: unless it is dispelled, nobody knows whether the write has happened and who was told.
///
/// On PostgreSQL the triggers tell in any case; on SQLite the poll takes a doubt for a foreign write.
struct Doubt<'a>(Option<&'a AtomicBool>);

impl Doubt<'_> {
    fn dispel(mut self) {
        self.0 = None;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if let Some(doubt) = self.0 {
            doubt.store(true, Ordering::Release);
        }
    }
}
