//! The providers that have a name here: a table of facts each, and what is peculiar about the profiles they tell.

mod apple;
mod discord;
mod facebook;
mod github;
mod gitlab;
mod google;
mod linkedin;
mod microsoft;
mod slack;
mod spotify;
mod twitch;
mod twitter;

#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use serde_json::Value;

use super::provider::{Asking, Endpoints, Facts, IdTokenRules, Profile};
use crate::config::{Authentication, ProviderConfig, Words};

/// All of them.
pub(crate) const NAMED: &[&Facts] = &[
    &apple::FACTS,
    &discord::FACTS,
    &facebook::FACTS,
    &github::FACTS,
    &gitlab::FACTS,
    &google::FACTS,
    &linkedin::FACTS,
    &microsoft::FACTS,
    &slack::FACTS,
    &spotify::FACTS,
    &twitch::FACTS,
    &twitter::FACTS,
];

/// What holds of a provider unless its table says otherwise.
const PLAIN: Facts = Facts {
    id: "",
    name: "",
    endpoints: |_| Endpoints::default(),
    scopes: &[],
    wishes_first: false,
    response_type: "code",
    response_mode: "",
    prompt: "",
    takes: &[],
    extra: |_, _| Vec::new(),
    pkce: true,
    nonce: false,
    authentication: Authentication::Post,
    secret: None,
    tells_errors_as_success: false,
    refresh_extra: |_| Vec::new(),
    profile: Profile::Get,
    person: |_, _| None,
    id_token: None,
    brought: None,
};

/// How old an ID token may be that a client brings, with those who say so.
const MOST_AGE: TimeDelta = TimeDelta::hours(1);

/// Where a provider is whose addresses are always the same; the profile's may be empty.
fn at(authorization: &str, token: &str, user_info: &str) -> Endpoints {
    Endpoints {
        authorization: authorization.to_owned(),
        token: token.to_owned(),
        user_info: user_info.to_owned(),
        ..Endpoints::default()
    }
}

/// ID tokens signed with RS256, for us, by this issuer unless the settings say another.
fn rs256(config: &ProviderConfig, endpoints: &Endpoints, issuers: &[&str]) -> IdTokenRules {
    let issuers = match config.issuer.as_str() {
        "" => issuers.iter().map(|issuer| (*issuer).to_owned()).collect(),
        own => vec![own.to_owned()],
    };
    IdTokenRules {
        jwks: endpoints.jwks.clone(),
        issuers,
        audiences: config.client_id.0.clone(),
        algorithms: vec!["RS256".to_owned()],
        max_age: None,
        hashed_nonce: false,
        claims: None,
        allow_opaque: false,
    }
}

/// What is asked for by default and by the settings.
fn scopes(facts: &Facts, config: &ProviderConfig) -> String {
    let usual = facts.scopes.iter().copied().filter(|_| !config.disable_default_scope);
    let more = config.scope.0.iter().map(String::as_str);
    usual.chain(more).collect::<Vec<_>>().join(" ")
}

/// A JSON object from the provider's API, for the access token.
async fn object_at(asking: Asking<'_>, url: &str) -> Option<Value> {
    match asking.outbound.get_json(url, Some(asking.tokens.access.as_ref()?)).await {
        Ok(profile) => Some(profile).filter(Value::is_object),
        Err(error) => {
            tracing::warn!(provider = asking.provider.id, %error, "a provider did not tell a profile");
            None
        }
    }
}

/// An address with one more parameter, whose value stays as it is.
fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{name}={value}")
}

/// A text, empty or not.
fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The first of these that is a text and not empty, else the empty text.
fn first_of(values: &[&Value]) -> Option<String> {
    let mut filled = values.iter().filter_map(|value| value.as_str()).filter(|text| !text.is_empty());
    Some(filled.next().unwrap_or_default().to_owned())
}

/// Whom ID tokens must be for: the first of these lists that is not empty.
fn first_list(lists: &[&Words]) -> Vec<String> {
    lists.iter().find(|list| !list.0.is_empty()).map(|list| list.0.clone()).unwrap_or_default()
}
