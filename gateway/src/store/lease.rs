//! Borrowing a connection so that nothing waits for ever: neither a query on a dead line nor the pool for its return.

use std::{future::Future, io, time::Duration};

use sqlx::{Connection, Database, Pool, pool::PoolConnection};

use super::error::is_broken;

/// How long a query may take.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a transaction as a whole may take.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may take to show that it is still good.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// A pool's connection, lent.
pub(super) struct Lease<DB: Database> {
    connection: PoolConnection<DB>,
    broken: bool,
}

impl<DB: Database> Lease<DB> {
    /// The next free connection, untested: that would cost a round trip.
    pub(super) async fn take(pool: &Pool<DB>) -> sqlx::Result<Self> {
        Ok(Self { connection: pool.acquire().await?, broken: false })
    }

    /// A connection that has just answered. For writes, which can't be repeated blindly when the line turns out dead.
    pub(super) async fn take_tested(pool: &Pool<DB>) -> sqlx::Result<Self> {
        let mut tries = Tries::of(pool);
        loop {
            let mut lease = Self::take(pool).await?;
            let answer = within(PING_TIMEOUT, lease.connection.ping()).await;
            lease.note(&answer);
            if answer.is_ok() {
                return Ok(lease);
            }
            if !tries.again(&answer) {
                answer?;
            }
        }
    }

    /// The connection.
    pub(super) fn connection(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }

    /// Looks at an answer for signs that the connection is of no use any more.
    pub(super) fn note<T>(&mut self, answer: &sqlx::Result<T>) {
        self.broken |= answer.as_ref().is_err_and(is_broken);
    }
}

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        if self.broken {
            self.connection.close_on_drop();
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // The pool pings what comes back, without a limit: on a dead line that would keep the place taken.
            runtime.spawn(tokio::time::timeout(PING_TIMEOUT, self.connection.return_to_pool()));
        }
    }
}

/// How often a read may be tried anew: after a restart of the server every connection of the pool is dead.
pub(super) struct Tries(u32);

impl Tries {
    pub(super) fn of<DB: Database>(pool: &Pool<DB>) -> Self {
        Self(pool.options().get_max_connections())
    }

    /// Whether the answer is worth another try on another connection.
    pub(super) fn again<T>(&mut self, answer: &sqlx::Result<T>) -> bool {
        let again = self.0 > 0 && answer.as_ref().is_err_and(is_broken);
        self.0 = self.0.saturating_sub(1);
        again
    }
}

/// The answer, or a time-out.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"))),
    }
}

/// Says what an async block of a macro results in.
pub(super) fn answering<T, F: Future<Output = sqlx::Result<T>>>(work: F) -> F {
    work
}

/// Runs the body, which results in `sqlx::Result`, on a connection `db` of whichever database it is.
///
/// `read`: on any connection, again if that was dead. `write`: within a transaction on the writing connection; it is
/// committed if the body results in `Ok`.
macro_rules! on_db {
    (read $store:expr, |$db:ident| $body:expr) => {
        match &$store.0.db {
            $crate::store::Db::Postgres { pool, .. } => on_db!(@read pool, |$db| $body),
            $crate::store::Db::Sqlite { reader, .. } => on_db!(@read reader, |$db| $body),
        }
    };
    (write $store:expr, |$db:ident| $body:expr) => {
        match &$store.0.db {
            $crate::store::Db::Postgres { pool, .. } => on_db!(@write $store, pool, "begin", |$db| $body),
            $crate::store::Db::Sqlite { writer, .. } => on_db!(@write $store, writer, "begin immediate", |$db| $body),
        }
    };
    (@read $pool:expr, |$db:ident| $body:expr) => {{
        use $crate::store::{StoreError, lease};
        let mut tries = lease::Tries::of($pool);
        loop {
            let mut lease = match lease::Lease::take($pool).await {
                Ok(lease) => lease,
                Err(error) => break Err(StoreError::from(error)),
            };
            let answer = lease::within(lease::READ_TIMEOUT, async {
                let $db = lease.connection();
                $body
            })
            .await;
            lease.note(&answer);
            if !tries.again(&answer) {
                break answer.map_err(StoreError::from);
            }
        }
    }};
    (@write $store:expr, $pool:expr, $begin:literal, |$db:ident| $body:expr) => {{
        use $crate::store::{StoreError, lease};
        match lease::Lease::take_tested($pool).await {
            Err(error) => Err(StoreError::from(error)),
            Ok(mut lease) => {
                let doubt = $store.doubt();
                let answer = lease::within(lease::WRITE_TIMEOUT, async {
                    let mut tx = sqlx::Connection::begin_with(lease.connection(), $begin).await?;
                    let value = lease::answering(async {
                        let $db = &mut *tx;
                        $body
                    })
                    .await?;
                    tx.commit().await?;
                    Ok(value)
                })
                .await;
                lease.note(&answer);
                if answer.is_ok() {
                    doubt.dispel();
                }
                answer.map_err(StoreError::from)
            }
        }
    }};
}
pub(super) use on_db;
