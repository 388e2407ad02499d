//! `POST /update-session`: sets fields of the current session that an app added. There are none, so it always refuses.

use axum::extract::State;
use http::StatusCode;

use crate::{
    app::App,
    auth::{
        error::{Error, Result},
        extract::{Input, LiveSession},
        fields::{Fields, Form, Presence},
    },
};

/// The field that a client could set if it were not forbidden.
const NOT_ALLOWED: &[&str] = &["impersonatedBy"];

/// Fields of the session.
pub(super) struct Update {
    not_allowed: Option<&'static str>,
}

impl Form for Update {
    const PRESENCE: Presence = Presence::Record;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { not_allowed: fields.first_set(NOT_ALLOWED) }
    }
}

pub(super) async fn answer(State(app): State<App>, Input(form): Input<Update>, _: LiveSession) -> Result<StatusCode> {
    match form.not_allowed.filter(|_| app.config.admin.enabled) {
        Some(field) => Err(Error::field_not_allowed(field)),
        None => Err(Error::without_code("No fields to update".to_owned())),
    }
}
