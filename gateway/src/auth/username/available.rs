//! `POST /is-username-available`

use axum::{Json, extract::State};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::refusal;
use crate::{
    app::App,
    auth::{
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
    },
};

/// The name that is asked for.
pub(super) struct Asked {
    username: String,
}

impl Form for Asked {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { username: fields.text("username") }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer {
    available: bool,
}

pub(super) async fn answer(State(app): State<App>, Input(form): Input<Asked>) -> Result<Json<Answer>> {
    if form.username.is_empty() {
        return Err(error::INVALID_USERNAME.with(StatusCode::UNPROCESSABLE_ENTITY).into());
    }
    app.usernames.check(&form.username).map_err(|fault| refusal(fault, StatusCode::UNPROCESSABLE_ENTITY))?;
    let taken = app.store.user_by_username(&app.usernames.stored(&form.username)).await?.is_some();
    Ok(Json(Answer { available: !taken }))
}
