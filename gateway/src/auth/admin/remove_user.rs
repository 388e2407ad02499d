//! `POST /admin/remove-user`

use axum::{Json, extract::State};

use super::{
    Success,
    acting::{self, Acting, OfUser},
};
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Result},
        extract::Input,
    },
};

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<OfUser>,
    acting: Acting,
) -> Result<Json<Success>> {
    acting.must(&app, "user", "delete", error::YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS)?;
    if acting.is(&form.user_id) {
        return Err(error::YOU_CANNOT_REMOVE_YOURSELF.into());
    }
    let user = acting::user(&app, &form.user_id).await?;
    app.store.delete_user(&user.id).await?;
    acting.note(&app, What::UserDelete, &user.id).await;
    Ok(Json(Success::DONE))
}
