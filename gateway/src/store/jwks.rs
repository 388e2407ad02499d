//! The `jwks` table: key pairs that sign tokens. Knows neither what is in a key nor which one is to be used.

use std::fmt;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Result, Store, lease::on_db, row::Columns, time::Time};
use crate::config::Secret;

/// A key pair as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The id, which tokens name.
    pub id: String,
    /// The public half, as a JSON Web Key.
    pub public_key: String,
    /// The private half, as it is kept: usually encrypted.
    pub private_key: Secret,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it signs no more; none: until another one takes its place.
    pub expires_at: Option<DateTime<Utc>>,
    /// Its algorithm; rows of older servers don't tell.
    pub algorithm: Option<String>,
    /// Its curve, if it has one.
    pub curve: Option<String>,
}

/// More keys than this are not looked at; the newest come first.
const MOST: i64 = 100;

/// Chosen at random; whoever adds a key holds it, so that of several gateways that find none one makes one.
const LOCK: i64 = 0x6761_7465_7761_7905;

const NEWEST: &str = r#"
    select id, "publicKey", "privateKey", "createdAt", "expiresAt", alg, crv from "jwks"
    order by "createdAt" desc, id limit $1"#;
const IDS: &str = r#"select id from "jwks" order by "createdAt" desc, id limit $1"#;
const INSERT: &str = r#"
    insert into "jwks" (id, "publicKey", "privateKey", "createdAt", "expiresAt", alg, crv)
    values ($1, $2, $3, $4, $5, $6, $7)"#;
const RETIRE: &str = r#"update "jwks" set "expiresAt" = $2 where id = $1"#;
const LOCK_POSTGRES: &str = "select true from pg_advisory_xact_lock($1)";
// SQLite has one writer at a time anyway.
const LOCK_SQLITE: &str = "select $1 is not null";

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[NEWEST, IDS, INSERT, RETIRE];

impl<'r, R: Columns> FromRow<'r, R> for StoredKey {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.at(0)?,
            public_key: row.at(1)?,
            private_key: Secret::new(row.at::<String>(2)?),
            created_at: row.time(3)?,
            expires_at: row.time_or_none(4)?,
            algorithm: row.at(5)?,
            curve: row.at(6)?,
        })
    }
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKey").field("id", &self.id).field("created_at", &self.created_at).finish()
    }
}

impl Store {
    /// The key pairs, newest first; the hundred newest if there are more.
    pub async fn signing_keys(&self) -> Result<Vec<StoredKey>> {
        on_db!(read self, |db| sqlx::query_as(NEWEST).bind(MOST).fetch_all(db).await)
    }

    /// Adds a key pair, and lets others end now; `false`, and nothing is done, when somebody else has added one that is not
    /// among those `known`.
    pub async fn add_signing_key(&self, key: &StoredKey, known: &[String], ending: &[String]) -> Result<bool> {
        let lock = if self.is_sqlite() { LOCK_SQLITE } else { LOCK_POSTGRES };
        let now = Time(self.now());
        on_db!(write self, |db| {
            let _: bool = sqlx::query_scalar(lock).bind(LOCK).fetch_one(&mut *db).await?;
            let ids: Vec<String> = sqlx::query_scalar(IDS).bind(MOST).fetch_all(&mut *db).await?;
            if ids.iter().any(|id| !known.contains(id)) {
                return Ok(false);
            }
            let query = sqlx::query(INSERT).bind(&key.id).bind(&key.public_key).bind(key.private_key.expose());
            let query = query.bind(Time::from(key.created_at)).bind(key.expires_at.map(Time::from));
            query.bind(&key.algorithm).bind(&key.curve).execute(&mut *db).await?;
            for id in ending {
                sqlx::query(RETIRE).bind(id).bind(now).execute(&mut *db).await?;
            }
            Ok(true)
        })
    }
}
