//! ID tokens that a client got from a provider by itself, as native applications do: signing in and linking with them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    Providers,
    arrive::{self, Arrival, arrive},
    exchange, id_token,
    link::{self, Bringing, Unlinked},
    provider::{Asking, Person, Provider, Tokens, Told},
    social::Wish,
    state::Browser,
};
use crate::{
    app::App,
    auth::{
        error::{self, Error, Result},
        extract::Current,
        view,
        visitor::Visitor,
    },
    config::Secret,
};

/// What was brought.
pub(crate) struct IdToken {
    pub(super) token: Secret,
    pub(super) nonce: Option<String>,
    pub(super) access: Option<Secret>,
    pub(super) refresh: Option<Secret>,
    /// Who it is, where the token doesn't say it: Apple's first sign-in.
    pub(super) user: Option<Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct SignedIn<'a> {
    redirect: bool,
    token: &'a str,
    user: view::User<'a>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Linked {
    url: &'static str,
    status: bool,
    redirect: bool,
}

const LINKED: Linked = Linked { url: "", status: true, redirect: false };

/// Signs in whom the token names.
pub(super) async fn sign_in(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    (token, wish): (&IdToken, &Wish),
    browser: Browser<'_>,
) -> Result<Response> {
    let (person, tokens) = identify(app, (providers, provider), token).await?;
    let arrival = Arrival {
        provider,
        person: &person,
        tokens: &Tokens { refresh: None, ..tokens },
        request_sign_up: wish.request_sign_up == Some(true),
        may_override: false,
        callback_url: wish.callback_url.as_deref(),
        visitor: browser.visitor,
        jar: browser.jar,
    };
    let arrived = arrive(app, &arrival).await.map_err(arrive::told)?;
    let user = view::User::of(app, &arrived.user);
    Ok(Json(SignedIn { redirect: false, token: arrived.session.token.expose(), user }).into_response())
}

/// Adds the account that the token names to one's own.
pub(super) async fn link(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    token: &IdToken,
    (current, visitor): (&Current, &Visitor),
) -> Result<Response> {
    let (person, tokens) = identify(app, (providers, provider), token).await?;
    let bringing = Bringing { provider, person: &person, tokens: &tokens, visitor };
    let user = &current.known.user();
    let done = match app.store.provider_account(&provider.id, &person.subject).await? {
        Some(account) => link::keep(app, &account, &user.id, &tokens).await,
        None => match link::allow(app, bringing, &user.email) {
            Ok(()) => link::add(app, &user.id, bringing).await,
            refused => refused,
        },
    };
    done.map_err(refused)?;
    arrive::copy_on_link(app, &user.id, &person).await;
    Ok(Json(LINKED).into_response())
}

fn refused(unlinked: Unlinked) -> Error {
    match unlinked {
        Unlinked::NotAllowed => error::LINKING_NOT_ALLOWED.into(),
        Unlinked::OtherAddress => error::LINKING_DIFFERENT_EMAILS_NOT_ALLOWED.into(),
        Unlinked::Taken => error::SOCIAL_ACCOUNT_ALREADY_LINKED.into(),
        Unlinked::Failed(error) => error.into(),
    }
}

/// Who it is by the token, if that is good.
async fn identify(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    brought: &IdToken,
) -> Result<(Person, Tokens)> {
    let now = app.clock.now();
    let endpoints = provider.discovery.endpoints(providers.outbound(), now).await.ok_or(error::PROVIDER_NOT_FOUND)?;
    let rules = provider.facts.id_token.filter(|_| !provider.config.disable_id_token_sign_in);
    let rules = rules.map(|rules| rules(&provider.config, &endpoints)).filter(|rules| !rules.jwks.is_empty());
    let rules = rules.ok_or(error::ID_TOKEN_NOT_SUPPORTED)?;
    let tokens = Tokens {
        access: brought.access.clone(),
        refresh: brought.refresh.clone(),
        id: Some(brought.token.clone()),
        ..Tokens::default()
    };
    let asking = Asking {
        outbound: providers.outbound(),
        provider,
        endpoints: &endpoints,
        tokens: &tokens,
        user: brought.user.as_ref(),
        nonce: brought.nonce.as_deref(),
        now,
    };
    let is_opaque = rules.allow_opaque && brought.token.expose().split('.').count() != 3;
    let claims = match is_opaque {
        true => None,
        false => Some(id_token::verify(asking, brought.token.expose(), asking.nonce).await.ok_or(BAD_TOKEN)?),
    };
    let told = match (provider.facts.brought, claims) {
        (Some(gather), _) => gather(asking).await,
        (None, Some(claims)) => Some(Told::from(claims)),
        (None, None) => None,
    };
    let told = told.and_then(|told| exchange::person(asking, told));
    let (person, _) = told.ok_or(error::FAILED_TO_GET_USER_INFO.with(http::StatusCode::UNAUTHORIZED))?;
    if !arrive::has_address(&person) {
        return Err(error::USER_EMAIL_NOT_FOUND.into());
    }
    Ok((person, tokens))
}

const BAD_TOKEN: error::Code = error::INVALID_TOKEN.with(http::StatusCode::UNAUTHORIZED);
