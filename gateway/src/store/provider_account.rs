//! Accounts at other providers, in the `account` table: finding whose they are, adding them, keeping their tokens.
//!
//! Better Auth's table has no constraint that keeps an account at a provider from belonging to two users. Whoever adds
//! one takes its row of `gateway_provider_account` first, so that of several at once the second finds what the first did.

use chrono::{DateTime, Utc};

use super::{
    Account, NewUser, Result, Store, User, UserId, account::account_columns, lease::on_db, time::Time,
    user::creation::insert_user,
};
use crate::config::Secret;

/// What a provider gave, as it is stored.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// The access token, encrypted if that is wished.
    pub access_token: Option<String>,
    /// The refresh token, encrypted if that is wished.
    pub refresh_token: Option<String>,
    /// The ID token.
    pub id_token: Option<Secret>,
    /// End of the access token.
    pub access_token_expires_at: Option<DateTime<Utc>>,
    /// End of the refresh token.
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// What was granted, comma separated; `None` leaves what is stored.
    pub scope: Option<String>,
}

/// An account at a provider to be added to a user.
#[derive(Clone, Debug)]
pub struct NewProviderAccount {
    /// The id of the row.
    pub id: String,
    /// The provider.
    pub provider_id: String,
    /// Who it is there.
    pub account_id: String,
    /// What was given.
    pub grant: Grant,
}

/// What became of an account that was to be added.
#[derive(Clone, Debug)]
pub enum Added<T> {
    /// It is there.
    Done(T),
    /// It is somebody's already, perhaps the same user's.
    Taken(UserId),
}

const CLAIM: &str = r#"
    insert into gateway_provider_account (provider_id, account_id, touched) values ($1, $2, $3)
    on conflict (provider_id, account_id) do update set touched = excluded.touched"#;
const BY_KEY: &str = concat!(
    "select ",
    account_columns!(),
    r#" from "account" where "providerId" = $1 and "accountId" = $2 order by "createdAt", id limit 1"#
);
const OWNER: &str = r#"
    select "userId" from "account" where "providerId" = $1 and "accountId" = $2 order by "createdAt", id limit 1"#;
const INSERT: &str = r#"
    insert into "account" (id, "accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken",
        "accessTokenExpiresAt", "refreshTokenExpiresAt", scope, "createdAt", "updatedAt")
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)"#;
const UPDATE: &str = r#"
    update "account" set "accessToken" = coalesce($2, "accessToken"), "refreshToken" = coalesce($3, "refreshToken"),
        "idToken" = coalesce($4, "idToken"), "accessTokenExpiresAt" = coalesce($5, "accessTokenExpiresAt"),
        "refreshTokenExpiresAt" = coalesce($6, "refreshTokenExpiresAt"), scope = coalesce($7, scope), "updatedAt" = $8
    where id = $1"#;
