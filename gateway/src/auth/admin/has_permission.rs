//! `POST /admin/has-permission`: whether whoever asks may do all of what is named.

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::acting::Acting;
use crate::{
    app::App,
    auth::{
        error::{Error, Result},
        extract::Input,
        fields::{Fields, Form, Presence},
    },
    config::Actions,
};

/// What is asked about; nothing under the name that older clients have for it.
pub(super) struct Asked {
    permissions: Option<Actions>,
}

impl Form for Asked {
    const PRESENCE: Presence = Presence::RequiredOneOf;

    fn read(fields: &mut Fields<'_>) -> Self {
        fields.note(
            "permissions",
            true,
            || json!({ "type": "object", "additionalProperties": { "type": "array", "items": { "type": "string" } } }),
        );
        // Who asks is known from the session; these are only looked at for their types.
        if let Some(value) = fields.value("role").filter(|value| !value.is_string()) {
            fields.complain("role", &format!("Invalid input: expected string, received {}", kind(value)));
        }
        let permissions = fields.value("permissions").and_then(actions);
        let legacy = fields.value("permission").and_then(actions);
        match (&permissions, &legacy) {
            (Some(_), Some(_)) => fields.complain_of_all("Invalid input: more than one option matched"),
            (None, None) => fields.complain_of_all("Invalid input"),
            _ => {}
        }
        // What has the wrong form does not count, unless nothing else is there: then it is complained of above.
        Self { permissions }
    }
}

fn actions(value: &Value) -> Option<Actions> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts = |value: &Value| value.as_array()?.iter().map(text).collect::<Option<Vec<_>>>();
    value.as_object()?.iter().map(|(resource, actions)| Some((resource.clone(), texts(actions)?))).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer {
    error: Option<String>,
    success: bool,
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Asked>,
    acting: Result<Acting>,
) -> Result<Json<Answer>> {
    let Some(wanted) = form.permissions else {
        return Err(Error::without_code("invalid permission check. no permission(s) were passed.".to_owned()));
    };
    let success = acting?.may(&app, &wanted);
    Ok(Json(Answer { error: None, success }))
}
