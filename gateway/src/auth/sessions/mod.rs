//! The sessions of whoever is signed in: the current one, the list, ending them.

pub(crate) mod get_session;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod sign_out;
mod update;

use super::{
    Flow,
    body::Media,
    endpoint::{Routes, get, post},
    error,
    fields::{Fields, Form, Presence},
    view,
};

/// Always on.
pub(crate) const FLOW: Flow = Flow { id: "sessions", enabled: |_| true, routes, limits: &[] };

fn routes() -> Routes {
    Routes::new()
        .route(
            "/get-session",
            get(get_session::answer)
                .says("Tells who is signed in; `null` for nobody.")
                .answers::<Option<get_session::Answer<'_>>>()
                .post(get_session::refuse_post)
                .says("Refused: sessions are extended by GET.")
                .refuses(&[error::METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED]),
        )
        .route(
            "/list-sessions",
            get(list::answer).says("Lists the sessions of the user.").answers::<Vec<view::Session<'_>>>(),
        )
        .route("/revoke-session", post(revoke::one).says("Ends one session of the user."))
        .route("/revoke-sessions", post(revoke::all).says("Ends all sessions of the user."))
        .route(
            "/revoke-other-sessions",
            post(revoke::others).says("Ends all sessions of the user but the current one."),
        )
        .route("/update-session", post(update::answer).says("Refused: no fields can be added to a session."))
        .route(
            "/sign-out",
            post(sign_out::answer).says("Ends the current session, if there is one.").answers::<sign_out::Answer>(),
        )
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
