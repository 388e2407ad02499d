//! `POST /sign-in/social`, `POST /link-social`: the way to another provider, or an ID token that was brought from there.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Providers,
    authorize::{self, Back, Wishes},
    brought::{self, IdToken},
    provider::Provider,
    state::{self, Browser, Plan},
};
use crate::{
    app::App,
    auth::{
        error::{self, Error, Result},
        extract::{Input, StoredSession},
        fields::{Fields, Form},
        jar::Jar,
        visitor::Visitor,
    },
    config::Secret,
};

/// Parameters of the provider's address that only we set.
pub(super) const RESERVED: [&str; 8] = [
    "state",
    "client_id",
    "redirect_uri",
    "response_type",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "scope",
];

/// What both ways have in common.
pub(crate) struct Wish {
    /// The provider's id.
    pub(super) provider: String,
    pub(super) callback_url: Option<String>,
    pub(super) new_user_url: Option<String>,
    pub(super) error_url: Option<String>,
    pub(super) stay: bool,
    pub(super) request_sign_up: Option<bool>,
    pub(super) wishes: Wishes,
    pub(super) additional: Map<String, Value>,
    pub(super) id_token: Option<IdToken>,
}

/// A wish to sign in with a provider.
pub(super) struct SignIn(pub(super) Wish);

/// A wish to add a provider's account to one's own.
pub(super) struct Link(pub(super) Wish);

impl Form for SignIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let callback_url = fields.optional_text("callbackURL");
        let new_user_url = fields.optional_text("newUserCallbackURL");
        let error_url = fields.optional_text("errorCallbackURL");
        let provider = provider(fields);
        let stay = fields.optional_flag("disableRedirect");
        let mut id_token = None;
        fields.optional_object("idToken", |token| {
            let mut brought = brought(token);
            token.optional_number("expiresAt");
            brought.user = token.value("user").cloned();
            token.optional_object("user", |user| {
                user.optional_object("name", |name| {
                    name.optional_text("firstName");
                    name.optional_text("lastName");
                });
                user.optional_text("email");
            });
            id_token = Some(brought);
        });
        let scopes = fields.optional_texts("scopes");
        let request_sign_up = fields.optional_flag("requestSignUp");
        let (wishes, additional) = additions(fields, scopes);
        let stay = stay == Some(true);
        Self(Wish {
            provider,
            callback_url,
            new_user_url,
            error_url,
            stay,
            request_sign_up,
            wishes,
            additional,
            id_token,
        })
    }
}

impl Form for Link {
    fn read(fields: &mut Fields<'_>) -> Self {
        let callback_url = fields.optional_text("callbackURL");
        let provider = provider(fields);
        let mut id_token = None;
        fields.optional_object("idToken", |token| id_token = Some(brought(token)));
        let request_sign_up = fields.optional_flag("requestSignUp");
        let scopes = fields.optional_texts("scopes");
        let error_url = fields.optional_text("errorCallbackURL");
        let stay = fields.optional_flag("disableRedirect") == Some(true);
        let (wishes, additional) = additions(fields, scopes);
        let new_user_url = None;
        Self(Wish {
            provider,
            callback_url,
            new_user_url,
            error_url,
            stay,
            request_sign_up,
            wishes,
            additional,
            id_token,
        })
    }
}

fn provider(fields: &mut Fields<'_>) -> String {
    fields.note("provider", true, || serde_json::json!({ "type": "string" }));
    let provider = fields.value("provider").and_then(Value::as_str);
    if provider.is_none() {
        fields.complain("provider", "Invalid input");
    }
    provider.unwrap_or_default().to_owned()
}

fn brought(fields: &mut Fields<'_>) -> IdToken {
    IdToken {
        token: Secret::new(fields.text("token")),
        nonce: fields.optional_text("nonce"),
        access: fields.optional_text("accessToken").map(Secret::new),
        refresh: fields.optional_text("refreshToken").map(Secret::new),
        user: None,
    }
}

fn additions(fields: &mut Fields<'_>, scopes: Vec<String>) -> (Wishes, Map<String, Value>) {
    let login_hint = fields.optional_text("loginHint");
    let parameters = fields.optional_record_of_texts("additionalParams");
    if parameters.iter().any(|(name, _)| RESERVED.contains(&name.as_str())) {
        let reserved = RESERVED.join(", ");
        fields.complain(
            "additionalParams",
            &format!("additionalParams cannot include reserved OAuth parameters: {reserved}"),
        );
    }
    let additional = fields.optional_record("additionalData").cloned().unwrap_or_default();
    (Wishes { scopes, login_hint, parameters }, additional)
}

