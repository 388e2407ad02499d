//! The `account` table: ways to sign in. The credential account holds the password's hash.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    Event, Guess, NewSession, Result, Session, Store, UserId, Verdict,
    lease::on_db,
    row::Columns,
    session::{delete_sessions, gone, insert_session},
    time::Time,
    user::email::prove_address,
    verification::{code::guess_code, consume_siblings, consume_verification},
};
use crate::config::Secret;

/// A way to sign in, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: String,
    /// Who the user is at the provider; the user's id for `credential`.
    pub account_id: String,
    /// `credential` for a password, or the provider's name.
    pub provider_id: String,
    /// Whose account it is.
    pub user_id: UserId,
    /// The provider's access token.
    pub access_token: Option<Secret>,
    /// The provider's refresh token.
    pub refresh_token: Option<Secret>,
    /// The provider's ID token.
    pub id_token: Option<Secret>,
    /// End of the access token.
    pub access_token_expires_at: Option<DateTime<Utc>>,
    /// End of the refresh token.
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// What the provider granted, comma separated.
    pub scope: Option<String>,
    /// Hash of the password.
    pub password: Option<Secret>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A password to be set by whoever holds a secret.
#[derive(Clone, Copy, Debug)]
pub struct Reset<'a> {
    /// What the secret is kept under.
    pub identifier: &'a str,
    /// What other secrets of this kind begin with; the user's are used up too.
    pub kind: &'a str,
    /// Whom it was given to.
    pub user: &'a UserId,
    /// Hash of the new password.
    pub hash: &'a str,
    /// What becomes of the sessions.
    pub sessions: OldSessions,
}

/// What becomes of a user's sessions when the password is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldSessions {
    /// They go on.
    Keep,
    /// They end with the old password.
    End,
}

/// A password to be set by whoever knows a code.
#[derive(Clone, Copy)]
pub struct ResetByCode<'a> {
    /// What they take for the code.
    pub guess: Guess<'a>,
    /// What secrets for a new password begin with; the user's are used up too.
    pub kind: &'a str,
    /// Whom the code was sent to.
    pub user: &'a UserId,
    /// Hash of the new password.
    pub hash: &'a str,
    /// What becomes of the sessions.
    pub sessions: OldSessions,
}

/// What must be left when an account is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// One way to sign in.
    LastOne,
    /// Not even that.
    Nothing,
}

/// What became of an account that was to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// It is gone.
    Done,
    /// It stays, because it is the only one.
    Last,
    /// The user has none with this id.
    Unknown,
}

macro_rules! account_columns {
    () => {
        r#"id, "accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken", "accessTokenExpiresAt",
            "refreshTokenExpiresAt", scope, password, "createdAt", "updatedAt""#
    };
}
pub(super) use account_columns;

const CREDENTIAL_OF: &str = concat!(
    "select ",
    account_columns!(),
    r#" from "account" where "userId" = $1 and "providerId" = 'credential' order by "createdAt", id limit 1"#
);
const OF_USER: &str = concat!(
    "select ",
    account_columns!(),
    r#" from "account" where "userId" = $1 order by "createdAt", id limit 1000"#
);
// Changes nothing; whoever else is at these rows waits for the end of the transaction.
const LOCK_OF: &str = r#"update "account" set "updatedAt" = "updatedAt" where "userId" = $1"#;
const COUNT_OF: &str = r#"select count(*) from "account" where "userId" = $1"#;
const DELETE_ONE_OF: &str = r#"delete from "account" where "userId" = $1 and id = $2"#;
// Without an id of its own the account has the user's, so that the primary key rules out a second one.
pub(super) const INSERT_CREDENTIAL: &str = r#"
    insert into "account" (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
    values ($1, $2, 'credential', $2, $3, $4, $4)
    on conflict (id) do update set password = excluded.password, "updatedAt" = excluded."updatedAt""#;
const FORGET_PASSWORD: &str = r#"delete from "account" where "userId" = $1 and "providerId" = 'credential'"#;
const SET_PASSWORD: &str = r#"
    update "account" set password = $2, "updatedAt" = $3 where "userId" = $1 and "providerId" = 'credential'"#;
const SET_PASSWORD_OF_ACCOUNT: &str = r#"update "account" set password = $2, "updatedAt" = $3 where id = $1"#;
const REPLACE_HASH: &str = r#"update "account" set password = $3, "updatedAt" = $4 where id = $1 and password = $2"#;
pub(super) const DELETE_OF: &str = r#"delete from "account" where "userId" = $1"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    CREDENTIAL_OF,
    OF_USER,
    LOCK_OF,
    COUNT_OF,
    DELETE_ONE_OF,
    INSERT_CREDENTIAL,
    FORGET_PASSWORD,
    SET_PASSWORD,
    SET_PASSWORD_OF_ACCOUNT,
    REPLACE_HASH,
    DELETE_OF,
];

