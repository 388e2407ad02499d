//! The `user` table: reading and changing accounts. Passwords are in `account`, sessions in `session`.

pub(super) mod creation;
mod deletion;
pub(super) mod email;
mod filter;
mod last_method;
pub(super) mod revision;
pub(super) mod search;
mod standing;
mod username;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Event, Result, Store, UserId, lease::on_db, row::Columns, time::Time};
use crate::config::Secret;
pub use filter::UserFilter;

/// A user as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The name shown to others.
    pub name: String,
    /// The address, in lower case.
    pub email: String,
    /// Whether the address was proved.
    pub email_verified: bool,
    /// URL of a picture.
    pub image: Option<String>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
    /// Roles, comma separated.
    pub role: Option<String>,
    /// Whether the user is kept out; nothing stored means no.
    pub banned: Option<bool>,
    /// Why.
    pub ban_reason: Option<String>,
    /// Until when; nothing stored means for good.
    pub ban_expires: Option<DateTime<Utc>>,
    /// The name to sign in with, in the form it is looked up in.
    pub username: Option<String>,
    /// The same as its owner wrote it.
    pub display_username: Option<String>,
    /// Whether the account was made without an address; nothing stored means no.
    pub is_anonymous: Option<bool>,
    /// By which way the user signed in last.
    pub last_login_method: Option<String>,
}

/// A user to be made.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The id.
    pub id: UserId,
    /// The name shown to others.
    pub name: String,
    /// The address, in lower case.
    pub email: String,
    /// Whether the address is proved already.
    pub email_verified: bool,
    /// URL of a picture.
    pub image: Option<String>,
    /// Roles, comma separated.
    pub role: Option<String>,
    /// The name to sign in with, in the form it is looked up in.
    pub username: Option<String>,
    /// The same as its owner wrote it.
    pub display_username: Option<String>,
    /// Whether the account has no address of its owner's.
    pub is_anonymous: Option<bool>,
    /// By which way the user signs in first.
    pub last_login_method: Option<String>,
    /// The account with the password; nothing means that the user can't sign in by password.
    pub credential: Option<NewCredential>,
}

/// A credential account to be made with its user.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// The account's id.
    pub id: String,
    /// Hash of the password.
    pub hash: Secret,
}

/// Fields of a user to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// The name.
    pub name: Option<String>,
    /// The address, in lower case.
    pub email: Option<String>,
    /// Whether the address is proved.
    pub email_verified: Option<bool>,
    /// The picture; `Some(None)` takes it away.
    pub image: Option<Option<String>>,
    /// The name to sign in with; `Some(None)` takes it away.
    pub username: Option<Option<String>>,
    /// The same as its owner writes it; `Some(None)` takes it away.
    pub display_username: Option<Option<String>>,
}

macro_rules! user_columns {
    () => {
        r#"u.id, u.name, u.email, u."emailVerified", u.image, u."createdAt", u."updatedAt",
            u.role, u.banned, u."banReason", u."banExpires",
            u.username, u."displayUsername", u."isAnonymous", u."lastLoginMethod""#
    };
}
pub(super) use user_columns;

