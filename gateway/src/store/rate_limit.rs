//! The `rateLimit` table: how often somebody asked, counted by all gateways, and by Better Auth's server, together.
//!
//! A count is one statement, so that of many at once no more than allowed pass.

use super::{Result, Store, lease::on_db};

/// How many requests are allowed in how many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The time.
    pub window_ms: i64,
    /// The number.
    pub max: u32,
}

/// Counts, unless that would be one too many. The window begins anew with every request that is allowed.
const COUNT: &str = r#"
    insert into "rateLimit" (id, key, count, "lastRequest") values ($1, $2, 1, $3)
    on conflict (key) do update set
        count = case when "rateLimit"."lastRequest" <= $4 then 1 else "rateLimit".count + 1 end,
        "lastRequest" = excluded."lastRequest"
    where "rateLimit"."lastRequest" <= $4 or "rateLimit".count < $5
    returning "lastRequest""#;
const LAST: &str = r#"select "lastRequest" from "rateLimit" where key = $1"#;
const TAKE_BACK: &str = r#"update "rateLimit" set count = count - 1 where key = $1 and count > 0"#;
const DELETE_OLD: &str = r#"delete from "rateLimit" where "lastRequest" < $1"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[COUNT, LAST, TAKE_BACK, DELETE_OLD];

impl Store {
    /// Counts a request; gives the milliseconds to wait when it is one too many, which isn't counted. `id` is for a new row.
    pub async fn count_request(&self, id: &str, key: &str, allowed: Allowance) -> Result<Option<i64>> {
        let now = self.now().timestamp_millis();
        let start = now - allowed.window_ms;
        on_db!(write self, |db| {
            let query = sqlx::query_scalar(COUNT).bind(id).bind(key).bind(now).bind(start);
            let counted: Option<i64> = query.bind(i64::from(allowed.max)).fetch_optional(&mut *db).await?;
            if counted.is_some() {
                return Ok(None);
            }
            let last: Option<i64> = sqlx::query_scalar(LAST).bind(key).fetch_optional(&mut *db).await?;
            Ok(Some((last.unwrap_or(now) + allowed.window_ms - now).max(0)))
        })
    }

    /// Takes one request back, as if it had not been made.
    pub async fn take_back_request(&self, key: &str) -> Result<()> {
        on_db!(write self, |db| sqlx::query(TAKE_BACK).bind(key).execute(&mut *db).await.map(drop))
    }

    /// Deletes counts that nobody has added to since then (in milliseconds).
    pub async fn delete_old_counts(&self, before: i64) -> Result<u64> {
        on_db!(write self, |db| {
            sqlx::query(DELETE_OLD).bind(before).execute(&mut *db).await.map(|done| done.rows_affected())
        })
    }
}
