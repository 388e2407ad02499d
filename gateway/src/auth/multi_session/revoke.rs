//! `POST /multi-session/revoke`

use axum::{Json, extract::State};
use http::HeaderMap;

use super::{live, set_active::Chosen};
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Result},
        extract::{Input, LiveSession},
        jar::Jar,
        view::Status,
        visitor::Visitor,
    },
};

#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Chosen>,
    current: LiveSession,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Status>> {
    let Some((name, token)) = app.cookies.device(&headers, &form.token) else {
        return Err(error::INVALID_SESSION_TOKEN.into());
    };
    if let Some(ended) = app.store.delete_session(&token).await? {
        app.note(visitor.act_in(&ended, What::SignOut)).await;
    }
    jar.add(app.cookies.clear(&name));
    if !current.session.token.matches(token.expose()) {
        return Ok(Json(Status::DONE));
    }
    let devices = app.cookies.devices(&headers);
    let others = devices.signed.iter().map(|(_, token)| token).filter(|other| !other.matches(token.expose()));
    match live(&app, others).await?.first() {
        Some((session, user)) => jar.renew_session(&app, session, user),
        None => jar.clear_session(&app),
    }
    Ok(Json(Status::DONE))
}
