//! `POST /sign-out`: ends the session, if there is one, and clears the cookies in any case.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::{App, audit::What},
    auth::{
        error::Result,
        extract::Input,
        fields::{Fields, Form, Presence},
        jar::Jar,
        oauth::{self, Providers},
        visitor::Visitor,
    },
    store::User,
};

/// Where to go on from a provider's own sign-out, if there is one.
pub(super) struct SignOut {
    back: Option<String>,
    stay: bool,
    state: Option<String>,
}

impl Form for SignOut {
    const PRESENCE: Presence = Presence::Optional;

    fn read(fields: &mut Fields<'_>) -> Self {
        let back = fields.optional_text("callbackURL");
        let stay = fields.optional_flag("disableRedirect") == Some(true);
        Self { back, stay, state: fields.optional_text("state") }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer {
    success: bool,
    /// Where to sign out at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<bool>,
}

#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<SignOut>,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
    providers: Providers,
) -> Result<Response> {
    let user = match providers.all().next() {
        Some(_) => current_user(&app, &headers).await?,
        None => None,
    };
    sign_out(&app, &headers, &visitor, &jar).await?;
    let wishes = (form.back.as_deref(), form.state.as_deref());
    let url = match &user {
        Some(user) => oauth::logout::end_session_url(&app, &providers, user, wishes).await,
        None => None,
    };
    let location = url.as_ref().filter(|_| !form.stay).and_then(|url| HeaderValue::try_from(url).ok());
    let redirect = url.as_ref().map(|_| !form.stay);
    let mut response = Json(Answer { success: true, url, redirect }).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Whose session it is, as it is stored.
async fn current_user(app: &App, headers: &HeaderMap) -> Result<Option<User>> {
    let Some(token) = app.identity.token(headers) else { return Ok(None) };
    Ok(app.store.session_with_user(&token).await?.map(|(_, user)| user))
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
