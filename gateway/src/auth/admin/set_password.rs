//! `POST /admin/set-user-password`. The user's sessions go on, as in the contract.

use axum::{Json, extract::State};
use serde_json::json;

use super::acting::{self, Acting};
use crate::{
    app::{App, audit::What},
    auth::{
        email_password::password,
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        view::Status,
    },
    config::Secret,
    store::UserId,
};

/// A password for a user.
pub(super) struct SetPassword {
    user_id: UserId,
    password: Secret,
}

impl Form for SetPassword {
    fn read(fields: &mut Fields<'_>) -> Self {
        let password = fields.text("newPassword");
        if fields.value("newPassword").is_some_and(|value| value == "" || *value == json!([])) {
            fields.complain("newPassword", "newPassword cannot be empty");
        }
        let user_id = fields.as_text("userId");
        if user_id.is_empty() && fields.value("userId").is_some() {
            fields.complain("userId", "userId cannot be empty");
        }
        Self { user_id: user_id.into(), password: Secret::new(password) }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<SetPassword>,
    acting: Acting,
) -> Result<Json<Status>> {
    acting.must(&app, "user", "set-password", error::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD)?;
    password::check_new(&app, form.password.expose())?;
    let user = acting::user(&app, &form.user_id).await?;
    let hash = app.passwords.hash(form.password).await?;
    app.store.set_password(&user.id, &hash).await?;
    acting.note(&app, What::PasswordSet, &user.id).await;
    Ok(Json(Status::DONE))
}