/// Makes the credential account within a write.
macro_rules! insert_credential {
    ($db:expr, $id:expr, $user:expr, $hash:expr, $now:expr) => {{
        let query = sqlx::query(crate::store::account::INSERT_CREDENTIAL).bind($id).bind($user);
        query.bind($hash).bind($now).execute(&mut *$db)
    }};
}
pub(super) use insert_credential;

/// Sets the hash of a user's password within a write.
macro_rules! set_password {
    ($db:expr, $user:expr, $hash:expr, $now:expr) => {
        let query = sqlx::query(SET_PASSWORD).bind($user).bind($hash).bind($now);
        if query.execute(&mut *$db).await?.rows_affected() == 0 {
            insert_credential!($db, $user.as_str(), $user, $hash, $now).await?;
        }
    };
}

/// Deletes all accounts of a user within a write.
macro_rules! delete_accounts {
    ($db:expr, $user:expr) => {
        sqlx::query(crate::store::account::DELETE_OF).bind($user).execute(&mut *$db)
    };
}
pub(super) use delete_accounts;

impl<'r, R: Columns> FromRow<'r, R> for Account {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let secret = |index| Ok::<_, sqlx::Error>(row.at::<Option<String>>(index)?.map(Secret::new));
        Ok(Self {
            id: row.at(0)?,
            account_id: row.at(1)?,
            provider_id: row.at(2)?,
            user_id: row.at(3)?,
            access_token: secret(4)?,
            refresh_token: secret(5)?,
            id_token: secret(6)?,
            access_token_expires_at: row.time_or_none(7)?,
            refresh_token_expires_at: row.time_or_none(8)?,
            scope: row.at(9)?,
            password: secret(10)?,
            created_at: row.time(11)?,
            updated_at: row.time(12)?,
        })
    }
}

impl Store {
    /// The account by which a user signs in with a password.
    pub async fn credential_of(&self, user: &UserId) -> Result<Option<Account>> {
        on_db!(read self, |db| sqlx::query_as(CREDENTIAL_OF).bind(user).fetch_optional(db).await)
    }

    /// All ways in which a user can sign in, the oldest first.
    pub async fn accounts_of(&self, user: &UserId) -> Result<Vec<Account>> {
        on_db!(read self, |db| sqlx::query_as(OF_USER).bind(user).fetch_all(db).await)
    }

    /// Takes one way to sign in away. Of several who do that at the same time, one finds the last account and stops.
    pub async fn unlink_account(&self, user: &UserId, id: &str, keep: Keep) -> Result<Unlinked> {
        on_db!(write self, |db| {
            sqlx::query(LOCK_OF).bind(user).execute(&mut *db).await?;
            let count: i64 = sqlx::query_scalar(COUNT_OF).bind(user).fetch_one(&mut *db).await?;
            if count == 1 && keep == Keep::LastOne {
                return Ok(Unlinked::Last);
            }
            let deleted = sqlx::query(DELETE_ONE_OF).bind(user).bind(id).execute(&mut *db).await?.rows_affected();
            Ok(if deleted > 0 { Unlinked::Done } else { Unlinked::Unknown })
        })
    }

