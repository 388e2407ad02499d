//! Finding a user by the name to sign in with.

use super::super::{Result, Store, User, lease::on_db};
use super::user_columns;

/// `$1` the name in the form that is stored.
pub(in crate::store) const BY_USERNAME: &str =
    concat!("select ", user_columns!(), r#" from "user" u where u.username = $1"#);

impl Store {
    /// The user with this name to sign in with, which has to be in the form that is stored.
    pub async fn user_by_username(&self, username: &str) -> Result<Option<User>> {
        on_db!(read self, |db| sqlx::query_as(BY_USERNAME).bind(username).fetch_optional(db).await)
    }
}
