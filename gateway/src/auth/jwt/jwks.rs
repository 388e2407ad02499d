//! `GET /jwks`: the public halves of all keys that tokens may still be signed under. The first look ever makes one.

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{app::App, auth::error::Result, identity::keys::NoKey};

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct KeySet {
    keys: Vec<Map<String, Value>>,
}

pub(super) async fn answer(State(app): State<App>) -> Result<Json<KeySet>> {
    let tokens = app.identity.tokens().ok_or(NoKey::Unusable("tokens are off"))?;
    let keys = tokens.keys().shown().await?;
    Ok(Json(KeySet { keys: keys.iter().map(|key| key.shown()).collect() }))
}
