//! `POST /admin/update-user`: each kind of field takes its own permission.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    EMAIL_TAKEN, USER_NOT_FOUND,
    acting::{self, Acting},
    role,
    standing::{self, Standing},
};
use crate::{
    app::{App, audit::What},
    auth::{
        email,
        email_password::sign_up::MOST_NAME,
        error::{self, Result},
        extract::Input,
        fields::{self, Fields, Form},
        first_admin, view,
    },
    store::{User, UserId, UserRevision},
};

/// What is to be changed.
pub(super) struct UpdateUser {
    user_id: UserId,
    data: Map<String, Value>,
}

impl Form for UpdateUser {
    fn read(fields: &mut Fields<'_>) -> Self {
        let user_id = fields.as_text("userId").into();
        let data = fields.record("data").cloned().unwrap_or_default();
        Self { user_id, data }
    }
}

/// The name in the data.
struct Name(Option<String>);

impl Form for Name {
    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields.optional_text("name");
        fields.at_most("name", name.as_deref().unwrap_or_default(), MOST_NAME);
        Self(name)
    }
}

pub(super) async fn answer(State(app): State<App>, Input(form): Input<UpdateUser>, acting: Acting) -> Result<Response> {
    let UpdateUser { user_id, data } = form;
    let role = allowed(&app, &acting, &user_id, &data)?;
    let email = allowed_email(&app, &acting, &user_id, &data).await?;
    if data.contains_key("phoneNumber") || data.contains_key("phoneNumberVerified") {
        acting.must(&app, "user", "set-phone", error::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PHONE_NUMBER)?;
    }
    let mut revision = Standing::of(&data)?.into_revision();
    let Name(name) = fields::read_at("body.data", &data)?;
    let user = acting::user(&app, &user_id).await?;
    guard_first_admins(&app, &acting, &user, email.as_deref(), &revision)?;
    (revision.role, revision.fields.name, revision.fields.email) = (role, name, email);
    let user = match app.store.revise_user(&user_id, &revision).await {
        Ok(user) => user.ok_or(USER_NOT_FOUND)?,
        Err(error) if error.is_taken_email() => return Err(EMAIL_TAKEN.into()),
        Err(error) => return Err(error.into()),
    };
    acting.note(&app, kind(&revision), &user.id).await;
    Ok(Json(view::User::of(&app, &user)).into_response())
}

/// Whether all but the address may be changed by whoever asks; gives the new roles.
fn allowed(app: &App, acting: &Acting, user_id: &UserId, data: &Map<String, Value>) -> Result<Option<String>> {
    acting.must(app, "user", "update", error::YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS)?;
    if data.is_empty() {
        return Err(error::NO_DATA_TO_UPDATE.into());
    }
    if data.contains_key("password") {
        return Err(error::PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER.into());
    }
    if data.contains_key("id") {
        return Err(error::USER_ID_CANNOT_BE_UPDATED.into());
    }
    let role = match data.get("role") {
        Some(value) => {
            role::must_set(app, acting)?;
            Some(role::stored(app, &role::read(value)?)?)
        }
        None => None,
    };
    if standing::names_ban(data) {
        acting.must(app, "user", "ban", error::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS)?;
        if data.get("banned") == Some(&Value::Bool(true)) && acting.is(user_id) {
            return Err(error::YOU_CANNOT_BAN_YOURSELF.into());
        }
    }
    Ok(role)
}

/// The new address, if there is to be one and whoever asks may set it.
async fn allowed_email(
    app: &App,
    acting: &Acting,
    user_id: &UserId,
    data: &Map<String, Value>,
) -> Result<Option<String>> {
    if data.contains_key("email") || data.contains_key("emailVerified") {
        acting.must(app, "user", "set-email", error::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL)?;
    }
    let Some(value) = data.get("email") else { return Ok(None) };
    let email = email::canonical(&fields::text_of(value)).ok_or(error::INVALID_EMAIL)?;
    match app.store.user_by_email(&email).await? {
        Some(other) if other.id != *user_id => Err(EMAIL_TAKEN.into()),
        _ => Ok(Some(email)),
    }
}

/// Who makes an address of `admin.admin_emails` a proved one makes an admin, and must be allowed to.
fn guard_first_admins(
    app: &App,
    acting: &Acting,
    user: &User,
    email: Option<&str>,
    revision: &UserRevision,
) -> Result<()> {
    let proved = revision.fields.email_verified.unwrap_or(user.email_verified);
    let touched = email.is_some() || revision.fields.email_verified.is_some();
    if touched && proved && first_admin::is_named(app, email.unwrap_or(&user.email)) {
        role::must_set(app, acting)?;
    }
    Ok(())
}

/// What the audit log calls it.
fn kind(revision: &UserRevision) -> What {
    match revision {
        UserRevision { banned: Some(Some(true)), .. } => What::UserBan,
        UserRevision { banned: Some(_), .. } => What::UserUnban,
        UserRevision { role: Some(_), .. } => What::UserRole,
        _ => What::UserUpdate,
    }
}
