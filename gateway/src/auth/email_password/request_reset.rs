//! `POST /request-password-reset`: mails a link that lets its reader set a new password.

use axum::{Json, extract::State};
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Serialize;

use super::reset::identifier;
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        links, mailing,
        visitor::Visitor,
    },
    crypto::token::{self, Alphabet},
    mail::Kind,
    store::NewVerification,
};

/// Characters of the secret in the link.
const SECRET_LENGTH: usize = 24;

/// Whose password is to be set.
pub(super) struct RequestReset {
    email: String,
    redirect_to: Option<String>,
}

impl Form for RequestReset {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { email: fields.email("email"), redirect_to: fields.optional_text("redirectTo") }
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Answer {
    status: bool,
    message: &'static str,
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<RequestReset>,
    visitor: Visitor,
) -> Result<Json<Answer>> {
    request(&app, &form.email, form.redirect_to.as_deref(), &visitor).await?;
    let message = "If this email exists in our system, check your email for the reset link";
    Ok(Json(Answer { status: true, message }))
}

/// Mails the link; afterwards the browser goes to `redirect_to` with the secret. For an address that nobody has, as much
/// is written and nothing is sent.
pub(crate) async fn request(app: &App, email: &str, redirect_to: Option<&str>, visitor: &Visitor) -> Result<()> {
    if !app.config.email_password.enabled {
        return Err(error::RESET_PASSWORD_DISABLED.into());
    }
    let user = app.store.user_by_email(email).await?;
    let secret = token::text(SECRET_LENGTH, Alphabet::ALPHANUMERIC);
    let lifetime = app.config.email_password.reset_expires_in.0;
    let new = NewVerification {
        id: token::id(),
        identifier: identifier(&secret),
        value: user.as_ref().map(|user| user.id.as_str().to_owned()).unwrap_or_default(),
        expires_at: app.clock.now() + TimeDelta::from_std(lifetime).unwrap_or(TimeDelta::hours(1)),
    };
    app.store.create_verification(&new).await?;
    let callback = links::component(redirect_to.unwrap_or_default());
    let url = links::endpoint(app, &format!("/reset-password/{secret}?callbackURL={callback}"));
    let kind = Kind::ResetPassword { url, expires_in: lifetime };
    let asked = visitor.act_as(Actor::Nobody, What::PasswordForgot);
    app.note(asked.about_address(app, email, user.as_ref().map(|user| &user.id))).await;
    match user {
        Some(user) => mailing::send(app, &user, visitor, kind).await,
        None => mailing::pretend(app, email, visitor, kind).await,
    }
}
