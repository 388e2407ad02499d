//! The `verification` table: values that a secret sent by mail stands for, for a while and for one use.
//!
//! Of several rows with one identifier the newest counts, and using it uses up those before it. What a value means is
//! known by the flow that made it.

pub(super) mod code;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use super::{Result, Store, lease::on_db, row::Columns, time::Time};

/// A value to be kept until it is asked for.
#[derive(Clone)]
pub struct NewVerification {
    /// The id of the row.
    pub id: String,
    /// What it is asked for by: the flow's name and the secret.
    pub identifier: String,
    /// What the secret stands for.
    pub value: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for NewVerification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewVerification").field("id", &self.id).field("expires_at", &self.expires_at).finish()
    }
}

/// A value as stored.
pub(super) struct Verification {
    value: String,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

pub(super) const INSERT: &str = r#"
    insert into "verification" (id, identifier, value, "expiresAt", "createdAt", "updatedAt")
    values ($1, $2, $3, $4, $5, $5)"#;
const NEWEST: &str = r#"
    select value, "expiresAt", "createdAt" from "verification"
    where identifier = $1 order by "createdAt" desc limit 1"#;
/// Of several at once one gets the rows: the others find them locked, and then gone.
pub(super) const CONSUME: &str = r#"
    delete from "verification" where identifier = $1 returning value, "expiresAt", "createdAt""#;
pub(super) const CONSUME_SIBLINGS: &str = r#"
    delete from "verification" where value = $2 and substr(identifier, 1, length($1)) = $1"#;
const ANY_OF: &str = r#"
    select 1 from "verification" where identifier = $1 or substr(identifier, 1, length($2)) = $2 limit 1"#;
const EXPIRED: &str = r#"
    select v.id, v."expiresAt", cast(v."expiresAt" as text) from "verification" v
    where v."expiresAt" < $1 order by v."expiresAt" limit $2"#;
const DELETE_EXPIRED: &str = r#"delete from "verification" where id = $1 and cast("expiresAt" as text) = $2"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, NEWEST, CONSUME, CONSUME_SIBLINGS, ANY_OF, EXPIRED, DELETE_EXPIRED];

/// Uses up a value within a write; `None` when there is none that is still good.
macro_rules! consume_verification {
    ($db:expr, $identifier:expr, $now:expr) => {
        sqlx::query_as(crate::store::verification::CONSUME)
            .bind($identifier)
            .fetch_all(&mut *$db)
            .await
            .map(|rows| crate::store::verification::newest(rows, $now))
    };
}
pub(super) use consume_verification;

/// Uses up all values of one kind that are the same, within a write.
macro_rules! consume_siblings {
    ($db:expr, $kind:expr, $value:expr) => {
        sqlx::query(crate::store::verification::CONSUME_SIBLINGS).bind($kind).bind($value).execute(&mut *$db).await?
    };
}
pub(super) use consume_siblings;

impl<'r, R: Columns> FromRow<'r, R> for Verification {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self { value: row.at(0)?, expires_at: row.time(1)?, created_at: row.time(2)? })
    }
}

impl Verification {
    /// As Better Auth has it: in the very millisecond of its end a value is still good.
    fn good_value(self, now: DateTime<Utc>) -> Option<String> {
        (self.expires_at >= now).then_some(self.value)
    }
}

/// The newest value, if it is still good; an older one never stands in for it.
pub(super) fn newest(rows: Vec<Verification>, now: DateTime<Utc>) -> Option<String> {
    rows.into_iter().max_by_key(|row| row.created_at)?.good_value(now)
}

impl Store {
    /// Keeps a value.
    pub async fn create_verification(&self, new: &NewVerification) -> Result<()> {
        let (expires_at, now) = (Time::from(new.expires_at), Time(self.now()));
        let id = self.fitting(&new.id);
        on_db!(write self, |db| {
            let query = sqlx::query(INSERT).bind(&id).bind(&new.identifier).bind(&new.value);
            query.bind(expires_at).bind(now).execute(&mut *db).await.map(drop)
        })
    }

    /// The value, which stays; `None` when there is none that is still good.
    pub async fn verification(&self, identifier: &str) -> Result<Option<String>> {
        let row: Option<Verification> =
            on_db!(read self, |db| sqlx::query_as(NEWEST).bind(identifier).fetch_optional(db).await)?;
        Ok(row.and_then(|row| row.good_value(self.now())))
    }

    /// The value, which is gone afterwards: of several who ask at once, one gets it.
    pub async fn consume_verification(&self, identifier: &str) -> Result<Option<String>> {
        let now = self.now();
        on_db!(write self, |db| consume_verification!(db, identifier, now))
    }

    /// Whether there is any value kept under the identifier, or under one that begins so.
    pub async fn has_verification(&self, identifier: &str, beginning: &str) -> Result<bool> {
        let found: Option<i32> = on_db!(read self, |db| {
            sqlx::query_scalar(ANY_OF).bind(identifier).bind(beginning).fetch_optional(db).await
        })?;
        Ok(found.is_some())
    }

    /// Deletes up to `limit` values that ended before `now`; says how many.
    pub async fn delete_expired_verifications(&self, now: DateTime<Utc>, limit: u32) -> Result<u64> {
        let expired: Vec<(String, Time, String)> = on_db!(read self, |db| {
            sqlx::query_as(EXPIRED).bind(Time::from(now)).bind(i64::from(limit)).fetch_all(db).await
        })?;
        // SQLite compares odd spellings of times as text, that is, wrongly: the time that was read decides.
        let expired: Vec<_> =
            expired.into_iter().filter(|(_, end, _)| end.0 < now - TimeDelta::milliseconds(1)).collect();
        if expired.is_empty() {
            return Ok(0);
        }
        on_db!(write self, |db| {
            let mut count = 0;
            for (id, _, stored) in &expired {
                count += sqlx::query(DELETE_EXPIRED).bind(id).bind(stored).execute(&mut *db).await?.rows_affected();
            }
            Ok(count)
        })
    }
}
