//! `GET /one-time-token/generate`, and the header `set-ott` beside a session that begins.

use axum::{Json, extract::State};
use http::HeaderValue;
use schemars::JsonSchema;
use serde::Serialize;

use super::identifier;
use crate::{
    app::{App, audit::What},
    auth::{
        error::{Error, Result},
        extract::LiveSession,
        jar::{Begun, Jar},
        visitor::Visitor,
    },
    crypto::token::{self, Alphabet},
    store::{NewVerification, Session, StoreError},
};

/// Characters of a token.
const LENGTH: usize = 32;

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer {
    token: String,
}

pub(super) async fn answer(State(app): State<App>, current: LiveSession, visitor: Visitor) -> Result<Json<Answer>> {
    if app.config.one_time_token.disable_client_request {
        return Err(Error::without_code("Client requests are disabled".to_owned()));
    }
    let token = make(&app, &current.session).await?;
    app.note(visitor.act_in(&current.session, What::TokenMake)).await;
    Ok(Json(Answer { token }))
}

/// Puts a token into the answer that begins a session.
pub(crate) async fn announce(app: &App, jar: &Jar, begun: &Begun) {
    match make(app, &begun.session).await {
        Ok(token) => jar.set_one_time_token(HeaderValue::try_from(token).ok()),
        Err(error) => tracing::warn!(%error, "a session begins without a one-time token"),
    }
}

async fn make(app: &App, session: &Session) -> std::result::Result<String, StoreError> {
    let rules = &app.config.one_time_token;
    let token = token::text(LENGTH, Alphabet::URL_SAFE);
    let new = NewVerification {
        id: token::id(),
        identifier: identifier(rules.store_token, &token),
        value: session.token.expose().to_owned(),
        expires_at: app.clock.now() + rules.expires_in.delta(),
    };
    app.store.create_verification(&new).await?;
    Ok(token)
}