    /// Takes a user's password away and ends all sessions of the user.
    pub async fn forget_password(&self, user: &UserId) -> Result<()> {
        let ended = on_db!(write self, |db| {
            sqlx::query(FORGET_PASSWORD).bind(user).execute(&mut *db).await?;
            delete_sessions!(db, user).await
        })?;
        self.tell(&gone(ended));
        Ok(())
    }

    /// Sets the hash of a user's password; makes the credential account where there is none.
    pub async fn set_password(&self, user: &UserId, hash: &str) -> Result<()> {
        let now = Time(self.now());
        on_db!(write self, |db| {
            set_password!(db, user, hash, now);
            Ok(())
        })
    }

    /// Uses up the secret and sets the password of whom it was given to: both or neither. Of several who try at once,
    /// one succeeds.
    pub async fn reset_password(&self, reset: Reset<'_>) -> Result<bool> {
        let Reset { identifier, kind, user, hash, sessions } = reset;
        let now = Time(self.now());
        let ended = on_db!(write self, |db| {
            let value = consume_verification!(db, identifier, now.0)?;
            if value.as_deref() != Some(user.as_str()) {
                return Ok(None);
            }
            consume_siblings!(db, kind, user);
            let ended = match sessions {
                OldSessions::End => delete_sessions!(db, user).await?,
                OldSessions::Keep => Vec::new(),
            };
            set_password!(db, user, hash, now);
            Ok(Some(ended))
        })?;
        let done = ended.is_some();
        self.tell(&gone(ended.unwrap_or_default()));
        Ok(done)
    }

    /// Uses up the code and sets the password of whom it was sent to, whose address is proved by it: all or nothing.
    pub async fn reset_password_by_code(&self, reset: ResetByCode<'_>) -> Result<Verdict> {
        let ResetByCode { guess, kind, user, hash, sessions } = reset;
        let now = Time(self.now());
        let (verdict, ended) = on_db!(write self, |db| {
            let verdict = guess_code!(db, guess, now.0);
            if verdict != Verdict::Right {
                return Ok((verdict, Vec::new()));
            }
            consume_siblings!(db, kind, user);
            let ended = match sessions {
                OldSessions::End => delete_sessions!(db, user).await?,
                OldSessions::Keep => Vec::new(),
            };
            set_password!(db, user, hash, now);
            prove_address!(db, user, now).await?;
            Ok((verdict, ended))
        })?;
        if verdict == Verdict::Right {
            self.tell(&[Event::UserChanged(user.clone())]);
        }
        self.tell(&gone(ended));
        Ok(verdict)
    }

    /// Sets the hash of a password that its user has shown to know. With a session, all others of the user end and
    /// this one begins, in the same transaction.
    pub async fn change_password(
        &self,
        account: &Account,
        hash: &str,
        session: Option<&NewSession>,
    ) -> Result<Option<Session>> {
        let now = Time(self.now());
        let session = session.map(|session| session.row(self));
        let ended = on_db!(write self, |db| {
            let ended = match &session {
                Some(_) => delete_sessions!(db, &account.user_id).await?,
                None => Vec::new(),
            };
            let query = sqlx::query(SET_PASSWORD_OF_ACCOUNT).bind(&account.id).bind(hash).bind(now);
            query.execute(&mut *db).await?;
            if let Some(session) = &session {
                insert_session!(db, session).await?;
            }
            Ok(ended)
        })?;
        self.tell(&gone(ended));
        Ok(session)
    }

    /// Replaces a hash by one of the same password, provided that it is still the one that was verified.
    pub async fn replace_password_hash(&self, account_id: &str, old: &str, new: &str) -> Result<bool> {
        let now = Time(self.now());
        on_db!(write self, |db| {
            let query = sqlx::query(REPLACE_HASH).bind(account_id).bind(old).bind(new).bind(now);
            Ok(query.execute(&mut *db).await?.rows_affected() > 0)
        })
    }
}
