//! Which sessions began by a sign-in at which OpenID provider, and ending them when it says so.

use super::{Result, SessionId, Store, lease::on_db, session::gone};

/// Where a session began.
#[derive(Clone, Copy, Debug)]
pub struct ProviderSession<'a> {
    /// The provider.
    pub provider: &'a str,
    /// Who it is there.
    pub subject: &'a str,
    /// The provider's own id of its session.
    pub sid: Option<&'a str>,
}

/// Which sessions a provider ends.
#[derive(Clone, Copy, Debug)]
pub struct Logout<'a> {
    /// The provider.
    pub provider: &'a str,
    /// Only those of this person.
    pub subject: Option<&'a str>,
    /// Only those of this session of the provider's own.
    pub sid: Option<&'a str>,
    /// Names the order, which is good for one use.
    pub token_id: &'a str,
    /// When the order is no good any more, in milliseconds.
    pub until: i64,
}

const INSERT: &str = r#"
    insert into gateway_provider_session (session_id, provider_id, subject, sid) values ($1, $2, $3, $4)
    on conflict (session_id) do nothing"#;
const USE: &str = r#"
    insert into gateway_logout_token (provider_id, token_id, until) values ($1, $2, $3)
    on conflict (provider_id, token_id) do nothing"#;
const END: &str = r#"
    delete from "session" where id in (
        select session_id from gateway_provider_session
        where provider_id = $1 and (cast($2 as text) is null or subject = $2) and (cast($3 as text) is null or sid = $3))
    returning id"#;
const FORGET: &str = r#"
    delete from gateway_provider_session
    where provider_id = $1 and (cast($2 as text) is null or subject = $2) and (cast($3 as text) is null or sid = $3)"#;
const FORGET_ENDED: &str = r#"
    delete from gateway_provider_session where session_id not in (select s.id from "session" s)"#;
const FORGET_USED: &str = r#"delete from gateway_logout_token where until < $1"#;
const FORGET_LEASES: &str = r#"delete from gateway_provider_lease where until < $1"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, USE, END, FORGET, FORGET_ENDED, FORGET_USED, FORGET_LEASES];

impl Store {
    /// Remembers where a session began.
    pub async fn remember_provider_session(&self, session: &SessionId, began: ProviderSession<'_>) -> Result<()> {
        on_db!(write self, |db| {
            let query = sqlx::query(INSERT).bind(session.as_str()).bind(began.provider).bind(began.subject);
            query.bind(began.sid).execute(&mut *db).await.map(drop)
        })
    }

    /// Ends the sessions that a provider names; says how many. `None` when the order was used before.
    pub async fn end_provider_sessions(&self, logout: Logout<'_>) -> Result<Option<u64>> {
        let Logout { provider, subject, sid, token_id, until } = logout;
        let ended: Option<Vec<SessionId>> = on_db!(write self, |db| {
            let first = sqlx::query(USE).bind(provider).bind(token_id).bind(until).execute(&mut *db).await?;
            if first.rows_affected() == 0 {
                return Ok(None);
            }
            let ended = sqlx::query_scalar(END).bind(provider).bind(subject).bind(sid).fetch_all(&mut *db).await?;
            sqlx::query(FORGET).bind(provider).bind(subject).bind(sid).execute(&mut *db).await?;
            Ok(Some(ended))
        })?;
        let Some(ended) = ended else { return Ok(None) };
        let count = ended.len() as u64;
        self.tell(&gone(ended));
        Ok(Some(count))
    }

    /// Deletes what is remembered of sessions that have ended, of orders that are no good any more and of renewals that
    /// were never finished.
    pub async fn forget_provider_sessions(&self) -> Result<()> {
        let now = self.now().timestamp_millis();
        on_db!(write self, |db| {
            sqlx::query(FORGET_ENDED).execute(&mut *db).await?;
            sqlx::query(FORGET_USED).bind(now).execute(&mut *db).await?;
            sqlx::query(FORGET_LEASES).bind(now).execute(&mut *db).await.map(drop)
        })
    }
}
