//! `GET /admin/get-user`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};

use super::acting::{self, Acting};
use crate::{
    app::App,
    auth::{
        error::{self, Result},
        extract::Query,
        fields::{Fields, Form},
        view,
    },
    store::UserId,
};

/// Whom to show.
pub(super) struct Wanted {
    id: UserId,
}

impl Form for Wanted {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { id: fields.text("id").into() }
    }
}

pub(super) async fn answer(State(app): State<App>, Query(form): Query<Wanted>, acting: Acting) -> Result<Response> {
    acting.must(&app, "user", "get", error::YOU_ARE_NOT_ALLOWED_TO_GET_USER)?;
    let user = acting::user(&app, &form.id).await?;
    Ok(Json(view::User::of(&app, &user)).into_response())
}
