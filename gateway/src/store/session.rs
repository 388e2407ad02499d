//! The `session` table. Whether a session may be used is not decided here: reads return expired ones, too.

mod expiry;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    Event, Result, SessionId, SessionToken, Store, User, UserId,
    lease::on_db,
    row::Columns,
    time::{Time, cut},
    user::user_columns,
};

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The id; no secret.
    pub id: SessionId,
    /// What the client presents.
    pub token: SessionToken,
    /// Whose session it is.
    pub user_id: UserId,
    /// When it ends unless it is extended.
    pub expires_at: DateTime<Utc>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last extended.
    pub updated_at: DateTime<Utc>,
    /// Address of the client that began it.
    pub ip_address: Option<String>,
    /// `User-Agent` of the client that began it.
    pub user_agent: Option<String>,
    /// Id of the admin who acts as the user.
    pub impersonated_by: Option<String>,
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The id.
    pub id: SessionId,
    /// What the client will present.
    pub token: SessionToken,
    /// Whose session it is.
    pub user_id: UserId,
    /// When it ends unless it is extended.
    pub expires_at: DateTime<Utc>,
    /// Address of the client.
    pub ip_address: Option<String>,
    /// `User-Agent` of the client.
    pub user_agent: Option<String>,
    /// Id of the admin who is to act as the user.
    pub impersonated_by: Option<UserId>,
}

/// Which sessions to list; an empty filter takes all.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Only those of this user.
    pub user_id: Option<UserId>,
    /// Only those that began with this id: a prefix is enough.
    pub id_prefix: Option<String>,
}

/// How many columns a session takes up in a row.
const WIDTH: usize = 9;

/// How many sessions of a user are listed, as Better Auth does it.
const LISTED: usize = 100;

macro_rules! session_columns {
    () => {
        r#"s.id, s.token, s."userId", s."expiresAt", s."createdAt", s."updatedAt",
            s."ipAddress", s."userAgent", s."impersonatedBy""#
    };
}

const WITH_USER: &str = concat!(
    "select ",
    session_columns!(),
    ", ",
    user_columns!(),
    r#" from "session" s join "user" u on u.id = s."userId" where s.token = $1"#
);
const LIST: &str = concat!(
    "select ",
    session_columns!(),
    ", ",
    user_columns!(),
    r#" from "session" s join "user" u on u.id = s."userId"
        where (cast($1 as text) is null or s."userId" = $1)
            and (cast($2 as text) is null or substr(s.id, 1, length($2)) = $2)
        order by s."createdAt" desc, s.id limit $3"#
);
const BY_ID: &str = concat!("select ", session_columns!(), r#" from "session" s where s.id = $1"#);
const BY_TOKEN: &str = concat!("select ", session_columns!(), r#" from "session" s where s.token = $1"#);
const OF_USER: &str = concat!(
    "select ",
    session_columns!(),
    r#" from "session" s where s."userId" = $1 order by s."createdAt" desc limit 1000"#
);
const EVERY_OF: &str = concat!(
    "select ",
    session_columns!(),
    r#" from "session" s where s."userId" = $1 order by s."createdAt", s.id limit $2"#
);
const ORIGINS_OF: &str = r#"
    select "ipAddress", "userAgent" from "session" where "userId" = $1 and "impersonatedBy" is null
    order by "createdAt" desc limit 1000"#;
pub(super) const INSERT: &str = r#"
    insert into "session" (id, token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent",
        "impersonatedBy")
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"#;
// Stored times are compared as the database spells them, so that none of its precision or form gets in the way.
const EXPIRY: &str = r#"select "expiresAt", cast("expiresAt" as text) from "session" where id = $1"#;
const EXTEND: &str = r#"
    update "session" set "expiresAt" = $3, "updatedAt" = $4 where id = $1 and cast("expiresAt" as text) = $2"#;
const DELETE: &str = r#"delete from "session" where token = $1"#;
const DELETE_ONE_OF: &str = r#"delete from "session" where "userId" = $1 and token = $2 returning id"#;
pub(super) const DELETE_OF: &str = r#"delete from "session" where "userId" = $1 returning id"#;
pub(super) const DELETE_LED: &str = r#"delete from "session" where "impersonatedBy" = $1 returning id"#;
const DELETE_OTHERS: &str = r#"delete from "session" where "userId" = $1 and token <> $2 returning id"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    WITH_USER,
    LIST,
    BY_ID,
    BY_TOKEN,
    OF_USER,
    ORIGINS_OF,
    INSERT,
    EXPIRY,
    EXTEND,
    DELETE,
    DELETE_ONE_OF,
    DELETE_OF,
    DELETE_LED,
    EVERY_OF,
    DELETE_OTHERS,
    expiry::EXPIRED,
    expiry::DELETE_EXPIRED,
];

/// Inserts a finished row within a write.
macro_rules! insert_session {
    ($db:expr, $session:expr) => {{
        let s: &crate::store::Session = $session;
        let query = sqlx::query(crate::store::session::INSERT).bind(&s.id).bind(s.token.expose()).bind(&s.user_id);
        let query = query.bind(Time(s.expires_at)).bind(Time(s.created_at)).bind(Time(s.updated_at));
        query.bind(&s.ip_address).bind(&s.user_agent).bind(&s.impersonated_by).execute(&mut *$db)
    }};
}
pub(super) use insert_session;

/// Deletes all sessions of a user within a write; gives their ids.
macro_rules! delete_sessions {
    ($db:expr, $user:expr) => {
        sqlx::query_scalar::<_, crate::store::SessionId>(crate::store::session::DELETE_OF)
            .bind($user)
            .fetch_all(&mut *$db)
    };
}
pub(super) use delete_sessions;

/// Ends within a write what a user does as others; gives the ids of the sessions.
macro_rules! delete_led_sessions {
    ($db:expr, $user:expr) => {
        sqlx::query_scalar::<_, crate::store::SessionId>(crate::store::session::DELETE_LED)
            .bind($user)
            .fetch_all(&mut *$db)
    };
}
pub(super) use delete_led_sessions;

impl<'r, R: Columns> FromRow<'r, R> for Session {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.at(0)?,
            token: row.at::<String>(1)?.into(),
            user_id: row.at(2)?,
            expires_at: row.time(3)?,
            created_at: row.time(4)?,
            updated_at: row.time(5)?,
            ip_address: row.at(6)?,
            user_agent: row.at(7)?,
            impersonated_by: row.at(8)?,
        })
    }
}

