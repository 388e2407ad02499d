//! Twitch. Its ID token holds what `claims` asks for.

use serde_json::Value;

use super::{PLAIN, at, string};
use crate::{
    auth::oauth::provider::{Facts, Person, Profile, flag, subject, text},
    config::ProviderConfig,
};

/// What is asked for beside the subject.
const CLAIMS: &str = r#"{"id_token":{"email":null,"email_verified":null,"preferred_username":null,"picture":null}}"#;

pub(super) const FACTS: Facts = Facts {
    id: "twitch",
    name: "Twitch",
    endpoints: |_| at("https://id.twitch.tv/oauth2/authorize", "https://id.twitch.tv/oauth2/token", ""),
    scopes: &["user:read:email", "openid"],
    extra: |_, _| vec![("claims", CLAIMS.to_owned())],
    pkce: false,
    profile: Profile::IdToken,
    person,
    ..PLAIN
};

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    Some(Person {
        subject: subject(&profile["sub"])?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["email_verified"]).unwrap_or(false),
        name: string(&profile["preferred_username"]),
        image: string(&profile["picture"]),
    })
}
