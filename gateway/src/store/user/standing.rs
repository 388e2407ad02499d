//! Roles and bans.

use chrono::{DateTime, Utc};

use super::{
    super::{
        Event, Result, Store, User, UserId,
        lease::on_db,
        session::{delete_led_sessions, delete_sessions, gone},
        time::Time,
    },
    BY_ID,
};

pub(super) const SET_ROLE: &str = r#"update "user" set role = $2, "updatedAt" = $3 where id = $1"#;
pub(super) const SET_BAN: &str = r#"
    update "user" set banned = $2, "banReason" = $3, "banExpires" = $4, "updatedAt" = $5 where id = $1"#;

impl Store {
    /// Sets the roles of a user, comma separated, and ends what the user does as others.
    pub async fn set_role(&self, id: &UserId, role: &str) -> Result<Option<User>> {
        let now = Time(self.now());
        let (user, ended) = on_db!(write self, |db| {
            sqlx::query(SET_ROLE).bind(id).bind(role).bind(now).execute(&mut *db).await?;
            let ended = delete_led_sessions!(db, id).await?;
            Ok((sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await?, ended))
        })?;
        self.tell(&[Event::UserChanged(id.clone())]);
        self.tell(&gone(ended));
        Ok(user)
    }

    /// Keeps a user out, until `until` or for good, and ends all sessions of the user and what the user does as others.
    pub async fn ban(&self, id: &UserId, reason: Option<&str>, until: Option<DateTime<Utc>>) -> Result<Option<User>> {
        let now = Time(self.now());
        let (user, ended) = on_db!(write self, |db| {
            let query = sqlx::query(SET_BAN).bind(id).bind(true).bind(reason).bind(until.map(Time::from)).bind(now);
            query.execute(&mut *db).await?;
            let mut ended = delete_sessions!(db, id).await?;
            ended.extend(delete_led_sessions!(db, id).await?);
            Ok((sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await?, ended))
        })?;
        self.tell(&[Event::UserChanged(id.clone())]);
        self.tell(&gone(ended));
        Ok(user)
    }

    /// Lets a banned user in again.
    pub async fn unban(&self, id: &UserId) -> Result<Option<User>> {
        let now = Time(self.now());
        let nothing = None::<&str>;
        let user = on_db!(write self, |db| {
            let query = sqlx::query(SET_BAN).bind(id).bind(false).bind(nothing).bind(None::<Time>).bind(now);
            query.execute(&mut *db).await?;
            sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await
        })?;
        self.tell(&[Event::UserChanged(id.clone())]);
        Ok(user)
    }
}
