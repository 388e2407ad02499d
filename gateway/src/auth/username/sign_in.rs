//! `POST /sign-in/username`

use axum::{extract::State, response::Response};
use http::StatusCode;

use super::refusal;
use crate::{
    app::App,
    auth::{
        email_password::{
            password,
            sign_in::{Claim, claim, signed_in},
        },
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        issue::{Remember, Via},
        jar::Jar,
        visitor::Visitor,
    },
    config::Secret,
    store::{Session, User},
};

/// What signs in.
pub(crate) struct SignIn {
    /// As typed.
    pub(crate) username: String,
    /// As typed.
    pub(crate) password: Secret,
    /// Whether the session outlives the browser.
    pub(crate) remember: Remember,
    /// Where to go afterwards; checked already.
    pub(crate) callback_url: Option<String>,
}

impl Form for SignIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            username: fields.text("username"),
            password: Secret::new(fields.text("password")),
            remember: Remember::unless_declined(fields.optional_flag("rememberMe")),
            callback_url: fields.optional_text("callbackURL"),
        }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<SignIn>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let url = form.callback_url.clone();
    let (user, session) = sign_in(&app, form, visitor, &jar).await?;
    Ok(signed_in(&app, &user, &session, url.as_deref()))
}

/// Signs in whoever knows the password. Unknown names take as long as known ones and get the same answer.
pub(crate) async fn sign_in(app: &App, form: SignIn, visitor: Visitor, jar: &Jar) -> Result<(User, Session)> {
    if form.username.is_empty() || form.password.expose().is_empty() {
        return Err(error::INVALID_USERNAME_OR_PASSWORD.into());
    }
    app.usernames.check(&form.username).map_err(|fault| refusal(fault, StatusCode::UNPROCESSABLE_ENTITY))?;
    password::check_presented(app, form.password.expose())?;
    let who = app.usernames.stored(&form.username);
    let user = app.store.user_by_username(&who).await?;
    let wish = Claim {
        who: &who,
        user,
        password: form.password,
        callback_url: form.callback_url.as_deref(),
        remember: form.remember,
        via: Via::Username,
        wrong: error::INVALID_USERNAME_OR_PASSWORD,
    };
    claim(app, wish, visitor, jar).await
}
