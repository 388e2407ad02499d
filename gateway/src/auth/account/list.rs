//! `GET /list-accounts`: the ways in which the user can sign in.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::{error::Result, extract::LiveSession, view},
};

pub(super) async fn answer(State(app): State<App>, current: LiveSession) -> Result<Response> {
    let accounts = app.store.accounts_of(&current.session.user_id).await?;
    let views: Vec<_> = accounts.iter().map(view::Account::of).collect();
    Ok(Json(views).into_response())
}
