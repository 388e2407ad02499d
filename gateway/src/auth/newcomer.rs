//! What every new user begins with, by whatever flow.

use crate::{app::App, crypto::token, store::NewUser};

/// A user of this name and address, who can't sign in by password and whose address is not proved.
pub(crate) fn newcomer(app: &App, name: impl Into<String>, email: impl Into<String>) -> NewUser {
    let config = &app.config;
    NewUser {
        id: token::id().into(),
        name: name.into(),
        email: email.into(),
        role: config.admin.enabled.then(|| config.admin.default_role.clone()),
        is_anonymous: config.anonymous.enabled.then_some(false),
        ..NewUser::default()
    }
}