/// A session beside its user, as the join delivers them.
struct WithUser(Session, User);

impl<'r, R: Columns> FromRow<'r, R> for WithUser {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self(Session::from_row(row)?, User::read(row, WIDTH)?))
    }
}

impl Store {
    /// The session with this token and its user, expired or not: one query, one round trip.
    pub async fn session_with_user(&self, token: &SessionToken) -> Result<Option<(Session, User)>> {
        let found = on_db!(read self, |db| sqlx::query_as(WITH_USER).bind(token.expose()).fetch_optional(db).await)?;
        Ok(found.map(|WithUser(session, user)| (session, user)))
    }

    /// The session with this id, expired or not.
    pub async fn session_by_id(&self, id: &SessionId) -> Result<Option<Session>> {
        on_db!(read self, |db| sqlx::query_as(BY_ID).bind(id).fetch_optional(db).await)
    }

    /// The sessions of a user that are alive at `now`, the latest first, 100 at most.
    pub async fn sessions_of(&self, user: &UserId, now: DateTime<Utc>) -> Result<Vec<Session>> {
        let mut sessions: Vec<Session> =
            on_db!(read self, |db| sqlx::query_as(OF_USER).bind(user).fetch_all(db).await)?;
        sessions.retain(|session| session.expires_at > now);
        sessions.truncate(LISTED);
        Ok(sessions)
    }

    /// The sessions of a user, expired or not, the earliest first, 100 at most.
    pub async fn every_session_of(&self, user: &UserId) -> Result<Vec<Session>> {
        let most = i64::try_from(LISTED).unwrap_or(i64::MAX);
        on_db!(read self, |db| sqlx::query_as(EVERY_OF).bind(user).bind(most).fetch_all(db).await)
    }

    /// Address and `User-Agent` of each session that the user began, expired or not.
    pub async fn session_origins(&self, user: &UserId) -> Result<Vec<(Option<String>, Option<String>)>> {
        on_db!(read self, |db| sqlx::query_as(ORIGINS_OF).bind(user).fetch_all(db).await)
    }

