//! `POST /change-password` and `POST /verify-password`: for who is signed in and knows the password.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::password;
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Error, Result},
        extract::{Current, Input, StoredSession},
        fields::{Fields, Form},
        issue::{self, Remember, Via, Wish},
        jar::Jar,
        limit, mailing,
        view::{self, Status},
        visitor::Visitor,
    },
    config::Secret,
    crypto::password::Check,
    mail::Kind,
    store::{Account, Session, User},
};

/// The old password and the new.
pub(crate) struct Change {
    /// The password from now on.
    pub(crate) new_password: Secret,
    /// The password until now.
    pub(crate) current_password: Secret,
    /// Whether everybody else is signed out.
    pub(crate) revoke_other_sessions: bool,
}

impl Form for Change {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            new_password: Secret::new(fields.text("newPassword")),
            current_password: Secret::new(fields.text("currentPassword")),
            revoke_other_sessions: fields.optional_flag("revokeOtherSessions").unwrap_or_default(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Answer<'a> {
    token: Option<&'a str>,
    user: view::User<'a>,
}

pub(super) async fn change(
    State(app): State<App>,
    Input(form): Input<Change>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let begun = set(&app, form, &current, &visitor, &jar).await?;
    let user = &current.user;
    let token = begun.as_ref().map(|session| session.token.expose());
    Ok(Json(Answer { token, user: view::User::of(&app, user) }).into_response())
}

/// Sets a new password for a user who knows the old one; gives the new session if all have ended.
pub(crate) async fn set(
    app: &App,
    form: Change,
    current: &Current,
    visitor: &Visitor,
    jar: &Jar,
) -> Result<Option<Session>> {
    let user = &current.user;
    password::check_new(app, form.new_password.expose())?;
    let account = match proved_credential(app, user, form.current_password).await {
        Err(Error::Refused(code)) => {
            app.note(visitor.act_in(&current.session, What::PasswordChange).refused(code.name)).await;
            return Err(code.into());
        }
        proved => proved?,
    };
    let hash = app.passwords.hash(form.new_password).await?;
    let changed = Kind::PasswordChanged { address: visitor.address.clone(), at: app.clock.now() };
    let wish = Wish { jar, visitor: visitor.clone(), remember: Remember::Yes, via: Via::PasswordChange };
    let wish = form.revoke_other_sessions.then_some(wish);
    let begun = issue::change_password(app, (user, &account), &hash, wish).await?;
    let sessions = if begun.is_some() { "all" } else { "none" };
    app.note(visitor.act_in(&current.session, What::PasswordChange).with("sessions_ended", sessions)).await;
    mailing::notify(app, user, visitor, changed).await;
    Ok(begun)
}

/// The account with the password of a user who has just given it.
pub(crate) async fn proved_credential(app: &App, user: &User, password: Secret) -> Result<Account> {
    password::check_presented(app, password.expose())?;
    let account = app.store.credential_of(&user.id).await?.filter(|account| account.password.is_some());
    let account = account.ok_or(error::CREDENTIAL_ACCOUNT_NOT_FOUND)?;
    prove(app, user, Some(&account), password).await?;
    Ok(account)
}

/// A password to be checked.
pub(super) struct Verify {
    password: Secret,
}

impl Form for Verify {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { password: Secret::new(fields.text("password")) }
    }
}

pub(super) async fn verify(
    State(app): State<App>,
    Input(form): Input<Verify>,
    current: StoredSession,
) -> Result<Json<Status>> {
    password::check_presented(&app, form.password.expose())?;
    let user = &current.user;
    let account = app.store.credential_of(&user.id).await?;
    prove(&app, user, account.as_ref(), form.password).await?;
    Ok(Json(Status::DONE))
}

/// Refuses a password that is not the account's. Wrong ones count as at sign-in, so that a borrowed session is no place
/// to guess at.
async fn prove(app: &App, user: &User, account: Option<&Account>, password: Secret) -> Result<()> {
    let attempt = limit::Attempt::begin(app, &user.email).await?;
    let stored = account.and_then(|account| account.password.clone());
    let check = app.passwords.verify(stored, password).await;
    if !matches!(check, Ok(Check::Wrong)) {
        attempt.take_back().await;
    }
    match check? {
        Check::Right { .. } => Ok(()),
        Check::Wrong => Err(error::INVALID_PASSWORD.into()),
    }
}
