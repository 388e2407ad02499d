//! `POST /email-otp/verify-email`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::request::Parts;
use schemars::JsonSchema;
use serde::Serialize;

use super::code::{self, Purpose};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        email,
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        issue::{self, Remember, Via, Wish},
        jar::Jar,
        session::{self, Reading},
        view,
        visitor::Visitor,
    },
    config::Secret,
    store::{After, EmailChange, User},
};

/// A code that proves an address.
pub(super) struct Verify {
    email: String,
    otp: Secret,
}

impl Form for Verify {
    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.text("email");
        Self { email, otp: Secret::new(fields.text("otp")) }
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Answer<'a> {
    status: bool,
    /// The session, where proving an address signs in.
    token: Option<&'a str>,
    user: view::User<'a>,
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Verify>,
    parts: Parts,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let user = prove(&app, &form).await?;
    app.note(visitor.act_as(Actor::User(user.id.clone()), What::EmailVerify).about(&user.id)).await;
    let begun = if app.config.email_verification.auto_sign_in {
        let wish = Wish { jar: &jar, visitor, remember: Remember::Yes, via: Via::EmailVerification };
        Some(issue::sign_in(&app, &user, wish).await?)
    } else {
        refresh_copy(&app, &parts, &jar, &user).await?;
        None
    };
    let token = begun.as_ref().map(|session| session.token.expose());
    Ok(Json(Answer { status: true, token, user: view::User::of(&app, &user) }).into_response())
}

/// Uses the code up and marks the address as proved.
async fn prove(app: &App, form: &Verify) -> Result<User> {
    let email = email::canonical(&form.email).ok_or(error::INVALID_EMAIL)?;
    let identifier = Purpose::EmailVerification.identifier(&email);
    code::check(app, &identifier, &email, form.otp.expose(), After::Gone).await?;
    let user = app.store.user_by_email(&email).await?.ok_or(error::USER_NOT_FOUND)?;
    let change = EmailChange { from: &user.email, to: &user.email, verified: true };
    Ok(app.store.change_email(&user.id, change).await?.ok_or(error::USER_NOT_FOUND)?)
}

/// The copy of the session that the browser has still says that the address is not proved.
async fn refresh_copy(app: &App, parts: &Parts, jar: &Jar, user: &User) -> Result<()> {
    if let Some(current) = session::find(app, parts, jar, Reading::Cached).await?
        && current.session.user_id == user.id
    {
        jar.renew_copy(app, &current.session, user);
    }
    Ok(())
}
