//! Finding the user whom the command line names.

use anyhow::bail;

use crate::{
    config::nearest,
    store::{Store, User, UserFilter, UserId},
};

/// Most users among whom the one that may have been meant is looked for.
const MOST_CANDIDATES: u32 = 2_000;

/// The user with this address or id.
pub(in crate::cli) async fn find_user(store: &Store, named: &str) -> anyhow::Result<User> {
    let user = if named.contains('@') {
        store.user_by_email(&named.to_lowercase()).await?
    } else {
        store.user_by_id(&UserId::from(named)).await?
    };
    if let Some(user) = user {
        return Ok(user);
    }
    if !named.contains('@') {
        bail!("no user has the id \"{named}\"; users are named by address or id");
    }
    let users = store.list_users(&UserFilter::default(), MOST_CANDIDATES, 0).await?;
    if users.is_empty() {
        bail!("no user has the address \"{named}\"; there are no users yet");
    }
    match nearest(named, users.iter().map(|user| user.email.as_str())) {
        Some(near) => bail!("no user has the address \"{named}\"; did you mean \"{near}\"?"),
        None => bail!("no user has the address \"{named}\""),
    }
}
