//! `GET /list-sessions`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::{
        error::Result,
        extract::{Current, FreshSession},
        view,
    },
    store::Session,
};

pub(super) async fn answer(State(app): State<App>, current: FreshSession) -> Result<Response> {
    let sessions = own_sessions(&app, &current).await?;
    let views: Vec<_> = sessions.iter().map(|session| view::Session::of(&app, session)).collect();
    Ok(Json(views).into_response())
}

/// The live sessions of the user, without those in which an admin acts as the user.
pub(crate) async fn own_sessions(app: &App, current: &Current) -> Result<Vec<Session>> {
    let mut sessions = app.store.sessions_of(&current.session.user_id, app.clock.now()).await?;
    sessions.retain(|session| session.impersonated_by.is_none());
    Ok(sessions)
}
