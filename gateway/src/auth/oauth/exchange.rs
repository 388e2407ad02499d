//! From a code to a person: the exchange for tokens, the profile, and who that is.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    id_token,
    outbound::Outbound,
    provider::{Asking, Endpoints, Person, Profile, Provider, Tokens, Told, flag, subject, text},
};
use crate::config::{Authentication, Secret};

/// What somebody brought back from a provider.
pub(super) struct Return<'a> {
    pub(super) code: &'a str,
    pub(super) verifier: &'a str,
    /// Where the provider sent them, as it was said at the start.
    pub(super) back: &'a str,
    pub(super) device_id: Option<&'a str>,
}

/// Who to ask, where, with what and when.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) outbound: &'a Outbound,
    pub(super) provider: &'a Provider,
    pub(super) endpoints: &'a Endpoints,
    pub(super) now: DateTime<Utc>,
}

/// What a provider gives for a code; `None` when it gives nothing.
pub(super) async fn redeem(line: Line<'_>, brought: &Return<'_>) -> Option<Tokens> {
    let provider = line.provider;
    let mut form = vec![("grant_type", "authorization_code"), ("code", brought.code)];
    if provider.config.pkce.unwrap_or(provider.facts.pkce) {
        form.push(("code_verifier", brought.verifier));
    }
    form.extend(brought.device_id.map(|id| ("device_id", id)));
    form.push(("redirect_uri", brought.back));
    let more = provider.config.token_params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let more: Vec<_> = more.filter(|(name, _)| !form.iter().any(|(known, _)| known == name)).collect();
    form.extend(more);
    let answer = ask(line, form).await?;
    if provider.facts.tells_errors_as_success && (answer.get("error").is_some() || !answer.is_object()) {
        tracing::warn!(provider = provider.id, error = answer["error"].as_str(), "a provider did not take a code");
        return None;
    }
    Some(tokens(provider, &answer, line.now))
}

/// New tokens for a refresh token; `None` when the provider gives none.
pub(super) async fn renew(line: Line<'_>, refresh: &Secret) -> Option<Tokens> {
    let more = (line.provider.facts.refresh_extra)(&line.provider.config);
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
    form.extend(more.iter().map(|(name, value)| (*name, value.as_str())));
    let tokens = tokens(line.provider, &ask(line, form).await?, line.now);
    tokens.access.is_some().then_some(tokens)
}

/// Posts to the token endpoint, with what proves who we are.
async fn ask(line: Line<'_>, mut form: Vec<(&str, &str)>) -> Option<Value> {
    let Line { outbound, provider, endpoints, now } = line;
    let secret = provider.client_secret(now);
    let basic = provider.config.authentication.unwrap_or(provider.facts.authentication) == Authentication::Basic;
    let mut header = None;
    match &secret {
        Some(secret) if basic => header = Some((provider.client_id(), secret)),
        Some(secret) => form.extend([("client_id", provider.client_id()), ("client_secret", secret.expose())]),
        None => form.push(("client_id", provider.client_id())),
    }
    match outbound.post_form(&endpoints.token, &form, header).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::warn!(provider = provider.id, %error, "a provider gave no tokens");
            None
        }
    }
}

fn tokens(provider: &Provider, answer: &Value, now: DateTime<Utc>) -> Tokens {
    let secret = |name: &str| answer[name].as_str().filter(|text| !text.is_empty()).map(Secret::new);
    let seconds = |value: &Value| {
        let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        number.filter(|seconds| *seconds > 0).and_then(TimeDelta::try_seconds)
    };
    let ends = |name: &str| seconds(&answer[name]).and_then(|life| now.checked_add_signed(life));
    let usual = provider.config.access_token_expires_in.map(|life| now + life.delta());
    Tokens {
        access: secret("access_token"),
        refresh: secret("refresh_token"),
        id: secret("id_token"),
        access_ends: ends("expires_in").or(usual),
        refresh_ends: ends("refresh_token_expires_in"),
        scopes: scopes(&answer["scope"]),
    }
}

/// The scopes of an answer, a text or a list.
fn scopes(value: &Value) -> Vec<String> {
    let words: Vec<&str> = match value {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::trim).collect(),
        _ => Vec::new(),
    };
    words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Who somebody is at a provider, with the profile that says so; `None` when that can't be found out.
pub(super) async fn identify(asking: Asking<'_>) -> Option<(Person, Value)> {
    let told = match &asking.provider.facts.profile {
        Profile::IdToken => id_token::unverified_claims(asking.tokens.id.as_ref()?.expose())?.into(),
        Profile::Get => fetch(asking).await?,
        Profile::Gathered(gather) => gather(asking).await?,
    };
    person(asking, told)
}

/// Who it is by this profile. The settings may take single fields from elsewhere in it.
pub(super) fn person(asking: Asking<'_>, told: Told) -> Option<(Person, Value)> {
    let Asking { provider, endpoints, .. } = asking;
    let Told { profile, verified } = told;
    let map = &provider.config.map;
    let at =
        |path: &str| path.split('.').try_fold(&profile, |value, name| value.get(name)).filter(|_| !path.is_empty());
    let is_named = !provider.facts.id.is_empty();
    let mut person = match (provider.facts.person)(&profile, &provider.config) {
        Some(person) => person,
        // Without names of its own the profile may still have what the settings name.
        None if !is_named && !map.id.is_empty() => Person::default(),
        None => return None,
    };
    person.email_verified = verified.unwrap_or(person.email_verified);
    if !is_named && !endpoints.is_openid() {
        person.subject = at(&map.id).or_else(|| profile.get("id")).and_then(subject).unwrap_or(person.subject);
    }
    person.email = at(&map.email).and_then(text).or(person.email);
    person.email_verified = at(&map.email_verified).and_then(flag).unwrap_or(person.email_verified);
    person.name = at(&map.name).and_then(text).or(person.name);
    person.image = at(&map.image).and_then(text).or(person.image);
    (!person.subject.trim().is_empty()).then_some((person, profile))
}

async fn fetch(asking: Asking<'_>) -> Option<Told> {
    let token = asking.tokens.access.as_ref()?;
    match asking.outbound.get_json(&asking.endpoints.user_info, Some(token)).await {
        Ok(profile) if profile.is_object() => Some(profile.into()),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(provider = asking.provider.id, %error, "a provider did not tell a profile");
            None
        }
    }
}
