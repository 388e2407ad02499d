//! `POST /admin/list-user-sessions`, `/admin/revoke-user-session` and `/admin/revoke-user-sessions`.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Success,
    acting::{Acting, OfUser},
};
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        view,
    },
    store::SessionToken,
};

/// The sessions of a user, also those that have expired.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Sessions<'a> {
    sessions: Vec<view::Session<'a>>,
}

pub(super) async fn list(State(app): State<App>, Input(form): Input<OfUser>, acting: Acting) -> Result<Response> {
    acting.must(&app, "session", "list", error::YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS)?;
    let sessions = app.store.every_session_of(&form.user_id).await?;
    let sessions = sessions.iter().map(|session| view::Session::of(&app, session)).collect();
    Ok(Json(Sessions { sessions }).into_response())
}

/// The session to be ended.
pub(super) struct Revoke {
    token: SessionToken,
}

impl Form for Revoke {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.text("sessionToken").into() }
    }
}

/// An unknown token is answered as any other.
pub(super) async fn revoke_one(
    State(app): State<App>,
    Input(form): Input<Revoke>,
    acting: Acting,
) -> Result<Json<Success>> {
    acting.must(&app, "session", "revoke", error::YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS)?;
    if let Some(ended) = app.store.delete_session(&form.token).await? {
        acting.note(&app, What::SessionRevoke, &ended.user_id).await;
    }
    Ok(Json(Success::DONE))
}

pub(super) async fn revoke_all(
    State(app): State<App>,
    Input(form): Input<OfUser>,
    acting: Acting,
) -> Result<Json<Success>> {
    acting.must(&app, "session", "revoke", error::YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS)?;
    if app.store.delete_sessions_of(&form.user_id).await? > 0 {
        acting.note(&app, What::SessionRevoke, &form.user_id).await;
    }
    Ok(Json(Success::DONE))
}
