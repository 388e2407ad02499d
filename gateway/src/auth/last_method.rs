//! Remembering by which way somebody signed in last: in a cookie that scripts may read, so that pages can point at that way
//! the next time, and, where configured, with the user.
//!
//! It is no secret and decides nothing.

use super::issue::Wish;
use crate::{app::App, auth::issue::Via, store::UserId};

/// Whether it is kept with the user.
pub(super) fn is_stored(app: &App) -> bool {
    let rules = &app.config.last_login_method;
    rules.enabled && rules.store_in_database
}

/// What is kept with a user who is made while signing in this way.
pub(super) fn of_new_user(app: &App, via: Via<'_>) -> Option<String> {
    remembered(app, via).filter(|_| is_stored(app)).map(str::to_owned)
}

/// Notes it with a user who has just signed in. Nobody is kept out because that fails.
pub(super) async fn store(app: &App, user: &UserId, via: Via<'_>) {
    if let Some(method) = remembered(app, via).filter(|_| is_stored(app))
        && let Err(error) = app.store.set_last_login_method(user, method).await
    {
        tracing::warn!(%error, "the way of a sign-in could not be noted");
    }
}

/// Tells the browser. To be called after the session is in the jar, since its cookie comes after the session's.
pub(super) fn tell(app: &App, wish: &Wish<'_>) {
    let rules = &app.config.last_login_method;
    if let Some(method) = remembered(app, wish.via) {
        wish.jar.set_readable(app, &rules.cookie_name, method, rules.max_age.0.as_secs());
    }
}

/// What is remembered of a way. As in the contract, of some ways nothing is.
fn remembered<'v>(app: &App, via: Via<'v>) -> Option<&'v str> {
    let name = match via {
        Via::Email => "email",
        Via::MagicLink => "magic-link",
        Via::EmailOtp => "email-otp",
        Via::Provider(id) => id,
        _ => return None,
    };
    app.config.last_login_method.enabled.then_some(name)
}
