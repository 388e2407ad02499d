//! `POST /revoke-session`, `/revoke-sessions`, `/revoke-other-sessions`: only ever sessions of whoever asks.

use axum::{Json, extract::State};

use super::Unread;
use crate::{
    app::{App, audit::What},
    auth::{
        error::Result,
        extract::{Current, Input, StoredSession},
        fields::{Fields, Form},
        jar::Jar,
        view::Status,
        visitor::Visitor,
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
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Status>> {
    end_one(&app, &current, &form.token, &visitor).await?;
    if current.session.token.matches(form.token.expose()) {
        jar.clear_session(&app);
    }
    Ok(Json(Status::DONE))
}

pub(super) async fn all(
    State(app): State<App>,
    _: Input<Unread>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Status>> {
    let ended = app.store.delete_sessions_of(&current.session.user_id).await?;
    app.note(visitor.act_in(&current.session, What::SessionRevoke).with("sessions", ended)).await;
    jar.clear_session(&app);
    Ok(Json(Status::DONE))
}

pub(super) async fn others(
    State(app): State<App>,
    _: Input<Unread>,
    current: StoredSession,
    visitor: Visitor,
) -> Result<Json<Status>> {
    end_others(&app, &current, &visitor).await?;
    Ok(Json(Status::DONE))
}

/// Ends the session with this token, if it is one of whoever asks.
pub(crate) async fn end_one(app: &App, current: &Current, token: &SessionToken, visitor: &Visitor) -> Result<()> {
    if let Some(ended) = app.store.delete_session_of(&current.session.user_id, token).await? {
        app.note(visitor.act_in(&current.session, What::SessionRevoke).with("ended", ended.as_str())).await;
    }
    Ok(())
}

/// Ends all sessions of whoever asks but the current one.
pub(crate) async fn end_others(app: &App, current: &Current, visitor: &Visitor) -> Result<()> {
    let ended = app.store.delete_other_sessions(&current.session.user_id, &current.session.token).await?;
    app.note(visitor.act_in(&current.session, What::SessionRevoke).with("sessions", ended)).await;
    Ok(())
}
