//! `POST /admin/create-user`: an account without a session. Nobody is mailed.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    EMAIL_TAKEN, OneUser, USER_NOT_FOUND,
    acting::Acting,
    role,
    standing::{self, Standing},
};
use crate::{
    app::{App, audit::What},
    auth::{
        email,
        email_password::{password, sign_up::MOST_NAME},
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        first_admin, view,
    },
    config::Secret,
    crypto::token,
    store::{NewCredential, NewUser, User},
};

/// An account to be made.
pub(super) struct CreateUser {
    email: String,
    name: String,
    password: Option<Secret>,
    roles: Option<Vec<String>>,
    data: Map<String, Value>,
}

impl Form for CreateUser {
    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.text("email");
        let password = fields.optional_text("password").filter(|password| !password.is_empty()).map(Secret::new);
        let name = fields.text("name");
        fields.at_most("name", &name, MOST_NAME);
        let roles = fields.optional_text_or_texts("role");
        let data = fields.optional_record("data").cloned().unwrap_or_default();
        Self { email, name, password, roles, data }
    }
}

pub(super) async fn answer(State(app): State<App>, Input(form): Input<CreateUser>, acting: Acting) -> Result<Response> {
    let role = allowed_role(&app, &form, &acting)?;
    let email = email::canonical(&form.email).ok_or(error::INVALID_EMAIL)?;
    let standing = Standing::of(&form.data)?;
    if first_admin::is_named(&app, &email) && standing.email_verified == Some(true) {
        role::must_set(&app, &acting)?;
    }
    if let Some(password) = &form.password {
        password::check_presented(&app, password.expose())?;
    }
    if app.store.user_by_email(&email).await?.is_some() {
        return Err(EMAIL_TAKEN.into());
    }
    let credential = match form.password.clone() {
        Some(password) => {
            Some(NewCredential { id: token::id(), hash: Secret::new(app.passwords.hash(password).await?) })
        }
        None => None,
    };
    let new = NewUser {
        id: token::id().into(),
        name: form.name,
        email,
        email_verified: standing.email_verified.unwrap_or_default(),
        image: standing.image.clone().flatten(),
        role: Some(role),
        credential,
        ..NewUser::default()
    };
    let user = make(&app, &new, standing.filter_ban(&form.data)).await?;
    acting.note(&app, What::UserCreate, &user.id).await;
    Ok(Json(OneUser { user: view::User::of(&app, &user) }).into_response())
}

/// What whoever asks may make: the roles of the new user.
fn allowed_role(app: &App, form: &CreateUser, acting: &Acting) -> Result<String> {
    acting.must(app, "user", "create", error::YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS)?;
    let wanted = form.roles.is_some() || form.data.contains_key("role");
    if wanted {
        role::must_set(app, acting)?;
    }
    let roles = match (&form.roles, form.data.get("role")) {
        (Some(roles), _) => roles.clone(),
        (None, Some(value)) => role::read(value)?,
        (None, None) => Vec::new(),
    };
    let role = if wanted { role::stored(app, &roles)? } else { app.config.admin.default_role.clone() };
    if standing::names_ban(&form.data) {
        acting.must(app, "user", "ban", error::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS)?;
    }
    Ok(role)
}

/// Makes the account, with its ban if it is to begin with one.
async fn make(app: &App, new: &NewUser, ban: Option<Standing>) -> Result<User> {
    let user = match app.store.create_user(new, None).await {
        Ok((user, _)) => user,
        Err(error) if error.is_taken_email() => return Err(EMAIL_TAKEN.into()),
        Err(error) => return Err(error.into()),
    };
    match ban {
        Some(ban) => Ok(app.store.revise_user(&user.id, &ban.into_revision()).await?.ok_or(USER_NOT_FOUND)?),
        None => Ok(user),
    }
}
