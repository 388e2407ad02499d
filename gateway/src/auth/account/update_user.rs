//! `POST /update-user`: name and picture. The address has a flow of its own, the rest is not the user's to change.

use axum::{Json, extract::State};
use http::request::Parts;
use serde_json::Value;

use crate::{
    app::{App, audit::What},
    auth::{
        email_password::sign_up::MOST_NAME,
        error::{self, Error, Result},
        extract::{Current, Input, LiveSession},
        fields::{Fields, Form, Presence},
        jar::Jar,
        last_method,
        username::{self, Names},
        view::Status,
        visitor::Visitor,
    },
    store::UserChange,
};

/// Fields of the user that only an admin sets.
const NOT_ALLOWED: &[&str] = &["role", "banned", "banReason", "banExpires"];

/// What is to be changed.
pub(crate) struct UpdateUser {
    /// The name.
    pub(crate) name: Option<String>,
    /// The picture; `Some(None)` takes it away.
    pub(crate) image: Option<Option<String>>,
    names: Names,
    email: bool,
    anonymity: bool,
    last_method: bool,
    not_allowed: Option<&'static str>,
}

impl UpdateUser {
    /// A new name and nothing else.
    pub(crate) fn named(name: String) -> Self {
        Self {
            name: Some(name),
            image: None,
            names: Names::default(),
            email: false,
            anonymity: false,
            last_method: false,
            not_allowed: None,
        }
    }
}

impl Form for UpdateUser {
    const PRESENCE: Presence = Presence::Record;

    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields.optional_text("name");
        fields.at_most("name", name.as_deref().unwrap_or_default(), MOST_NAME);
        Self {
            name,
            image: fields.nullable_text("image"),
            names: Names::read(fields),
            email: fields.first_set(&["email"]).is_some(),
            anonymity: fields.first_set(&["isAnonymous"]).is_some(),
            last_method: fields.first_set(&["lastLoginMethod"]).is_some(),
            not_allowed: fields.first_set(NOT_ALLOWED),
        }
    }

    async fn before(app: &App, parts: &mut Parts, body: Option<&Value>) -> Result<()> {
        username::update(app, parts, body).await
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<UpdateUser>,
    current: LiveSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Status>> {
    update(&app, form, &current, &visitor, &jar).await?;
    Ok(Json(Status::DONE))
}

/// Changes the user and hands the session out anew.
pub(crate) async fn update(app: &App, form: UpdateUser, current: &Current, visitor: &Visitor, jar: &Jar) -> Result<()> {
    if form.email {
        return Err(error::EMAIL_CAN_NOT_BE_UPDATED.into());
    }
    if let Some(field) = form.not_allowed.filter(|_| app.config.admin.enabled) {
        return Err(Error::field_not_allowed(field));
    }
    if form.anonymity && app.config.anonymous.enabled {
        return Err(Error::field_not_allowed("isAnonymous"));
    }
    if form.last_method && last_method::is_stored(app) {
        return Err(Error::field_not_allowed("lastLoginMethod"));
    }
    let mut change = UserChange { name: form.name, image: form.image, ..UserChange::default() };
    let names = form.names.add_to(app, &mut change)?;
    if change.name.is_none() && change.image.is_none() && names.is_empty() {
        return Err(Error::without_code("No fields to update".to_owned()));
    }
    let fields = [("name", change.name.is_some()), ("image", change.image.is_some())];
    let fields = fields.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field);
    let fields: Vec<_> = fields.chain(names).collect();
    let user = match app.store.update_user(&current.session.user_id, &change).await {
        Ok(Some(user)) => user,
        Ok(None) => return Err(error::UNAUTHORIZED.into()),
        Err(taken) if taken.is_taken_username() => return Err(error::USERNAME_IS_ALREADY_TAKEN.into()),
        Err(error) => return Err(error.into()),
    };
    app.note(visitor.act_in(&current.session, What::UserUpdate).with("fields", fields)).await;
    jar.renew_session(app, &current.session, &user);
    Ok(())
}