    /// Sessions with their users, the latest first.
    pub async fn list_sessions(&self, filter: &SessionFilter, limit: u32) -> Result<Vec<(Session, User)>> {
        let rows: Vec<WithUser> = on_db!(read self, |db| {
            let query = sqlx::query_as(LIST).bind(&filter.user_id).bind(&filter.id_prefix);
            query.bind(i64::from(limit)).fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|WithUser(session, user)| (session, user)).collect())
    }

    /// Makes a session.
    pub async fn create_session(&self, new: &NewSession) -> Result<Session> {
        let session = new.row(self);
        on_db!(write self, |db| insert_session!(db, &session).await.map(drop))?;
        Ok(session)
    }

    /// Moves the end of a session, provided that it is still the one that was seen: of several who try, one succeeds.
    pub async fn extend_session(&self, id: &SessionId, seen: DateTime<Utc>, new: DateTime<Utc>) -> Result<bool> {
        let now = Time(self.now());
        let extended = on_db!(write self, |db| {
            let expiry: Option<(Time, String)> = sqlx::query_as(EXPIRY).bind(id).fetch_optional(&mut *db).await?;
            let Some((_, stored)) = expiry.filter(|(time, _)| time.0 == cut(seen)) else { return Ok(false) };
            let query = sqlx::query(EXTEND).bind(id).bind(stored).bind(Time::from(new)).bind(now);
            Ok(query.execute(&mut *db).await?.rows_affected() > 0)
        })?;
        if extended {
            self.tell(&[Event::SessionChanged(id.clone())]);
        }
        Ok(extended)
    }

    /// Deletes the session with this token; gives what it was.
    pub async fn delete_session(&self, token: &SessionToken) -> Result<Option<Session>> {
        let session: Option<Session> = on_db!(write self, |db| {
            let session = sqlx::query_as(BY_TOKEN).bind(token.expose()).fetch_optional(&mut *db).await?;
            let deleted = sqlx::query(DELETE).bind(token.expose()).execute(&mut *db).await?.rows_affected();
            Ok(session.filter(|_| deleted > 0))
        })?;
        self.tell(&gone(session.iter().map(|session| session.id.clone()).collect()));
        Ok(session)
    }

    /// Deletes the session with this token if it is this user's; gives its id.
    pub async fn delete_session_of(&self, user: &UserId, token: &SessionToken) -> Result<Option<SessionId>> {
        Ok(self.delete_by_token(DELETE_ONE_OF, user, token).await?.pop())
    }

    /// Deletes the user's sessions except the one with the token `keep`; says how many.
    pub async fn delete_other_sessions(&self, user: &UserId, keep: &SessionToken) -> Result<u64> {
        Ok(self.delete_by_token(DELETE_OTHERS, user, keep).await?.len() as u64)
    }

    /// Deletes all sessions of a user; says how many.
    pub async fn delete_sessions_of(&self, user: &UserId) -> Result<u64> {
        let ids = on_db!(write self, |db| delete_sessions!(db, user).await)?;
        Ok(self.tell_gone(ids))
    }

    async fn delete_by_token(
        &self,
        statement: &'static str,
        user: &UserId,
        token: &SessionToken,
    ) -> Result<Vec<SessionId>> {
        let ids: Vec<SessionId> = on_db!(write self, |db| {
            sqlx::query_scalar(statement).bind(user).bind(token.expose()).fetch_all(&mut *db).await
        })?;
        self.tell_gone(ids.clone());
        Ok(ids)
    }

    fn tell_gone(&self, ids: Vec<SessionId>) -> u64 {
        let count = ids.len() as u64;
        self.tell(&gone(ids));
        count
    }
}

impl NewSession {
    /// The row to be inserted.
    pub(super) fn row(&self, store: &Store) -> Session {
        let now = store.now();
        Session {
            id: store.fitting(self.id.as_str()).into(),
            token: self.token.clone(),
            user_id: store.fitting(self.user_id.as_str()).into(),
            expires_at: cut(self.expires_at),
            created_at: now,
            updated_at: now,
            ip_address: self.ip_address.clone(),
            user_agent: self.user_agent.clone(),
            impersonated_by: self.impersonated_by.as_ref().map(|admin| store.fitting(admin.as_str())),
        }
    }
}

/// The events of deleted sessions; beyond a hundred one that stands for all.
pub(super) fn gone(ids: Vec<SessionId>) -> Vec<Event> {
    if ids.len() > 100 { vec![Event::Everything] } else { ids.into_iter().map(Event::SessionGone).collect() }
}
