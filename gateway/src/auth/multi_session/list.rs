//! `GET /multi-session/list-device-sessions`

use std::collections::HashSet;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;

use super::{Pair, live};
use crate::{app::App, auth::error::Result};

pub(super) async fn answer(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let devices = app.cookies.devices(&headers);
    let mut sessions = live(&app, devices.signed.iter().map(|(_, token)| token)).await?;
    let mut seen = HashSet::new();
    sessions.retain(|(_, user)| seen.insert(user.id.clone()));
    let pairs: Vec<_> = sessions.iter().map(|(session, user)| Pair::of(&app, session, user)).collect();
    Ok(Json(pairs).into_response())
}
