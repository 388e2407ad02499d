//! `POST /sign-out`: ends the session, if there is one, and clears the cookies in any case.

use axum::{Json, extract::State};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::{App, audit::What},
    auth::{
        error::Result,
        extract::Input,
        fields::{Fields, Form, Presence},
        jar::Jar,
        visitor::Visitor,
    },
};

/// Nothing in it matters here; what is there must have the right type.
pub(super) struct SignOut;

impl Form for SignOut {
    const PRESENCE: Presence = Presence::Optional;

    fn read(fields: &mut Fields<'_>) -> Self {
        fields.optional_text("callbackURL");
        fields.optional_flag("disableRedirect");
        fields.optional_text("state");
        Self
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer {
    success: bool,
}

pub(super) async fn answer(
    State(app): State<App>,
    _: Input<SignOut>,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Answer>> {
    sign_out(&app, &headers, &visitor, &jar).await?;
    Ok(Json(Answer { success: true }))
}

/// Ends the session behind the request's credential.
pub(crate) async fn sign_out(app: &App, headers: &HeaderMap, visitor: &Visitor, jar: &Jar) -> Result<()> {
    jar.clear_session(app);
    if let Some(token) = app.identity.token(headers)
        && let Some(session) = app.store.delete_session(&token).await?
    {
        app.note(visitor.act_in(&session, What::SignOut)).await;
    }
    Ok(())
}
