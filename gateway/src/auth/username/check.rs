//! What is refused of names to be set: before the rest of the body is even read, as in the contract.

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use serde_json::Value;

use super::{Names, refusal};
use crate::{
    app::App,
    auth::{
        error::{self, Result},
        jar::Jar,
        session::{self, Reading},
    },
};

/// Judges the names in the body of a sign-up.
pub(crate) async fn sign_up(app: &App, body: Option<&Value>) -> Result<()> {
    check_new(app, &Names::of(body)).await
}

/// Judges the names of a new account.
pub(crate) async fn check_new(app: &App, names: &Names) -> Result<()> {
    if !app.config.username.enabled {
        return Ok(());
    }
    if let Some(username) = names.new_username(app) {
        let stored = checked(app, username)?;
        if app.store.user_by_username(&stored).await?.is_some() {
            return Err(error::USERNAME_IS_ALREADY_TAKEN.into());
        }
    }
    check_display(app, names)
}

/// Judges the names in the body of a change of the user.
pub(crate) async fn update(app: &App, parts: &mut Parts, body: Option<&Value>) -> Result<()> {
    if !app.config.username.enabled {
        return Ok(());
    }
    let names = Names::of(body);
    if let Some(username) = names.username() {
        let stored = checked(app, username)?;
        let Ok(jar) = Jar::from_request_parts(parts, app).await;
        let owner = session::find(app, parts, &jar, Reading::Cached).await?.map(|current| current.known.user());
        let present = owner.as_ref().and_then(|user| user.username.as_deref()).filter(|name| !name.is_empty());
        if app.config.username.immutable_username && present.is_some_and(|present| present != stored) {
            return Err(error::USERNAME_IS_IMMUTABLE.into());
        }
        let holder = app.store.user_by_username(&stored).await?;
        if holder.is_some_and(|holder| owner.is_none_or(|owner| owner.id != holder.id)) {
            return Err(error::USERNAME_IS_ALREADY_TAKEN.into());
        }
    }
    check_display(app, &names)
}

fn checked(app: &App, username: &str) -> Result<String> {
    app.usernames.check(username).map_err(|fault| refusal(fault, StatusCode::BAD_REQUEST))?;
    Ok(app.usernames.stored(username))
}

fn check_display(app: &App, names: &Names) -> Result<()> {
    let shown = names.display().filter(|_| app.config.username.display_username);
    if shown.is_some_and(|display| !app.usernames.may_display(display)) {
        return Err(error::INVALID_DISPLAY_USERNAME.into());
    }
    Ok(())
}
