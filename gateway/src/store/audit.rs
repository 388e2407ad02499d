//! The `gateway_audit` table: what was done, in the order in which it was noted. Rows are added, read, and deleted once
//! they are old enough; the database refuses everything else.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Result, Store, UserId, lease::on_db, row::Columns, time::Time};

/// Something that was done, or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the log; 0 until it is stored.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: String,
    /// Whether it was done.
    pub outcome: String,
    /// What kind of actor: a user, nobody in particular, the command line, the gateway itself.
    pub actor: String,
    /// Which one.
    pub actor_id: Option<String>,
    /// Id of the user that it was done to.
    pub subject_id: Option<String>,
    /// Id of the session that it is about, or in which it was done.
    pub session_id: Option<String>,
    /// Address of the client.
    pub ip_address: Option<String>,
    /// `User-Agent` of the client.
    pub user_agent: Option<String>,
    /// What else is to be known, as a JSON object; never a secret.
    pub details: Option<String>,
}

/// Which entries to read; an empty filter takes all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only what this user did or what was done to them.
    pub user: Option<UserId>,
    /// Only this; `session` takes all that begins with `session.`, too.
    pub what: Option<String>,
    /// Only from this time on.
    pub since: Option<DateTime<Utc>>,
    /// Only entries behind this one.
    pub after: i64,
}

const APPEND: &str = r#"
    insert into gateway_audit
        (at, what, outcome, actor, actor_id, subject_id, session_id, ip_address, user_agent, details)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"#;

macro_rules! select {
    ($order:literal) => {
        concat!(
            r#"select id, at, what, outcome, actor, actor_id, subject_id, session_id, ip_address, user_agent, details
            from gateway_audit
            where id > $1
                and (cast($2 as text) is null or actor_id = $2 or subject_id = $2)
                and (cast($3 as text) is null or what = $3 or substr(what, 1, length($3) + 1) = $3 || '.')
                and at >= $4
            order by id "#,
            $order,
            " limit $5"
        )
    };
}
const LATEST: &str = select!("desc");
const FIRST: &str = select!("asc");
const ALLOW: &str = "insert into gateway_audit_retention (before) values ($1)";
const DELETE: &str = r#"
    delete from gateway_audit where id in (select id from gateway_audit where at < $1 order by at limit $2)"#;
const ALLOW_NO_MORE: &str = "delete from gateway_audit_retention";

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[APPEND, LATEST, FIRST, ALLOW, DELETE, ALLOW_NO_MORE];

impl<'r, R: Columns> FromRow<'r, R> for AuditEntry {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.at(0)?,
            at: row.time(1)?,
            what: row.at(2)?,
            outcome: row.at(3)?,
            actor: row.at(4)?,
            actor_id: row.at(5)?,
            subject_id: row.at(6)?,
            session_id: row.at(7)?,
            ip_address: row.at(8)?,
            user_agent: row.at(9)?,
            details: row.at(10)?,
        })
    }
}

impl Store {
    /// Adds an entry at the end of the log.
    pub async fn append_audit(&self, entry: &AuditEntry) -> Result<()> {
        on_db!(write self, |db| {
            let query = sqlx::query(APPEND).bind(Time::from(entry.at)).bind(&entry.what).bind(&entry.outcome);
            let query = query.bind(&entry.actor).bind(&entry.actor_id).bind(&entry.subject_id);
            let query = query.bind(&entry.session_id).bind(&entry.ip_address).bind(&entry.user_agent);
            query.bind(&entry.details).execute(&mut *db).await.map(drop)
        })
    }

    /// The latest entries, the latest first.
    pub async fn latest_audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
        self.read_audit(LATEST, filter, limit).await
    }

    /// The first entries behind `filter.after`, in their order: page by page the whole log.
    pub async fn first_audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
        self.read_audit(FIRST, filter, limit).await
    }

    async fn read_audit(&self, select: &'static str, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
        let since = Time::from(filter.since.unwrap_or(DateTime::UNIX_EPOCH));
        on_db!(read self, |db| {
            let query = sqlx::query_as(select).bind(filter.after).bind(&filter.user).bind(&filter.what);
            query.bind(since).bind(i64::from(limit)).fetch_all(db).await
        })
    }

    /// Deletes up to `limit` entries from before `before`, the oldest first; says how many.
    pub async fn delete_old_audit(&self, before: DateTime<Utc>, limit: u32) -> Result<u64> {
        let before = Time::from(before);
        on_db!(write self, |db| {
            sqlx::query(ALLOW).bind(before).execute(&mut *db).await?;
            let query = sqlx::query(DELETE).bind(before).bind(i64::from(limit));
            let deleted = query.execute(&mut *db).await?.rows_affected();
            sqlx::query(ALLOW_NO_MORE).execute(&mut *db).await?;
            Ok(deleted)
        })
    }
}
