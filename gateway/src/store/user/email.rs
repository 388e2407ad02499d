//! The address of a user: moved and proved under the condition that it is still the one that was seen.

use super::super::{Event, Result, Store, User, UserId, lease::on_db, time::Time};
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

impl Store {
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
