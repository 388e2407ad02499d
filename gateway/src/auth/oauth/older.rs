//! The paths that 1.3 to 1.6 had for providers without a name: `POST /sign-in/oauth2`, `POST /oauth2/link`,
//! `GET /oauth2/callback/{provider}`. Their clients send other bodies; all else is as today.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use serde_json::{Map, Value};

use super::{
    Providers,
    authorize::{Back, Wishes},
    social::{Trip, lead},
    state::{Browser, Plan},
};
use crate::{
    app::App,
    auth::{
        error::{self, Error, Result},
        extract::{Input, LiveSession},
        fields::{Fields, Form},
        jar::Jar,
        visitor::Visitor,
    },
};

/// A wish to sign in with a provider.
pub(super) struct SignIn {
    provider: String,
    plan: Plan,
    scopes: Vec<String>,
    stay: bool,
}

/// A wish to add a provider's account to one's own.
pub(super) struct Link {
    provider: String,
    plan: Plan,
    scopes: Vec<String>,
}

impl Form for SignIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let provider = fields.text("providerId");
        let callback_url = fields.optional_text("callbackURL");
        let error_url = fields.optional_text("errorCallbackURL");
        let new_user_url = fields.optional_text("newUserCallbackURL");
        let stay = fields.optional_flag("disableRedirect") == Some(true);
        let scopes = fields.optional_texts("scopes");
        let request_sign_up = fields.optional_flag("requestSignUp");
        let additional = additional(fields);
        let plan = Plan { callback_url, new_user_url, error_url, request_sign_up, additional, ..Plan::default() };
        Self { provider, plan, scopes, stay }
    }
}

impl Form for Link {
    fn read(fields: &mut Fields<'_>) -> Self {
        let provider = fields.text("providerId");
        let callback_url = Some(fields.text("callbackURL"));
        let scopes = fields.optional_texts("scopes");
        let error_url = fields.optional_text("errorCallbackURL");
        Self { provider, plan: Plan { callback_url, error_url, ..Plan::default() }, scopes }
    }
}

fn additional(fields: &mut Fields<'_>) -> Map<String, Value> {
    fields.optional_record("additionalData").cloned().unwrap_or_default()
}

#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn sign_in(
    State(app): State<App>,
    Input(form): Input<SignIn>,
    providers: Providers,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let SignIn { provider: id, plan, scopes, stay } = form;
    let unknown = || Error::without_code(format!("No config found for provider {id}"));
    let provider = providers.get(&id).ok_or_else(unknown)?;
    let trip = trip(plan, scopes, stay);
    lead(&app, (&providers, provider), trip, Browser { headers: &headers, visitor: &visitor, jar: &jar }).await
}

#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn link(
    State(app): State<App>,
    Input(form): Input<Link>,
    current: LiveSession,
    providers: Providers,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let Link { provider, mut plan, scopes } = form;
    let provider = providers.get(&provider).ok_or(error::PROVIDER_NOT_FOUND)?;
    plan.link = Some((current.session.clone(), current.known.user()));
    let browser = Browser { headers: &headers, visitor: &visitor, jar: &jar };
    lead(&app, (&providers, provider), trip(plan, scopes, false), browser).await
}

fn trip(plan: Plan, scopes: Vec<String>, stay: bool) -> Trip {
    let wishes = Wishes { scopes, ..Wishes::default() };
    Trip { plan, wishes, back: Back::OldCallback, stay, in_header: false }
}
