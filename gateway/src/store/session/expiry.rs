//! Sessions that have ended by themselves are taken away in the background.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{Event, Result, SessionId, Store, lease::on_db, time::Time};

pub(super) const EXPIRED: &str = r#"
    select s.id, s."expiresAt", cast(s."expiresAt" as text) from "session" s
    where s."expiresAt" < $1 order by s."expiresAt" limit $2"#;
pub(super) const DELETE_EXPIRED: &str = r#"delete from "session" where id = $1 and cast("expiresAt" as text) = $2"#;

impl Store {
    /// Deletes up to `limit` sessions that ended before `now`; says how many. For a task in the background: it goes row
    /// by row, so that the others' caches are told of each session instead of being emptied.
    pub async fn delete_expired_sessions(&self, now: DateTime<Utc>, limit: u32) -> Result<u64> {
        let expired: Vec<(SessionId, Time, String)> = on_db!(read self, |db| {
            sqlx::query_as(EXPIRED).bind(Time::from(now)).bind(i64::from(limit)).fetch_all(db).await
        })?;
        // SQLite compares odd spellings of times as text, that is, wrongly: the time that was read decides.
        let expired: Vec<_> =
            expired.into_iter().filter(|(_, end, _)| end.0 < now - TimeDelta::milliseconds(1)).collect();
        if expired.is_empty() {
            return Ok(0);
        }
        let mut ids = Vec::new();
        on_db!(write self, |db| {
            ids.clear();
            for (id, _, stored) in &expired {
                let query = sqlx::query(DELETE_EXPIRED).bind(id).bind(stored);
                if query.execute(&mut *db).await?.rows_affected() > 0 {
                    ids.push(id.clone());
                }
            }
            Ok(())
        })?;
        let count = ids.len() as u64;
        self.tell(&ids.into_iter().map(Event::SessionGone).collect::<Vec<_>>());
        Ok(count)
    }
}
