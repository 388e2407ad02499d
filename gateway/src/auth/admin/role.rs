//! `POST /admin/set-role`, and which roles can be given.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    OneUser, USER_NOT_FOUND,
    acting::{self, Acting},
};
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        view,
    },
    store::UserId,
};

/// Most bytes of all roles of a user.
const MOST: usize = 1_024;

/// Roles for a user.
pub(super) struct SetRole {
    user_id: UserId,
    roles: Vec<String>,
}

impl Form for SetRole {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { user_id: fields.as_text("userId").into(), roles: fields.text_or_texts("role") }
    }
}

pub(super) async fn set(State(app): State<App>, Input(form): Input<SetRole>, acting: Acting) -> Result<Response> {
    must_set(&app, &acting)?;
    let role = stored(&app, &form.roles)?;
    acting::user(&app, &form.user_id).await?;
    let user = app.store.set_role(&form.user_id, &role).await?.ok_or(USER_NOT_FOUND)?;
    acting.note(&app, What::UserRole, &user.id).await;
    Ok(Json(OneUser { user: view::User::of(&app, &user) }).into_response())
}

/// Refuses whoever may not say what others are.
pub(super) fn must_set(app: &App, acting: &Acting) -> Result<()> {
    acting.must(app, "user", "set-role", error::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE)
}

/// Roles from a value that nobody has looked at.
pub(super) fn read(value: &Value) -> Result<Vec<String>> {
    let one = std::slice::from_ref(value);
    let items = value.as_array().map_or(one, Vec::as_slice);
    let roles = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>();
    roles.ok_or_else(|| error::INVALID_ROLE_TYPE.into())
}

/// Roles as they are stored; those that nothing names are refused.
pub(super) fn stored(app: &App, roles: &[String]) -> Result<String> {
    let joined = roles.join(",");
    if joined.len() <= MOST && roles.iter().all(|role| can_be_given(app, role)) {
        Ok(joined)
    } else {
        Err(error::YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE.into())
    }
}

/// With roles of one's own only these, each by itself, as in the contract; otherwise also a list, and no role at all.
fn can_be_given(app: &App, role: &str) -> bool {
    let names = app.config.role_names();
    if !app.config.admin.roles.is_empty() {
        return names.contains(role);
    }
    app.config.admin.allow_unknown_roles || role.is_empty() || role.split(',').all(|name| names.contains(name))
}
