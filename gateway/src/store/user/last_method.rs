//! By which way a user signed in last, where that is kept with the user.

use super::super::{Event, Result, Store, UserId, lease::on_db, time::Time};

pub(super) const SET: &str = r#"update "user" set "lastLoginMethod" = $2, "updatedAt" = $3 where id = $1"#;

impl Store {
    /// Notes by which way a user has just signed in.
    pub async fn set_last_login_method(&self, id: &UserId, method: &str) -> Result<()> {
        let now = Time(self.now());
        on_db!(write self, |db| {
            sqlx::query(SET).bind(id).bind(method).bind(now).execute(&mut *db).await.map(drop)
        })?;
        self.tell(&[Event::UserChanged(id.clone())]);
        Ok(())
    }
}
