//! `POST /delete-user`, `GET /delete-user/callback`: the end of an account, by password, by a mailed link or by a
//! session that is fresh.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::{App, audit::What},
    auth::{
        email_password::change,
        error::{self, Error, Result},
        extract::{Current, Input, Query, StoredSession},
        fields::{Fields, Form},
        jar::Jar,
        links, mailing,
        visitor::Visitor,
    },
    config::Secret,
    crypto::token::{self, Alphabet},
    mail::Kind,
    store::{NewVerification, User},
};

/// Characters of the secret in the link.
const SECRET_LENGTH: usize = 32;

/// How long the link works.
const LINK_LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// A wish to delete one's account. What is empty counts as not given.
pub(crate) struct DeleteUser {
    /// Makes up for a session that isn't fresh.
    password: Option<Secret>,
    /// Where the link leads in the end.
    callback_url: Option<String>,
    /// The secret of a link.
    token: Option<String>,
}

impl DeleteUser {
    /// With a password, if there is one to be checked, and an address of ours where the link leads in the end.
    pub(crate) fn new(password: Option<Secret>, callback_url: String) -> Self {
        Self { password, callback_url: Some(callback_url), token: None }
    }
}

impl Form for DeleteUser {
    fn read(fields: &mut Fields<'_>) -> Self {
        let given = |text: &String| !text.is_empty();
        Self {
            callback_url: fields.optional_text("callbackURL").filter(given),
            password: fields.optional_text("password").filter(given).map(Secret::new),
            token: fields.optional_text("token").filter(given),
        }
    }
}

/// What came of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The account is gone.
    Deleted,
    /// It takes a link that is on its way.
    MailSent,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Answer {
    success: bool,
    message: &'static str,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        let message = match outcome {
            Outcome::Deleted => "User deleted",
            Outcome::MailSent => "Verification email sent",
        };
        Self { success: true, message }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<DeleteUser>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Answer>> {
    if !app.config.users.delete_user {
        return Err(Error::Bare(StatusCode::NOT_FOUND));
    }
    let outcome = delete(&app, form, &current, &visitor, &jar).await?;
    Ok(Json(outcome.into()))
}

/// Deletes the user or mails the link that does, in the contract's order: password, token, mail, freshness.
pub(crate) async fn delete(
    app: &App,
    form: DeleteUser,
    current: &Current,
    visitor: &Visitor,
    jar: &Jar,
) -> Result<Outcome> {
    let user = &current.user;
    let proved = form.password.is_some();
    if let Some(password) = form.password {
        change::proved_credential(app, user, password).await?;
    }
    if let Some(token) = form.token {
        return by_link(app, current, &token, visitor, jar).await;
    }
    if app.config.users.send_delete_account_verification {
        mail_link(app, user, form.callback_url.as_deref().unwrap_or("/"), visitor).await?;
        return Ok(Outcome::MailSent);
    }
    if !proved && !app.identity.rules().is_fresh(current.session.created_at, app.clock.now()) {
        return Err(error::SESSION_EXPIRED.into());
    }
    app.store.delete_user(&user.id).await?;
    app.note(visitor.act_in(&current.session, What::UserDelete)).await;
    jar.clear_session(app);
    Ok(Outcome::Deleted)
}

async fn by_link(app: &App, current: &Current, token: &str, visitor: &Visitor, jar: &Jar) -> Result<Outcome> {
    if !app.store.delete_user_by_wish(&current.session.user_id, &identifier(token)).await? {
        return Err(error::INVALID_TOKEN.with(StatusCode::NOT_FOUND).into());
    }
    app.note(visitor.act_in(&current.session, What::UserDelete).with("method", "link")).await;
    jar.clear_session(app);
    Ok(Outcome::Deleted)
}

async fn mail_link(app: &App, user: &User, callback_url: &str, visitor: &Visitor) -> Result<()> {
    let secret = token::text(SECRET_LENGTH, Alphabet::LOWER_ALPHANUMERIC);
    let new = NewVerification {
        id: token::id(),
        identifier: identifier(&secret),
        value: user.id.as_str().to_owned(),
        expires_at: app.clock.now() + TimeDelta::from_std(LINK_LASTS).unwrap_or(TimeDelta::days(1)),
    };
    app.store.create_verification(&new).await?;
    let callback = links::component(callback_url);
    let url = links::endpoint(app, &format!("/delete-user/callback?token={secret}&callbackURL={callback}"));
    mailing::send(app, user, visitor, Kind::DeleteAccount { url, expires_in: LINK_LASTS }).await
}

fn identifier(secret: &str) -> String {
    format!("delete-account-{secret}")
}

/// The link, followed.
pub(super) struct Followed {
    token: String,
    callback_url: Option<String>,
}

impl Form for Followed {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.text("token"), callback_url: fields.optional_text("callbackURL") }
    }
}

/// Deletes whoever is signed in, if the link was mailed to them.
pub(super) async fn follow(
    State(app): State<App>,
    Query(form): Query<Followed>,
    current: Result<StoredSession>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    if !app.config.users.delete_user {
        return Err(error::NOT_FOUND.into());
    }
    let current = current.map_err(|error| match error {
        Error::Refused(error::UNAUTHORIZED) => error::FAILED_TO_GET_USER_INFO.into(),
        other => other,
    })?;
    let outcome = by_link(&app, &current, &form.token, &visitor, &jar).await?;
    match form.callback_url.filter(|target| !target.is_empty()) {
        Some(target) => links::found(&target),
        None => Ok(Json(Answer::from(outcome)).into_response()),
    }
}
