//! `GET` and `POST /callback/{provider}`: where providers send people back. None is configured in this version, so nobody
//! has been sent to one, and whatever comes back fails for want of a state.

use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    app::App,
    auth::{
        body::Media,
        error::Result,
        extract::{Input, Query},
        fields::{Fields, Form, Presence},
        links,
    },
};

/// What providers send, in the contract's order.
const NAMES: [&str; 7] = ["code", "error", "device_id", "error_description", "state", "user", "iss"];

/// What a provider sent, each in the place of its name.
pub(super) struct Returned([Option<String>; NAMES.len()]);

impl Form for Returned {
    const MEDIA: Media = Media::JsonOrForm;
    const PRESENCE: Presence = Presence::Optional;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self(NAMES.map(|name| fields.optional_text(name)))
    }
}

pub(super) async fn by_get(State(app): State<App>, Query(returned): Query<Returned>) -> Result<Response> {
    let state = NAMES.iter().zip(returned.0).find(|(name, _)| **name == "state").and_then(|(_, value)| value);
    let has_state = state.is_some_and(|state| !state.is_empty());
    let error = if has_state { "state_mismatch" } else { "state_not_found" };
    links::found(&links::endpoint(&app, &format!("/error?error={error}")))
}

/// Browsers bring no cookies along when another site has them post: they are to come again by GET.
pub(super) async fn by_post(
    State(app): State<App>,
    Path(provider): Path<String>,
    Query(query): Query<Returned>,
    Input(body): Input<Returned>,
) -> Result<Response> {
    let merged = query.0.into_iter().zip(body.0).map(|(query, body)| query.or(body));
    let mut parameters = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in NAMES.iter().zip(merged) {
        if let Some(value) = value {
            parameters.append_pair(name, &value);
        }
    }
    let path = format!("/callback/{}?{}", links::component(&provider), parameters.finish());
    links::found(&links::endpoint(&app, &path))
}
