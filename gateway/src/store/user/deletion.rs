//! The end of a user: the row with its sessions and accounts, in one transaction.

use super::{
    super::{
        Event, Result, Store, UserId,
        account::delete_accounts,
        lease::on_db,
        session::{delete_led_sessions, delete_sessions, gone},
        verification::consume_verification,
    },
    DELETE,
};

/// Deletes a user within a write; gives the number of rows and the ids of the sessions that ended.
macro_rules! delete_user {
    ($db:expr, $id:expr) => {{
        // The foreign keys would do it; a database made by another tool may lack them.
        let mut ended = delete_sessions!($db, $id).await?;
        ended.extend(delete_led_sessions!($db, $id).await?);
        delete_accounts!($db, $id).await?;
        (sqlx::query(DELETE).bind($id).execute(&mut *$db).await?.rows_affected(), ended)
    }};
}

impl Store {
    /// Deletes a user with sessions and accounts; false if there was none.
    pub async fn delete_user(&self, id: &UserId) -> Result<bool> {
        let (deleted, ended) = on_db!(write self, |db| Ok(delete_user!(db, id)))?;
        self.tell(&[Event::UserChanged(id.clone())]);
        self.tell(&gone(ended));
        Ok(deleted > 0)
    }

    /// Uses up a value that stands for a user's wish to be deleted, and deletes the user if it is this one; false if it
    /// is another's, which uses it up all the same, or no good any more.
    pub async fn delete_user_by_wish(&self, id: &UserId, identifier: &str) -> Result<bool> {
        let now = self.now();
        let ended = on_db!(write self, |db| {
            let wish: Option<String> = consume_verification!(db, identifier, now)?;
            if wish.as_deref() != Some(id.as_str()) {
                return Ok(None);
            }
            let (deleted, ended) = delete_user!(db, id);
            Ok((deleted > 0).then_some(ended))
        })?;
        let Some(ended) = ended else { return Ok(false) };
        self.tell(&[Event::UserChanged(id.clone())]);
        self.tell(&gone(ended));
        Ok(true)
    }
}
