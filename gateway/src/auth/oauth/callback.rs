//! `GET` and `POST /callback/{provider}`: where providers send people back. Whatever happens, the answer sends them on.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::HeaderMap;
use serde_json::Value;

use super::{
    Providers,
    arrive::{Arrival, Arrived, Turned, arrive, has_address},
    authorize::Back,
    exchange::{self, Line, Return},
    link::{self, Bringing},
    provider::{Asking, Person, Provider, Tokens},
    sessions,
    state::{self, Flow, Mismatch},
};
use crate::{
    app::App,
    auth::{
        body::Media,
        error::{Error, Result},
        extract::{Input, Query},
        fields::{Fields, Form, Presence},
        jar::Jar,
        links,
        visitor::Visitor,
    },
};

/// What providers send, in the contract's order.
const NAMES: [&str; 7] = ["code", "error", "device_id", "error_description", "state", "user", "iss"];

/// What a provider sent, each in the place of its name.
pub(super) struct Returned([Option<String>; NAMES.len()]);

impl Returned {
    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = NAMES.iter().zip(&self.0).find(|(known, _)| **known == name)?;
        value.as_deref().filter(|value| !value.is_empty())
    }
}

impl Form for Returned {
    const MEDIA: Media = Media::JsonOrForm;
    const PRESENCE: Presence = Presence::Optional;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self(NAMES.map(|name| fields.optional_text(name)))
    }
}

/// Where a flow ends that fails: its code, and perhaps a description.
struct Failure(String, Option<String>);

impl From<&str> for Failure {
    fn from(code: &str) -> Self {
        Self(code.to_owned(), None)
    }
}

/// Whoever comes back.
struct Guest<'a> {
    headers: &'a HeaderMap,
    visitor: &'a Visitor,
    jar: &'a Jar,
}

#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn by_get(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(returned): Query<Returned>,
    providers: Providers,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let guest = Guest { headers: &headers, visitor: &visitor, jar: &jar };
    come_back(&app, &providers, (&id, Back::Callback), &returned, guest).await
}

/// The place of 1.3 to 1.6 for providers without a name.
#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn by_old_get(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(returned): Query<Returned>,
    providers: Providers,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let guest = Guest { headers: &headers, visitor: &visitor, jar: &jar };
    come_back(&app, &providers, (&id, Back::OldCallback), &returned, guest).await
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

async fn come_back(
    app: &App,
    providers: &Providers,
    (id, back): (&str, Back),
    returned: &Returned,
    guest: Guest<'_>,
) -> Result<Response> {
    let usual = links::endpoint(app, "/error");
    let Some(state) = returned.get("state") else { return fail(app, &usual, &"state_not_found".into()) };
    let flow = match state::resume(app, (id, state), guest.headers, guest.jar).await {
        Ok(Ok(flow)) => flow,
        Ok(Err(Mismatch(place))) => return fail(app, &place.unwrap_or(usual), &"state_mismatch".into()),
        Err(error) => return fail(app, &usual, &broken(&error)),
    };
    let place = flow.error_url.clone().unwrap_or(usual);
    match proceed(app, providers, (id, back), (returned, &flow), guest).await {
        Ok(target) => links::found(&target),
        Err(failure) => fail(app, &place, &failure),
    }
}

/// Sends somebody where failures are told. The place was checked when the flow began.
fn fail(app: &App, place: &str, Failure(code, description): &Failure) -> Result<Response> {
    tracing::info!(reason = code, "a sign-in with a provider failed");
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("error", code);
    if let Some(description) = description {
        query.append_pair("error_description", description);
    }
    links::found(&links::with_query(app, place, &query.finish())?)
}

fn broken(error: &Error) -> Failure {
    tracing::error!(?error, "a sign-in with a provider could not be finished");
    "internal_server_error".into()
}

/// From what the provider sent to where the user goes on.
async fn proceed(
    app: &App,
    providers: &Providers,
    (id, back): (&str, Back),
    (returned, flow): (&Returned, &Flow),
    guest: Guest<'_>,
) -> std::result::Result<String, Failure> {
    if let Some(error) = returned.get("error") {
        return Err(Failure(error.to_owned(), returned.get("error_description").map(str::to_owned)));
    }
    let code = returned.get("code").ok_or("no_code")?;
    let provider = providers.get(id).ok_or("oauth_provider_not_found")?;
    let now = app.clock.now();
    let endpoints = provider.discovery.endpoints(providers.outbound(), now).await.ok_or("oauth_provider_not_found")?;
    let line = Line { outbound: providers.outbound(), provider, endpoints: &endpoints, now };
    let issuer = returned.get("iss").filter(|_| !endpoints.issuer.is_empty());
    if issuer.is_some_and(|issuer| issuer != endpoints.issuer) {
        return Err("issuer_mismatch".into());
    }
    if provider.facts.nonce && endpoints.verifies_id_tokens() && flow.nonce.is_none() {
        return Err("nonce_binding_missing".into());
    }
    let place = back.address(app, provider);
    let brought = Return { code, verifier: &flow.verifier, back: &place, device_id: returned.get("device_id") };
    let tokens = exchange::redeem(line, &brought).await.ok_or("invalid_code")?;
    let user = returned.get("user").and_then(|user| serde_json::from_str::<Value>(user).ok());
    let asking = Asking {
        outbound: line.outbound,
        provider,
        endpoints: &endpoints,
        tokens: &tokens,
        user: user.as_ref(),
        nonce: flow.nonce.as_deref(),
        now,
    };
    let (person, _) = exchange::identify(asking).await.ok_or("unable_to_get_user_info")?;
    finish(app, (provider, &person, &tokens), flow, guest).await
}

/// Links the account or lets its owner in; gives where to go on.
async fn finish(
    app: &App,
    (provider, person, tokens): (&Provider, &Person, &Tokens),
    flow: &Flow,
    guest: Guest<'_>,
) -> std::result::Result<String, Failure> {
    if flow.callback_url.is_empty() {
        return Err("no_callback_url".into());
    }
    if let Some(link) = &flow.link {
        let bringing = Bringing { provider, person, tokens, visitor: guest.visitor };
        return match link::finish(app, link, bringing).await {
            Ok(()) => Ok(flow.callback_url.clone()),
            Err(unlinked) => {
                tracing::info!(?unlinked, "an account was not linked");
                Err(unlinked.code().into())
            }
        };
    }
    if !has_address(person) {
        return Err("email_not_found".into());
    }
    let arrival = Arrival {
        provider,
        person,
        tokens,
        request_sign_up: flow.request_sign_up,
        may_override: true,
        callback_url: Some(&flow.callback_url),
        visitor: guest.visitor,
        jar: guest.jar,
    };
    let Arrived { session, is_new, .. } = arrive(app, &arrival).await.map_err(turned)?;
    sessions::remember(app, provider, tokens, &session).await;
    let new_place = flow.new_user_url.as_ref().filter(|_| is_new);
    Ok(new_place.unwrap_or(&flow.callback_url).clone())
}

fn turned(turned: Turned) -> Failure {
    match turned {
        Turned::Away(reason) => Failure(reason.replace(' ', "_"), None),
        Turned::Failed(Error::Refused(code)) => Failure(code.name.to_owned(), Some(code.message.to_owned())),
        Turned::Failed(error) => broken(&error),
    }
}