const BY_ID: &str = concat!("select ", account_columns!(), r#" from "account" where id = $1"#);
const TAKE_LEASE: &str = r#"
    insert into gateway_provider_lease (account_row, holder, until) values ($1, $2, $3)
    on conflict (account_row) do update set holder = excluded.holder, until = excluded.until
    where gateway_provider_lease.until < $4"#;
const END_LEASE: &str = r#"delete from gateway_provider_lease where account_row = $1 and holder = $2"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CLAIM, BY_KEY, OWNER, INSERT, UPDATE, BY_ID, TAKE_LEASE, END_LEASE];

/// Adds the account within a write, unless it is somebody's; gives whose it is then.
macro_rules! add_account {
    ($db:expr, $id:expr, $user:expr, $new:expr, $now:expr) => {{
        let new: &NewProviderAccount = $new;
        let query = sqlx::query(CLAIM).bind(&new.provider_id).bind(&new.account_id);
        query.bind($now.0.timestamp_millis()).execute(&mut *$db).await?;
        let query = sqlx::query_scalar(OWNER).bind(&new.provider_id).bind(&new.account_id);
        let owner: Option<UserId> = query.fetch_optional(&mut *$db).await?;
        if owner.is_none() {
            let query = sqlx::query(INSERT).bind($id).bind(&new.account_id).bind(&new.provider_id).bind($user);
            let grant = &new.grant;
            let query = query.bind(&grant.access_token).bind(&grant.refresh_token);
            let query = query.bind(grant.id_token.as_ref().map(Secret::expose));
            let query = query.bind(grant.access_token_expires_at.map(Time::from));
            let query = query.bind(grant.refresh_token_expires_at.map(Time::from)).bind(&grant.scope);
            query.bind($now).execute(&mut *$db).await?;
        }
        owner
    }};
}

impl Store {
    /// The account that somebody has at a provider, if it is anybody's here.
    pub async fn provider_account(&self, provider: &str, account: &str) -> Result<Option<Account>> {
        on_db!(read self, |db| sqlx::query_as(BY_KEY).bind(provider).bind(account).fetch_optional(db).await)
    }

    /// The account with this id.
    pub async fn account_by_id(&self, id: &str) -> Result<Option<Account>> {
        on_db!(read self, |db| sqlx::query_as(BY_ID).bind(id).fetch_optional(db).await)
    }

    /// Adds an account to a user.
    pub async fn add_provider_account(&self, user: &UserId, new: &NewProviderAccount) -> Result<Added<()>> {
        let (id, now) = (self.fitting(&new.id), Time(self.now()));
        on_db!(write self, |db| {
            let owner = add_account!(db, &id, user, new, now);
            Ok(owner.map_or(Added::Done(()), Added::Taken))
        })
    }

    /// Makes a user with an account at a provider.
    ///
    /// A taken address is [`StoreError::Unique`](super::StoreError::Unique).
    pub async fn create_user_of_provider(&self, user: &NewUser, new: &NewProviderAccount) -> Result<Added<User>> {
        let (row, id, now) = (user.row(self), self.fitting(&new.id), Time(self.now()));
        on_db!(write self, |db| {
            // The account's place first: who waits there must not have made a user meanwhile.
            let query = sqlx::query(CLAIM).bind(&new.provider_id).bind(&new.account_id);
            query.bind(now.0.timestamp_millis()).execute(&mut *db).await?;
            let query = sqlx::query_scalar(OWNER).bind(&new.provider_id).bind(&new.account_id);
            if let Some(owner) = query.fetch_optional(&mut *db).await? {
                return Ok(Added::Taken(owner));
            }
            insert_user!(db, &row).await?;
            let owner = add_account!(db, &id, &row.id, new, now);
            Ok(owner.map_or_else(|| Added::Done(row.clone()), Added::Taken))
        })
    }

    /// Keeps what a provider gave; what it did not give stays as it is. `None` when the account is gone.
    pub async fn keep_grant(&self, id: &str, grant: &Grant) -> Result<Option<Account>> {
        let now = Time(self.now());
        on_db!(write self, |db| {
            let query = sqlx::query(UPDATE).bind(id).bind(&grant.access_token).bind(&grant.refresh_token);
            let query = query.bind(grant.id_token.as_ref().map(Secret::expose));
            let query = query.bind(grant.access_token_expires_at.map(Time::from));
            let query = query.bind(grant.refresh_token_expires_at.map(Time::from)).bind(&grant.scope).bind(now);
            query.execute(&mut *db).await?;
            sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await
        })
    }

    /// Whether the holder may renew the tokens of an account until then, because nobody else does.
    pub async fn take_lease(&self, account: &str, holder: &str, until: DateTime<Utc>) -> Result<bool> {
        let now = self.now().timestamp_millis();
        on_db!(write self, |db| {
            let query = sqlx::query(TAKE_LEASE).bind(account).bind(holder).bind(until.timestamp_millis()).bind(now);
            Ok(query.execute(&mut *db).await?.rows_affected() > 0)
        })
    }

    /// Lets the others renew them.
    pub async fn end_lease(&self, account: &str, holder: &str) -> Result<()> {
        on_db!(write self, |db| sqlx::query(END_LEASE).bind(account).bind(holder).execute(&mut *db).await.map(drop))
    }
}
