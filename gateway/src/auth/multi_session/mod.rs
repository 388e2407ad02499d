//! Sessions of several users in one browser: each in a cookie of its own beside the one that counts. Contract: plugins,
//! section 9; sessions-cookies, section 7.

mod list;
mod revoke;
mod set_active;
pub(crate) mod upkeep;

use super::{
    Flow,
    endpoint::{Routes, get, post},
    error, view,
};
use crate::{
    app::App,
    store::{Session, SessionToken, StoreError, User},
};

/// Off unless configured.
pub(crate) const FLOW: Flow =
    Flow { id: "multi_session", enabled: |config| config.multi_session.enabled, routes, limits: &[] };

/// Most cookies of one request that are asked for.
const MOST_ASKED: usize = 32;

fn routes() -> Routes {
    Routes::new()
        .route(
            "/multi-session/list-device-sessions",
            get(list::answer).says("Lists the sessions of this browser, one for each user.").answers::<Vec<Pair<'_>>>(),
        )
        .route(
            "/multi-session/set-active",
            post(set_active::answer)
                .says("Makes another session of this browser the one that counts.")
                .answers::<Pair<'_>>()
                .refuses(&[error::INVALID_SESSION_TOKEN]),
        )
        .route(
            "/multi-session/revoke",
            post(revoke::answer)
                .says("Ends a session of this browser; if it was the one that counts, another one does.")
                .refuses(&[error::INVALID_SESSION_TOKEN]),
        )
}

/// A session with its user.
#[derive(serde::Serialize, schemars::JsonSchema)]
#[schemars(inline)]
pub(crate) struct Pair<'a> {
    session: view::Session<'a>,
    user: view::User<'a>,
}

impl<'a> Pair<'a> {
    /// The view of both.
    pub(crate) fn of(app: &App, session: &'a Session, user: &'a User) -> Self {
        Self { session: view::Session::of(app, session), user: view::User::of(app, user) }
    }
}

/// The live sessions with these tokens, the oldest first.
async fn live(app: &App, tokens: impl Iterator<Item = &SessionToken>) -> Result<Vec<(Session, User)>, StoreError> {
    let now = app.clock.now();
    let mut found = Vec::new();
    for token in tokens.take(MOST_ASKED) {
        let row = app.store.session_with_user(token).await?;
        found.extend(row.filter(|(session, user)| session.expires_at > now && !user.is_banned(now)));
    }
    found.sort_by_key(|(session, _)| session.created_at);
    Ok(found)
}
