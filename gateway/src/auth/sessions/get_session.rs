//! `GET /get-session`: who is signed in, or `null`.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    auth::{
        error::{self, Error, Result},
        extract::{AnySession, Bodiless},
        jar::Jar,
        jwt, view,
    },
};

/// Never kept anywhere, not by old proxies either.
const NO_STORE: [(HeaderName, HeaderValue); 2] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::PRAGMA, HeaderValue::from_static("no-cache")),
];

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer<'a> {
    session: view::Session<'a>,
    user: view::User<'a>,
}

pub(super) async fn answer(State(app): State<App>, AnySession(current): AnySession, jar: Jar) -> Response {
    if let Some(current) = &current {
        jwt::hand_over(&app, current, &jar).await;
    }
    let answer = current.as_ref().map(|current| Answer {
        session: view::Session::of(&app, &current.session),
        user: view::User::of(&app, &current.user),
    });
    (NO_STORE, Json(answer)).into_response()
}

/// Better Auth extends sessions by POST when told to, which is not offered here: GET does it.
pub(super) async fn refuse_post(checked: Result<Bodiless>) -> Result<Response> {
    checked?;
    Ok((NO_STORE, Error::from(error::METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED)).into_response())
}
