//! `POST /sign-in/email-otp`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
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
        email_password::sign_up::{MOST_NAME, NOT_ALLOWED},
        error::{self, Error, Result},
        extract::Input,
        fields::{Fields, Form, Presence},
        issue::{Remember, Via, Wish},
        jar::Jar,
        mailbox::{self, Entered, Entry, Newcomer},
        view,
        visitor::Visitor,
    },
    config::Secret,
    store::After,
};

/// A code that signs in.
pub(crate) struct SignIn {
    /// As typed.
    pub(crate) email: String,
    /// As typed.
    pub(crate) otp: Secret,
    /// What an account is made of if there is none.
    pub(crate) newcomer: Newcomer,
    /// A field that was set and must not be for somebody new.
    pub(crate) not_allowed: Option<&'static str>,
    /// Whether the session outlives the browser.
    pub(crate) remember: Remember,
}

impl Form for SignIn {
    const PRESENCE: Presence = Presence::RequiredOpen;

    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.text("email");
        let otp = Secret::new(fields.text("otp"));
        let name = fields.optional_text("name").unwrap_or_default();
        fields.at_most("name", &name, MOST_NAME);
        let image = fields.optional_text("image");
        let not_allowed = fields.first_set(NOT_ALLOWED);
        Self { email, otp, newcomer: Newcomer { name, image }, not_allowed, remember: Remember::Yes }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer<'a> {
    token: &'a str,
    user: view::User<'a>,
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<SignIn>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let entered = sign_in(&app, form, visitor, &jar).await?;
    let Entered { user, session, .. } = &*entered;
    Ok(Json(Answer { token: session.token.expose(), user: view::User::of(&app, user) }).into_response())
}

/// Uses the code up and signs in whoever it was mailed to.
pub(crate) async fn sign_in(app: &App, form: SignIn, visitor: Visitor, jar: &Jar) -> Result<Box<Entered>> {
    // What is no address has no code.
    let email = email::canonical(&form.email).ok_or(error::INVALID_OTP)?;
    prove(app, &email, form.otp.expose(), &visitor).await?;
    let may_join = !app.config.email_otp.disable_sign_up;
    let not_allowed = form.not_allowed.filter(|_| may_join && app.config.admin.enabled);
    if let Some(field) = not_allowed
        && app.store.user_by_email(&email).await?.is_none()
    {
        return Err(Error::field_not_allowed(field));
    }
    let wish = Wish { jar, visitor, remember: form.remember, via: Via::EmailOtp };
    match mailbox::sign_in(app, &email, Some(form.newcomer).filter(|_| may_join), wish).await? {
        Entry::In(entered) => Ok(entered),
        Entry::Nobody | Entry::Gone => Err(error::INVALID_OTP.into()),
    }
}

/// Uses the code up.
async fn prove(app: &App, email: &str, said: &str, visitor: &Visitor) -> Result<()> {
    let proved = code::check(app, &Purpose::SignIn.identifier(email), email, said, After::Gone).await;
    if let Err(Error::Refused(code)) = &proved {
        let user = app.store.user_by_email(email).await?;
        let act = visitor.act_as(Actor::Nobody, What::SignIn).refused(code.name).with("method", Via::EmailOtp.name());
        app.note(act.about_address(app, email, user.as_ref().map(|user| &user.id))).await;
    }
    proved
}
