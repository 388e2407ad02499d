//! Google. The profile is in the ID token; `hd` keeps everybody out who is not of a hosted domain.

use serde_json::Value;

use super::{MOST_AGE, PLAIN, at, rs256, string};
use crate::{
    auth::oauth::provider::{Endpoints, Facts, Person, Profile, flag, subject, text},
    config::ProviderConfig,
};

pub(super) const FACTS: Facts = Facts {
    id: "google",
    name: "Google",
    endpoints: |_| Endpoints {
        jwks: "https://www.googleapis.com/oauth2/v3/certs".to_owned(),
        ..at("https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token", "")
    },
    scopes: &["email", "profile", "openid"],
    takes: &["login_hint", "prompt", "hd", "access_type"],
    extra: |config, _| match config.include_granted_scopes {
        Some(false) => Vec::new(),
        _ => vec![("include_granted_scopes", "true".to_owned())],
    },
    profile: Profile::IdToken,
    person,
    id_token: Some(|config, endpoints| super::IdTokenRules {
        max_age: Some(MOST_AGE),
        claims: Some(is_of_domain),
        ..rs256(config, endpoints, &["https://accounts.google.com", "accounts.google.com"])
    }),
    ..PLAIN
};

/// `*` is any hosted domain; accounts without one are of none.
fn is_of_domain(claims: &Value, config: &ProviderConfig) -> bool {
    let domain = claims["hd"].as_str().filter(|domain| !domain.is_empty());
    match config.hd.as_str() {
        "" => true,
        "*" => domain.is_some(),
        wanted => domain == Some(wanted),
    }
}

fn person(profile: &Value, config: &ProviderConfig) -> Option<Person> {
    if !is_of_domain(profile, config) {
        tracing::warn!("an account of Google is not of the domain that is asked for");
        return None;
    }
    Some(Person {
        subject: subject(&profile["sub"])?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["email_verified"]).unwrap_or(false),
        name: string(&profile["name"]),
        image: string(&profile["picture"]),
    })
}