/// Where to go.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Way {
    url: String,
    redirect: bool,
}

#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn sign_in(
    State(app): State<App>,
    Input(SignIn(mut wish)): Input<SignIn>,
    providers: Providers,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let provider = providers.get(&wish.provider).ok_or(error::PROVIDER_NOT_FOUND)?;
    let browser = Browser { headers: &headers, visitor: &visitor, jar: &jar };
    if let Some(token) = wish.id_token.take() {
        return brought::sign_in(&app, (&providers, provider), (&token, &wish), browser).await;
    }
    lead(&app, (&providers, provider), Trip::of(wish), browser).await
}

#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn link(
    State(app): State<App>,
    Input(Link(mut wish)): Input<Link>,
    current: StoredSession,
    providers: Providers,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let provider = providers.get(&wish.provider).ok_or(error::PROVIDER_NOT_FOUND)?;
    if let Some(token) = wish.id_token.take() {
        return brought::link(&app, (&providers, provider), &token, (&current, &visitor)).await;
    }
    let mut trip = Trip::of(wish);
    trip.plan.link = Some((current.session.clone(), current.known.user()));
    lead(&app, (&providers, provider), trip, Browser { headers: &headers, visitor: &visitor, jar: &jar }).await
}

/// A way to a provider.
pub(crate) struct Trip {
    pub(super) plan: Plan,
    pub(super) wishes: Wishes,
    pub(super) back: Back,
    /// Whether the client goes there by itself.
    pub(super) stay: bool,
    /// Whether the answer also has the address as a header, as it has since 1.4.
    pub(super) in_header: bool,
}

impl Trip {
    fn of(wish: Wish) -> Self {
        let Wish { callback_url, new_user_url, error_url, request_sign_up, additional, .. } = wish;
        let plan = Plan { callback_url, new_user_url, error_url, request_sign_up, additional, ..Plan::default() };
        Self { plan, wishes: wish.wishes, back: Back::Callback, stay: wish.stay, in_header: true }
    }

    /// From a page of ours, and back to one of these places: when it works out and when it fails.
    pub(crate) fn from_page((callback, failure): (String, String), request_sign_up: bool) -> Self {
        let request_sign_up = Some(request_sign_up);
        let plan = Plan { callback_url: Some(callback), error_url: Some(failure), request_sign_up, ..Plan::default() };
        Self { plan, wishes: Wishes::default(), back: Back::Callback, stay: false, in_header: false }
    }
}

/// Sends somebody to a provider.
pub(super) async fn lead(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    trip: Trip,
    browser: Browser<'_>,
) -> Result<Response> {
    let (stay, in_header) = (trip.stay, trip.in_header);
    let url = way(app, (providers, provider), trip, browser).await?;
    let location = HeaderValue::try_from(&url).map_err(|error| Error::Internal(error.into()))?;
    let mut response = Json(Way { url, redirect: !stay }).into_response();
    if !stay && in_header {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The way to a provider, begun: the address to go to.
pub(super) async fn way(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    trip: Trip,
    browser: Browser<'_>,
) -> Result<String> {
    let Trip { mut plan, wishes, back, .. } = trip;
    let endpoints = provider.discovery.endpoints(providers.outbound(), app.clock.now()).await;
    // Where it can't be found out, the provider isn't there.
    let endpoints = endpoints.ok_or(error::PROVIDER_NOT_FOUND)?;
    plan.nonce = provider.facts.nonce && endpoints.verifies_id_tokens();
    let begun = state::begin(app, providers.starts(), (provider, plan), browser).await?;
    let back = back.address(app, provider);
    let url = authorize::address(provider, &endpoints, (&begun, &back), &wishes);
    url.ok_or_else(|| Error::Internal(anyhow::anyhow!("{} has no address to sign in at", provider.id)))
}

/// The way from a page of ours to a provider.
pub(crate) async fn way_from_page(
    app: &App,
    (providers, provider): (&Providers, &str),
    trip: Trip,
    (headers, visitor, jar): (&HeaderMap, &Visitor, &Jar),
) -> Result<String> {
    let provider = providers.get(provider).ok_or(error::PROVIDER_NOT_FOUND)?;
    way(app, (providers, provider), trip, Browser { headers, visitor, jar }).await
}
