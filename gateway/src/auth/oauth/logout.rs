//! Signing out at a provider and by one.
//!
//! `POST /oauth2/backchannel-logout/{provider}` is where an OpenID provider says that somebody signed out there (OpenID
//! Connect Back-Channel Logout 1.0): the sessions that began by its sign-ins end. What it says is believed if its keys
//! signed it, for us, not long ago, and once.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
};
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::{
    Providers, id_token,
    provider::{Asking, Endpoints, Provider, Tokens, text},
};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        body::Media,
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        visitor::Visitor,
    },
    store::{Account, Logout, User},
};

/// The event that a logout token is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a logout token may be.
const MOST_AGE: TimeDelta = TimeDelta::minutes(10);

/// How long a sign-out waits for where the provider has its own.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a provider posts.
pub(super) struct Order {
    token: String,
}

impl Form for Order {
    const MEDIA: Media = Media::Form;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.text("logout_token") }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Ended {
    /// How many sessions.
    ended: u64,
}

pub(super) async fn backchannel(
    State(app): State<App>,
    Path(id): Path<String>,
    Input(order): Input<Order>,
    providers: Providers,
    visitor: Visitor,
) -> Result<Json<Ended>> {
    let provider = providers.get(&id).ok_or(error::PROVIDER_NOT_FOUND)?;
    match follow(&app, (&providers, provider), &order, &visitor).await? {
        Ok(ended) => {
            tracing::info!(provider = id, count = ended, "a provider ended sessions");
            Ok(Json(Ended { ended }))
        }
        Err(reason) => {
            tracing::warn!(provider = id, reason, "a logout token is refused");
            Err(error::INVALID_LOGOUT_TOKEN.into())
        }
    }
}

/// Ends what the token names; says how many sessions that were, or why the token is no good.
async fn follow(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    order: &Order,
    visitor: &Visitor,
) -> Result<std::result::Result<u64, &'static str>> {
    let now = app.clock.now();
    let endpoints = provider.discovery.endpoints(providers.outbound(), now).await;
    let Some(endpoints) = endpoints.filter(|endpoints| endpoints.verifies_id_tokens()) else {
        return Ok(Err("this provider has no keys to check it with"));
    };
    let tokens = Tokens::default();
    let outbound = providers.outbound();
    let asking = Asking { outbound, provider, endpoints: &endpoints, tokens: &tokens, user: None, nonce: None, now };
    let Some(claims) = id_token::verify_logout(asking, &order.token, MOST_AGE).await else {
        return Ok(Err("the token is not signed by the provider, for us, just now"));
    };
    let (subject, sid) = (text(&claims["sub"]), text(&claims["sid"]));
    let Some(token_id) = named(&claims).filter(|_| subject.is_some() || sid.is_some()) else {
        return Ok(Err("the token is no logout token"));
    };
    let until = (now + MOST_AGE + MOST_AGE).timestamp_millis();
    let (subject, sid) = (subject.as_deref(), sid.as_deref());
    let logout = Logout { provider: &provider.id, subject, sid, token_id: &token_id, until };
    let Some(count) = app.store.end_provider_sessions(logout).await? else {
        return Ok(Err("the token was used before"));
    };
    let act = visitor.act_as(Actor::System, What::SignOut).with("provider", provider.id.as_str());
    app.note(act.with("sessions", count)).await;
    Ok(Ok(count))
}

/// The id of a token with the claims of a logout token: it is about the event, and it is no ID token.
fn named(claims: &Value) -> Option<String> {
    let is_logout = claims["events"].get(EVENT).is_some_and(Value::is_object);
    text(&claims["jti"]).filter(|_| is_logout && claims.get("nonce").is_none())
}

/// Where to sign out at the provider by which the user came last, if it has such a place.
pub(crate) async fn end_session_url(
    app: &App,
    providers: &Providers,
    user: &User,
    (back, state): (Option<&str>, Option<&str>),
) -> Option<String> {
    let mut accounts = app.store.accounts_of(&user.id).await.ok()?;
    accounts.sort_by_key(|account| std::cmp::Reverse(account.updated_at));
    for account in &accounts {
        let Some(provider) = providers.get(&account.provider_id) else { continue };
        // Nobody who signs out waits long for a provider.
        let endpoints = provider.discovery.endpoints(providers.outbound(), app.clock.now());
        let Ok(Some(endpoints)) = tokio::time::timeout(PATIENCE, endpoints).await else { continue };
        let place = place(app, (provider, &endpoints), account, (back, state));
        if place.is_some() {
            return place;
        }
    }
    None
}

fn place(
    app: &App,
    (provider, endpoints): (&Provider, &Endpoints),
    account: &Account,
    (back, state): (Option<&str>, Option<&str>),
) -> Option<String> {
    if provider.config.disable_provider_logout || endpoints.end_session.is_empty() {
        return None;
    }
    let mut url = Url::parse(&endpoints.end_session).ok()?;
    let hint = account.id_token.as_ref();
    let configured = provider.config.post_logout_redirect_uri.as_str();
    let back = back.filter(|back| !back.is_empty()).or(Some(configured).filter(|back| !back.is_empty()));
    let back = back.and_then(|back| app.public_url.join(back).ok());
    let mut query = url.query_pairs_mut();
    if let Some(token) = hint {
        query.append_pair("id_token_hint", token.expose());
    }
    match &back {
        Some(back) => {
            query.append_pair("post_logout_redirect_uri", back.as_str());
            query.append_pair("client_id", provider.client_id());
            if let Some(state) = state {
                query.append_pair("state", state);
            }
        }
        None if hint.is_none() => drop(query.append_pair("client_id", provider.client_id())),
        None => {}
    }
    drop(query);
    Some(url.into())
}
