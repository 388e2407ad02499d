//! `POST /email-otp/request-email-change`, which mails a code to the new address, and `POST /email-otp/change-email`, which moves
//! the account there.

use axum::{Json, extract::State};

use super::code::{self, Purpose, Reader};
use crate::{
    app::{App, audit::What},
    auth::{
        email,
        error::{self, Error, Result},
        extract::{Input, StoredSession},
        fields::{Fields, Form},
        jar::Jar,
        view::Success,
        visitor::Visitor,
    },
    config::Secret,
    store::{After, EmailChange, User},
};

/// Where the account is to move.
pub(super) struct Request {
    new_email: String,
    otp: Option<Secret>,
}

impl Form for Request {
    fn read(fields: &mut Fields<'_>) -> Self {
        let new_email = fields.text("newEmail");
        let otp = fields.optional_text("otp").filter(|otp| !otp.is_empty());
        Self { new_email, otp: otp.map(Secret::new) }
    }
}

pub(super) async fn request(
    State(app): State<App>,
    Input(form): Input<Request>,
    current: StoredSession,
    visitor: Visitor,
) -> Result<Json<Success>> {
    let user = &current.known.user();
    let new_email = wanted(&app, user, &form.new_email)?;
    if app.config.email_otp.change_email.verify_current_email {
        let Some(otp) = form.otp else {
            return Err(Error::without_code("OTP is required to verify current email".to_owned()));
        };
        let identifier = Purpose::EmailVerification.identifier(&user.email);
        code::check(&app, &identifier, &user.email, otp.expose(), After::Gone).await?;
    }
    let is_taken = app.store.user_by_email(&new_email).await?.is_some();
    let reader = if is_taken { Reader::Nobody(&new_email) } else { Reader::Newcomer(&new_email) };
    let asked = visitor.act_in(&current.session, What::EmailAsked);
    app.note(asked.with("address_code", app.address_code(&new_email))).await;
    let identifier = identifier(user, &new_email);
    code::send_new(&app, Purpose::ChangeEmail, &identifier, reader, &visitor).await?;
    Ok(Json(Success::DONE))
}

/// The code that was mailed to the new address.
pub(super) struct Change {
    new_email: String,
    otp: Secret,
}

impl Form for Change {
    fn read(fields: &mut Fields<'_>) -> Self {
        let new_email = fields.text("newEmail");
        Self { new_email, otp: Secret::new(fields.text("otp")) }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Change>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Success>> {
    let user = &current.known.user();
    let new_email = wanted(&app, user, &form.new_email)?;
    code::check(&app, &identifier(user, &new_email), &user.email, form.otp.expose(), After::Gone).await?;
    let change = EmailChange { from: &user.email, to: &new_email, verified: true };
    let moved = match app.store.change_email(&user.id, change).await {
        Err(taken) if taken.is_taken_email() => {
            return Err(Error::without_code("Email already in use".to_owned()));
        }
        other => other?.ok_or(error::USER_NOT_FOUND)?,
    };
    app.note(visitor.act_in(&current.session, What::EmailChange)).await;
    jar.renew_session(&app, &current.session, &moved);
    Ok(Json(Success::DONE))
}

/// The new address in the form it is stored in.
fn wanted(app: &App, user: &User, new_email: &str) -> Result<String> {
    if !app.config.email_otp.change_email.enabled {
        return Err(Error::without_code("Change email with OTP is disabled".to_owned()));
    }
    let new_email = email::canonical(new_email).ok_or(error::INVALID_EMAIL)?;
    if new_email == user.email {
        return Err(Error::without_code("Email is the same".to_owned()));
    }
    Ok(new_email)
}

/// Bound to the user and the address, so that it is good for nothing else.
fn identifier(user: &User, new_email: &str) -> String {
    Purpose::ChangeEmail.identifier(&format!("{}:{new_email}", user.id.as_str()))
}
