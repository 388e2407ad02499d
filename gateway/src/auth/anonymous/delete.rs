//! `POST /delete-anonymous-user`

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Result},
        extract::{Input, StoredSession},
        jar::Jar,
        sessions::Unread,
        visitor::Visitor,
    },
};

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer {
    success: bool,
}

pub(super) async fn answer(
    State(app): State<App>,
    _: Input<Unread>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Answer>> {
    if app.config.anonymous.disable_delete_anonymous_user {
        return Err(error::DELETE_ANONYMOUS_USER_DISABLED.into());
    }
    if current.known.user().is_anonymous != Some(true) {
        return Err(error::USER_IS_NOT_ANONYMOUS.into());
    }
    app.store.delete_user(&current.session.user_id).await?;
    app.note(visitor.act_in(&current.session, What::UserDelete)).await;
    jar.clear_session(&app);
    Ok(Json(Answer { success: true }))
}
