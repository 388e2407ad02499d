//! `POST /email-otp/request-password-reset`, which mails a code, and `POST /email-otp/reset-password`, which sets the password.

use axum::{Json, extract::State};

use super::{
    code::{self, Purpose},
    send,
};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        email,
        email_password::{password, reset::KIND},
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        mailing,
        view::Success,
        visitor::Visitor,
    },
    config::Secret,
    mail::Kind,
    store::{After, OldSessions, ResetByCode, User},
};

/// Whose password is to be set.
pub(super) struct Request {
    email: String,
}

impl Form for Request {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { email: fields.text("email") }
    }
}

pub(super) async fn request(
    State(app): State<App>,
    Input(form): Input<Request>,
    visitor: Visitor,
) -> Result<Json<Success>> {
    let email = email::canonical(&form.email).ok_or(error::INVALID_EMAIL)?;
    send::send(&app, Purpose::ForgetPassword, &email, &visitor).await?;
    Ok(Json(Success::DONE))
}

/// The new password.
pub(super) struct Reset {
    email: String,
    otp: Secret,
    password: Secret,
}

impl Form for Reset {
    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.text("email");
        let otp = Secret::new(fields.text("otp"));
        Self { email, otp, password: Secret::new(fields.text("password")) }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Reset>,
    visitor: Visitor,
) -> Result<Json<Success>> {
    let email = email::canonical(&form.email).ok_or(error::INVALID_EMAIL)?;
    password::check_new(&app, form.password.expose())?;
    let identifier = Purpose::ForgetPassword.identifier(&email);
    // A wrong guess costs no hash.
    code::check(&app, &identifier, &email, form.otp.expose(), After::Kept).await?;
    let user = app.store.user_by_email(&email).await?.ok_or(error::USER_NOT_FOUND)?;
    let hash = app.passwords.hash(form.password).await?;
    set(&app, &user, (&identifier, form.otp.expose()), &hash).await?;
    app.note(visitor.act_as(Actor::Nobody, What::PasswordReset).about(&user.id).with("method", "email-otp")).await;
    let changed = Kind::PasswordChanged { address: visitor.address.clone(), at: app.clock.now() };
    mailing::notify(&app, &user, &visitor, changed).await;
    Ok(Json(Success::DONE))
}

/// Uses the code up and sets the password, unless somebody was faster.
async fn set(app: &App, user: &User, (identifier, said): (&str, &str), hash: &str) -> Result<()> {
    let is_right = |stored: &str| code::is_right(app, stored, said);
    let guess = code::guess(app, identifier, After::Gone, &is_right);
    let end = app.config.email_password.revoke_sessions_on_reset;
    let sessions = if end { OldSessions::End } else { OldSessions::Keep };
    let reset = ResetByCode { guess, kind: KIND, user: &user.id, hash, sessions };
    code::told(app.store.reset_password_by_code(reset).await?)
}
