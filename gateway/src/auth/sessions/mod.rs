//! The sessions of whoever is signed in: the current one, the list, ending them.

pub(crate) mod get_session;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod sign_out;

use axum::{
    Router,
    routing::{get, post},
};

use super::{
    Flow,
    body::Media,
    fields::{Fields, Form, Presence},
};
use crate::app::App;

/// Always on.
pub(crate) const FLOW: Flow = Flow { id: "sessions", enabled: |_| true, routes, limits: &[] };

fn routes() -> Router<App> {
    Router::new()
        .route("/get-session", get(get_session::answer).post(get_session::refuse_post))
        .route("/list-sessions", get(list::answer))
        .route("/revoke-session", post(revoke::one))
        .route("/revoke-sessions", post(revoke::all))
        .route("/revoke-other-sessions", post(revoke::others))
        .route("/sign-out", post(sign_out::answer))
}

/// A body that must be readable if there is one, and is not looked at.
pub(crate) struct Unread;

impl Form for Unread {
    const MEDIA: Media = Media::Json;
    const PRESENCE: Presence = Presence::Ignored;

    fn read(_: &mut Fields<'_>) -> Self {
        Self
    }
}
