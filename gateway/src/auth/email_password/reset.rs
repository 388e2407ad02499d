//! `GET /reset-password/{token}`, where the link in a mail leads, and `POST /reset-password`, which sets the password.

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};

use super::password;
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        error::{self, Result},
        extract::{Input, Query},
        fields::{Fields, Form},
        links, mailing,
        view::Status,
        visitor::Visitor,
    },
    config::Secret,
    mail::Kind,
    store::{self, OldSessions, UserId},
};

/// What the names begin with under which secrets are kept.
pub(crate) const KIND: &str = "reset-password:";

/// What a secret is kept under.
pub(super) fn identifier(secret: &str) -> String {
    format!("{KIND}{secret}")
}

/// Where the page is that asks for the new password.
pub(super) struct Followed {
    callback_url: String,
}

impl Form for Followed {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { callback_url: fields.text("callbackURL") }
    }
}

/// Sends the browser on to the page that asks for the new password, with the secret or with an error.
pub(super) async fn follow(
    State(app): State<App>,
    secret: std::result::Result<Path<String>, PathRejection>,
    Query(form): Query<Followed>,
) -> Result<Response> {
    if form.callback_url.is_empty() {
        return links::found(&links::endpoint(&app, "/error?error=INVALID_TOKEN"));
    }
    // What is no text is no secret either.
    let secret = secret.map(|Path(secret)| secret).unwrap_or_default();
    let known = app.store.verification(&identifier(&secret)).await?.is_some();
    let (name, value) = if known { ("token", secret.as_str()) } else { ("error", error::INVALID_TOKEN.name) };
    links::found(&links::with_parameter(&app, &form.callback_url, name, value)?)
}

/// The new password.
pub(super) struct Reset {
    new_password: Secret,
    token: Option<Secret>,
}

impl Form for Reset {
    fn read(fields: &mut Fields<'_>) -> Self {
        let new_password = Secret::new(fields.text("newPassword"));
        Self { new_password, token: fields.optional_text("token").map(Secret::new) }
    }
}

/// The secret as a parameter of the address.
pub(super) struct InQuery {
    token: Option<Secret>,
}

impl Form for InQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.optional_text("token").map(Secret::new) }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Reset>,
    Query(query): Query<InQuery>,
    visitor: Visitor,
) -> Result<Json<Status>> {
    let given = |token: &Secret| !token.expose().is_empty();
    let token = form.token.filter(given).or(query.token.filter(given)).ok_or(error::INVALID_TOKEN)?;
    reset(&app, token.expose(), form.new_password, &visitor).await?;
    Ok(Json(Status::DONE))
}

/// Sets the password of whoever the secret was mailed to. The secret works once, however many try.
pub(crate) async fn reset(app: &App, secret: &str, new_password: Secret, visitor: &Visitor) -> Result<()> {
    password::check_new(app, new_password.expose())?;
    let identifier = identifier(secret);
    let owner = app.store.verification(&identifier).await?.ok_or(error::INVALID_TOKEN)?;
    let user = app.store.user_by_id(&UserId::from(owner)).await?.ok_or(error::USER_NOT_FOUND)?;
    let hash = app.passwords.hash(new_password).await?;
    let end = app.config.email_password.revoke_sessions_on_reset;
    let sessions = if end { OldSessions::End } else { OldSessions::Keep };
    let reset = store::Reset { identifier: &identifier, kind: KIND, user: &user.id, hash: &hash, sessions };
    if !app.store.reset_password(reset).await? {
        return Err(error::INVALID_TOKEN.into());
    }
    let changed = Kind::PasswordChanged { address: visitor.address.clone(), at: app.clock.now() };
    let ended = if end { "all" } else { "none" };
    let act = visitor.act_as(Actor::User(user.id.clone()), What::PasswordReset).about(&user.id);
    app.note(act.with("sessions_ended", ended)).await;
    mailing::notify(app, &user, visitor, changed).await;
    Ok(())
}
