//! The `gateway_outbox` table: mails that are to be delivered. Knows neither what they say nor how they leave.
//!
//! Who claims a mail leases it: until the lease ends nobody else is given it, and if its holder dies it is due again.
//! So each mail is delivered at least once, by one of any number of gateways.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Result, Store, lease::on_db, row::Columns, time::Time};
use crate::config::Secret;

/// A mail to be delivered.
#[derive(Clone, Debug)]
pub struct QueuedMail {
    /// The id.
    pub id: String,
    /// What it is about; no secret.
    pub kind: String,
    /// Address.
    pub recipient: String,
    /// What it says. Links in it let people in.
    pub letter: Secret,
    /// When it was posted.
    pub created_at: DateTime<Utc>,
    /// When there is no use in delivering it any more.
    pub expires_at: DateTime<Utc>,
}

/// A mail that is ours to deliver until the lease ends.
#[derive(Clone, Debug)]
pub struct ClaimedMail {
    /// The mail.
    pub mail: QueuedMail,
    /// Which attempt this is, from 1. A later claim has a higher one.
    pub attempt: i64,
}

const ENQUEUE: &str = r#"
    insert into gateway_outbox (id, kind, recipient, letter, created_at, due_at, expires_at)
    values ($1, $2, $3, $4, $5, $5, $6)"#;
const NEXT_DUE: &str = "select min(due_at) from gateway_outbox";
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "with due as materialized (
                select id from gateway_outbox where due_at <= $1 order by due_at limit $3 ",
            $lock,
            ")
            update gateway_outbox set due_at = $2, attempts = attempts + 1
            where id in (select id from due)
            returning id, kind, recipient, letter, created_at, expires_at, attempts"
        )
    };
}
const CLAIM_POSTGRES: &str = claim!("for update skip locked");
// SQLite has one writer at a time anyway.
const CLAIM_SQLITE: &str = claim!("");
const DONE: &str = "delete from gateway_outbox where id = $1";
// Only by who holds the lease: a later claim has counted on.
const RETRY: &str = r#"
    update gateway_outbox set due_at = $3, last_error = $4 where id = $1 and attempts = $2 and due_at is not null"#;
const GIVE_UP: &str = r#"
    update gateway_outbox set due_at = null, letter = null, last_error = $3 where id = $1 and attempts = $2"#;
const DELETE_GIVEN_UP: &str = r#"delete from gateway_outbox where due_at is null and created_at < $1"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ENQUEUE, NEXT_DUE, CLAIM_SQLITE, DONE, RETRY, GIVE_UP, DELETE_GIVEN_UP];

impl<'r, R: Columns> FromRow<'r, R> for ClaimedMail {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let mail = QueuedMail {
            id: row.at(0)?,
            kind: row.at(1)?,
            recipient: row.at(2)?,
            letter: Secret::new(row.at::<Option<String>>(3)?.unwrap_or_default()),
            created_at: row.time(4)?,
            expires_at: row.time(5)?,
        };
        Ok(Self { mail, attempt: row.at(6)? })
    }
}

/// The one column of [`NEXT_DUE`].
struct Due(Option<DateTime<Utc>>);

impl<'r, R: Columns> FromRow<'r, R> for Due {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        row.time_or_none(0).map(Self)
    }
}

impl Store {
    /// Puts a mail into the outbox, due at once.
    pub async fn enqueue_mail(&self, mail: &QueuedMail) -> Result<()> {
        let (created, expires) = (Time::from(mail.created_at), Time::from(mail.expires_at));
        on_db!(write self, |db| {
            let query = sqlx::query(ENQUEUE).bind(&mail.id).bind(&mail.kind).bind(&mail.recipient);
            query.bind(mail.letter.expose()).bind(created).bind(expires).execute(&mut *db).await?;
            Ok(())
        })
    }

    /// When the next mail is due; none when nothing waits.
    pub async fn next_mail_due(&self) -> Result<Option<DateTime<Utc>>> {
        let Due(due) = on_db!(read self, |db| sqlx::query_as(NEXT_DUE).fetch_one(db).await)?;
        Ok(due)
    }

    /// Leases mails that are due, the longest waiting first, `most` of them, until `lease_ends`.
    pub async fn claim_mails(&self, most: u32, lease_ends: DateTime<Utc>) -> Result<Vec<ClaimedMail>> {
        let claim = if self.is_sqlite() { CLAIM_SQLITE } else { CLAIM_POSTGRES };
        let (now, ends) = (Time::from(self.now()), Time::from(lease_ends));
        on_db!(write self, |db| {
            sqlx::query_as(claim).bind(now).bind(ends).bind(i64::from(most)).fetch_all(&mut *db).await
        })
    }

    /// Takes a delivered mail out.
    pub async fn mail_delivered(&self, id: &str) -> Result<()> {
        on_db!(write self, |db| sqlx::query(DONE).bind(id).execute(&mut *db).await.map(drop))
    }

    /// Makes a mail due again later; `why` must hold no secret.
    pub async fn retry_mail(&self, claimed: &ClaimedMail, due: DateTime<Utc>, why: &str) -> Result<()> {
        on_db!(write self, |db| {
            let query = sqlx::query(RETRY).bind(&claimed.mail.id).bind(claimed.attempt);
            query.bind(Time::from(due)).bind(why).execute(&mut *db).await.map(drop)
        })
    }

    /// Gives a mail up and forgets what it says; `why` must hold no secret.
    pub async fn give_up_mail(&self, claimed: &ClaimedMail, why: &str) -> Result<()> {
        on_db!(write self, |db| {
            let query = sqlx::query(GIVE_UP).bind(&claimed.mail.id).bind(claimed.attempt);
            query.bind(why).execute(&mut *db).await.map(drop)
        })
    }

    /// Deletes what is left of mails that were posted before `before` and given up.
    pub async fn delete_given_up_mails(&self, before: DateTime<Utc>) -> Result<()> {
        let before = Time::from(before);
        on_db!(write self, |db| sqlx::query(DELETE_GIVEN_UP).bind(before).execute(&mut *db).await.map(drop))
    }
}
