//! LinkedIn.

use serde_json::Value;

use super::{PLAIN, at, string};
use crate::{
    auth::oauth::provider::{Facts, Person, flag, subject, text},
    config::ProviderConfig,
};

pub(super) const FACTS: Facts = Facts {
    id: "linkedin",
    name: "Linkedin",
    endpoints: |_| {
        at(
            "https://www.linkedin.com/oauth/v2/authorization",
            "https://www.linkedin.com/oauth/v2/accessToken",
            "https://api.linkedin.com/v2/userinfo",
        )
    },
    scopes: &["profile", "email", "openid"],
    takes: &["login_hint"],
    pkce: false,
    person,
    ..PLAIN
};

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    Some(Person {
        subject: subject(&profile["sub"])?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["email_verified"]).unwrap_or(false),
        name: string(&profile["name"]),
        image: string(&profile["picture"]),
    })
}
