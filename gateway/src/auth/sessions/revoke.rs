//! `POST /revoke-session`, `/revoke-sessions`, `/revoke-other-sessions`: only ever sessions of whoever asks.

use axum::{Json, extract::State};

use super::Unread;
use crate::{
    app::App,
    auth::{
        error::Result,
        extract::{Input, StoredSession},
        fields::{Fields, Form},
        jar::Jar,
        view::Status,
    },
    store::SessionToken,
};

/// The session to be ended.
pub(super) struct Revoke {
    token: SessionToken,
}

impl Form for Revoke {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.text("token").into() }
    }
}

/// Unknown tokens and those of others are answered alike.
pub(super) async fn one(
    State(app): State<App>,
    Input(form): Input<Revoke>,
    current: StoredSession,
    jar: Jar,
) -> Result<Json<Status>> {
    app.store.delete_session_of(&current.session.user_id, &form.token).await?;
    if current.session.token.matches(form.token.expose()) {
        jar.clear_session(&app);
    }
    Ok(Json(Status::DONE))
}

pub(super) async fn all(
    State(app): State<App>,
    _: Input<Unread>,
    current: StoredSession,
    jar: Jar,
) -> Result<Json<Status>> {
    app.store.delete_sessions_of(&current.session.user_id).await?;
    jar.clear_session(&app);
    Ok(Json(Status::DONE))
}

pub(super) async fn others(State(app): State<App>, _: Input<Unread>, current: StoredSession) -> Result<Json<Status>> {
    app.store.delete_other_sessions(&current.session.user_id, &current.session.token).await?;
    Ok(Json(Status::DONE))
}
