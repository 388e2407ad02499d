//! Apple. It proves who we are by a JWT that lives for half a year at most, which we sign anew for every exchange, or
//! which is configured ready-made. The name of a person comes once, beside the first code, and never in the ID token.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};

use super::{MOST_AGE, PLAIN, at, first_list, rs256, string};
use crate::{
    auth::oauth::{
        id_token,
        provider::{Asking, Endpoints, Facts, Gathering, Person, Profile, flag, subject, text},
    },
    config::{ProviderConfig, Secret, Words},
};

/// Who Apple is, in its ID tokens and in our client secrets.
const APPLE: &str = "https://appleid.apple.com";
/// How long a client secret that we make is good.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

pub(super) const FACTS: Facts = Facts {
    id: "apple",
    name: "Apple",
    endpoints: |_| Endpoints {
        jwks: "https://appleid.apple.com/auth/keys".to_owned(),
        ..at("https://appleid.apple.com/auth/authorize", "https://appleid.apple.com/auth/token", "")
    },
    scopes: &["email", "name"],
    response_type: "code id_token",
    response_mode: "form_post",
    takes: &["response_mode"],
    secret: Some(sign_secret),
    profile: Profile::Gathered(gather),
    person,
    id_token: Some(|config, endpoints| super::IdTokenRules {
        audiences: first_list(&[
            &config.audience,
            &Words::from(config.app_bundle_identifier.as_str()),
            &config.client_id,
        ]),
        max_age: Some(MOST_AGE),
        hashed_nonce: true,
        ..rs256(config, endpoints, &[APPLE])
    }),
    brought: Some(gather),
    ..PLAIN
};

/// A client secret: ES256, by the team, with its key, for our id. None if there is no key to sign it with.
pub(super) fn sign_secret(config: &ProviderConfig, now: DateTime<Utc>) -> Option<Secret> {
    if config.team_id.is_empty() || config.key_id.is_empty() {
        return None;
    }
    let key = config.signing_key().ok()?;
    let header = Header { kid: Some(config.key_id.clone()), ..Header::new(Algorithm::ES256) };
    let claims = json!({
        "iss": config.team_id,
        "iat": now.timestamp(),
        "exp": (now + LIFETIME).timestamp(),
        "aud": APPLE,
        "sub": config.client_id.first(),
    });
    jsonwebtoken::encode(&header, &claims, &key).map(Secret::new).ok()
}

fn gather(asking: Asking<'_>) -> Gathering<'_> {
    Box::pin(async move {
        let claims = id_token::unverified_claims(asking.tokens.id.as_ref()?.expose())?;
        Some(named(claims, asking.user).into())
    })
}

/// The claims with the name that came beside them, if one did.
pub(super) fn named(mut claims: Value, user: Option<&Value>) -> Value {
    let beside = user.map(|user| &user["name"]).filter(|name| name.is_object());
    let name = match beside {
        Some(name) => {
            let part = |which: &str| name[which].as_str().unwrap_or_default();
            format!("{} {}", part("firstName"), part("lastName")).trim().to_owned()
        }
        None => claims["name"].as_str().unwrap_or_default().to_owned(),
    };
    claims["name"] = name.into();
    claims
}

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    Some(Person {
        subject: subject(&profile["sub"])?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["email_verified"]).unwrap_or(false),
        name: string(&profile["name"]),
        image: None,
    })
}
