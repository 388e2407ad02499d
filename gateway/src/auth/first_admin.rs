//! Admins by address: whoever proves an address of `admin.admin_emails` becomes an admin at the next sign-in.
//!
//! An address that nobody has proved makes nobody an admin. Nor does one whose password somebody else may have chosen: who
//! proves such an address otherwise than by signing in with the password of the same account, in the same browser, ends
//! that password and all sessions. A forgotten password is reset by mail.

use super::{email, error::Result, issue::Via};
use crate::{
    app::App,
    store::{NewUser, User},
};

/// Whether the proved owner of this address becomes an admin.
pub(crate) fn is_named(app: &App, address: &str) -> bool {
    let admin = &app.config.admin;
    admin.enabled && admin.admin_emails.iter().any(|named| email::canonical(named).as_deref() == Some(address))
}

/// Makes an admin of a user who signs in with a proved address that is named; gives the user as it is then.
pub(crate) async fn promote(app: &App, user: &User, via: Via<'_>) -> Result<Option<User>> {
    let is_due = user.email_verified && is_named(app, &user.email);
    if !is_due || app.permissions.is_admin(user.id.as_str(), user.role.as_deref()) {
        return Ok(None);
    }
    if !matches!(via, Via::Email | Via::Username) {
        app.store.forget_password(&user.id).await?;
    }
    tracing::info!(user.id = user.id.as_str(), "made an admin, as admin.admin_emails says");
    Ok(app.store.set_role(&user.id, &with_admin(app, user.role.as_deref())).await?)
}

/// The roles of a new user whose address is proved from the start.
pub(crate) fn promoted(app: &App, new: &NewUser) -> Option<NewUser> {
    let is_due = new.email_verified && is_named(app, &new.email);
    is_due.then(|| NewUser { role: Some(with_admin(app, new.role.as_deref())), ..new.clone() })
}

/// Ends a password that somebody else may have chosen, before the address that it is for is taken for proved.
pub(crate) async fn prove(app: &App, user: &User, address: &str) -> Result<()> {
    if is_named(app, address) {
        app.store.forget_password(&user.id).await?;
    }
    Ok(())
}

/// The default role gives way; others stay.
fn with_admin(app: &App, role: Option<&str>) -> String {
    let admin = app.config.admin.admin_roles.first().map_or("admin", String::as_str);
    match role.filter(|role| !role.is_empty() && *role != app.config.admin.default_role) {
        Some(role) => format!("{role},{admin}"),
        None => admin.to_owned(),
    }
}
