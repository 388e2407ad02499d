//! `POST /sign-in/anonymous`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    auth::{
        error::{self, Result},
        extract::Input,
        issue::{self, Remember, Via, Wish},
        jar::Jar,
        newcomer::newcomer,
        sessions::Unread,
        view,
        visitor::Visitor,
    },
    crypto::token,
    identity::{Found, Reading},
    store::NewUser,
};

/// The token of the session and its user.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer<'a> {
    token: &'a str,
    user: view::User<'a>,
}

pub(super) async fn answer(
    State(app): State<App>,
    _: Input<Unread>,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    // The session is only looked at, not extended.
    match app.identity.find(&headers, Reading::Cached).await? {
        Found::Live(known) if known.user().is_anonymous == Some(true) => {
            return Err(error::ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY.into());
        }
        Found::Gone | Found::Over(_) => jar.clear_session(&app),
        Found::Live(_) | Found::Nobody => {}
    }
    let new = NewUser { is_anonymous: Some(true), ..newcomer(&app, &app.config.anonymous.name, address(&app)) };
    let wish = Wish { jar: &jar, visitor, remember: Remember::Yes, via: Via::Anonymous };
    let (user, session) = issue::sign_up(&app, &new, Some(wish)).await?;
    app.metrics.sign_ins.with_label_values(&["anonymous", "ok"]).inc();
    let token = session.as_ref().map_or("", |session| session.token.expose());
    Ok(Json(Answer { token, user: view::User::of(&app, &user) }).into_response())
}

/// An address that nobody has.
fn address(app: &App) -> String {
    let (id, domain) = (token::id(), &app.config.anonymous.email_domain_name);
    let address =
        if domain.is_empty() { format!("{id}@anonymous.placeholder.invalid") } else { format!("temp-{id}@{domain}") };
    address.to_lowercase()
}