/// `$1` a pattern, `$2` a role between commas, `$3` whether banned; each may be null.
macro_rules! filter {
    () => {
        r#"(cast($1 as text) is null or lower(u.name) like $1 escape '\' or lower(u.email) like $1 escape '\')
            and (cast($2 as text) is null or ',' || replace(coalesce(u.role, ''), ' ', '') || ',' like $2 escape '\')
            and (cast($3 as boolean) is null or coalesce(u.banned, false) = cast($3 as boolean))"#
    };
}

const BY_ID: &str = concat!("select ", user_columns!(), r#" from "user" u where u.id = $1"#);
const BY_EMAIL: &str = concat!("select ", user_columns!(), r#" from "user" u where u.email = $1"#);
const LIST: &str = concat!(
    "select ",
    user_columns!(),
    r#" from "user" u where "#,
    filter!(),
    r#" order by u."createdAt", u.id limit $4 offset $5"#
);
const COUNT: &str = concat!(r#"select count(*) from "user" u where "#, filter!());
const UPDATE: &str = r#"
    update "user" set name = coalesce($2, name), email = coalesce($3, email),
        "emailVerified" = coalesce($4, "emailVerified"), image = case when $5 then $6 else image end, "updatedAt" = $7,
        username = case when $8 then $9 else username end,
        "displayUsername" = case when $10 then $11 else "displayUsername" end
    where id = $1"#;
const DELETE: &str = r#"delete from "user" where id = $1"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    BY_ID,
    BY_EMAIL,
    username::BY_USERNAME,
    LIST,
    COUNT,
    creation::INSERT,
    UPDATE,
    email::SET_EMAIL,
    standing::SET_ROLE,
    standing::SET_BAN,
    revision::REVISE,
    email::PROVE,
    last_method::SET,
    DELETE,
];

impl User {
    /// Whether the user is banned at this time; a ban may have an end.
    pub fn is_banned(&self, now: DateTime<Utc>) -> bool {
        Self::is_kept_out(self.banned, self.ban_expires, now)
    }

    /// The same of these columns.
    pub fn is_kept_out(banned: Option<bool>, ban_expires: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        banned == Some(true) && ban_expires.is_none_or(|until| until > now)
    }

    /// Reads the columns of [`user_columns`] from position `first` on.
    pub(super) fn read(row: &impl Columns, first: usize) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.at(first)?,
            // Adopted tables may leave both empty.
            name: row.at::<Option<String>>(first + 1)?.unwrap_or_default(),
            email: row.at(first + 2)?,
            email_verified: row.at::<Option<bool>>(first + 3)?.unwrap_or_default(),
            image: row.at(first + 4)?,
            created_at: row.time(first + 5)?,
            updated_at: row.time(first + 6)?,
            role: row.at(first + 7)?,
            banned: row.at(first + 8)?,
            ban_reason: row.at(first + 9)?,
            ban_expires: row.time_or_none(first + 10)?,
            username: row.at(first + 11)?,
            display_username: row.at(first + 12)?,
            is_anonymous: row.at(first + 13)?,
            last_login_method: row.at(first + 14)?,
        })
    }
}

impl<'r, R: Columns> FromRow<'r, R> for User {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Self::read(row, 0)
    }
}

/// Changes fields of a user within a write.
macro_rules! update_fields {
    ($db:expr, $id:expr, $change:expr, $now:expr) => {{
        let change: &UserChange = $change;
        let query = sqlx::query(UPDATE).bind($id).bind(&change.name).bind(&change.email).bind(change.email_verified);
        let query = query.bind(change.image.is_some()).bind(change.image.clone().flatten()).bind($now);
        let query = query.bind(change.username.is_some()).bind(change.username.clone().flatten());
        let query = query.bind(change.display_username.is_some()).bind(change.display_username.clone().flatten());
        query.execute(&mut *$db)
    }};
}
use update_fields;

impl Store {
    /// The user with this id.
    pub async fn user_by_id(&self, id: &UserId) -> Result<Option<User>> {
        on_db!(read self, |db| sqlx::query_as(BY_ID).bind(id).fetch_optional(db).await)
    }

    /// The user with this address, which has to be in lower case.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        on_db!(read self, |db| sqlx::query_as(BY_EMAIL).bind(email).fetch_optional(db).await)
    }

    /// Users in the order of their making.
    pub async fn list_users(&self, filter: &UserFilter, limit: u32, offset: u64) -> Result<Vec<User>> {
        let (search, role) = filter.patterns();
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        on_db!(read self, |db| {
            let query = sqlx::query_as(LIST).bind(&search).bind(&role).bind(filter.banned);
            query.bind(i64::from(limit)).bind(offset).fetch_all(db).await
        })
    }

    /// How many users the filter takes.
    pub async fn count_users(&self, filter: &UserFilter) -> Result<u64> {
        let (search, role) = filter.patterns();
        let count: i64 = on_db!(read self, |db| {
            sqlx::query_scalar(COUNT).bind(&search).bind(&role).bind(filter.banned).fetch_one(db).await
        })?;
        Ok(count.unsigned_abs())
    }

    /// Changes fields of a user.
    ///
    /// A taken name is [`StoreError::Unique`](super::StoreError::Unique), found by the database.
    pub async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<Option<User>> {
        let now = Time(self.now());
        let user = on_db!(write self, |db| {
            update_fields!(db, id, change, now).await?;
            sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await
        })?;
        self.tell(&[Event::UserChanged(id.clone())]);
        Ok(user)
    }
}
