//! `GET /token`

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    auth::{error::Result, extract::LiveSession},
};

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer {
    token: String,
}

pub(super) async fn answer(State(app): State<App>, current: LiveSession) -> Result<Json<Answer>> {
    let token = super::issue(&app, &current).await?;
    Ok(Json(Answer { token: token.to_str().unwrap_or_default().to_owned() }))
}
