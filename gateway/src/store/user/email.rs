//! The address of a user: moved and proved under the condition that it is still the one that was seen.

use super::super::{
    Event, Result, Store, User, UserId,
    account::delete_accounts,
    lease::on_db,
    session::{delete_sessions, gone},
    time::Time,
};
use super::BY_ID;

/// What becomes of a user's address.
#[derive(Clone, Copy, Debug)]
pub struct EmailChange<'a> {
    /// The address as it was seen.
    pub from: &'a str,
    /// The address from now on, in lower case.
    pub to: &'a str,
    /// Whether that one is proved.
    pub verified: bool,
}

/// `$2` the address that was seen: of several who change it at once, one succeeds.
pub(super) const SET_EMAIL: &str = r#"
    update "user" set email = $3, "emailVerified" = $4, "updatedAt" = $5 where id = $1 and email = $2"#;

/// `$2` the time: nothing happens where the address is proved already.
pub(in crate::store) const PROVE: &str = r#"
    update "user" set "emailVerified" = $3, "updatedAt" = $2 where id = $1 and coalesce("emailVerified", false) = false"#;

/// Marks the address of a user as proved within a write.
macro_rules! prove_address {
    ($db:expr, $user:expr, $now:expr) => {
        sqlx::query(crate::store::user::email::PROVE).bind($user).bind($now).bind(true).execute(&mut *$db)
    };
}
pub(in crate::store) use prove_address;

impl Store {
    /// Hands an account whose address nobody had proved to whoever has just done so, and takes away what it had until
    /// then: all ways to sign in and all sessions. An account whose address is proved stays as it is.
    pub async fn take_over(&self, id: &UserId) -> Result<Option<User>> {
        let now = Time(self.now());
        let (user, ended) = on_db!(write self, |db| {
            let mut ended = Vec::new();
            if prove_address!(db, id, now).await?.rows_affected() > 0 {
                delete_accounts!(db, id).await?;
                ended = delete_sessions!(db, id).await?;
            }
            Ok((sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await?, ended))
        })?;
        self.tell(&[Event::UserChanged(id.clone())]);
        self.tell(&gone(ended));
        Ok(user)
    }

    /// Changes the address of a user; `None` when it is not the one that was seen any more.
    ///
    /// A taken address is [`StoreError::Unique`](crate::store::StoreError::Unique).
    pub async fn change_email(&self, id: &UserId, change: EmailChange<'_>) -> Result<Option<User>> {
        let now = Time(self.now());
        let user = on_db!(write self, |db| {
            let query = sqlx::query(SET_EMAIL).bind(id).bind(change.from).bind(change.to).bind(change.verified);
            if query.bind(now).execute(&mut *db).await?.rows_affected() == 0 {
                return Ok(None);
            }
            sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await
        })?;
        if user.is_some() {
            self.tell(&[Event::UserChanged(id.clone())]);
        }
        Ok(user)
    }
}
