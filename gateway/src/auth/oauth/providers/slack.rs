//! Slack. People are known by the claim that names them within their workspace.

use serde_json::Value;

use super::{PLAIN, at, first_of};
use crate::{
    auth::oauth::provider::{Facts, Person, flag, subject, text},
    config::ProviderConfig,
};

pub(super) const FACTS: Facts = Facts {
    id: "slack",
    name: "Slack",
    endpoints: |_| {
        at(
            "https://slack.com/openid/connect/authorize",
            "https://slack.com/api/openid.connect.token",
            "https://slack.com/api/openid.connect.userInfo",
        )
    },
    scopes: &["openid", "profile", "email"],
    wishes_first: true,
    pkce: false,
    person,
    ..PLAIN
};

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    let pictures = [&profile["picture"], &profile["https://slack.com/user_image_512"]];
    Some(Person {
        subject: subject(&profile["https://slack.com/user_id"])?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["email_verified"]).unwrap_or(false),
        name: first_of(&[&profile["name"]]),
        image: pictures.into_iter().find_map(text),
    })
}
