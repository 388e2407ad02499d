//! Spotify. It never tells whether an address is verified, so none is.

use serde_json::Value;

use super::{PLAIN, at, string};
use crate::{
    auth::oauth::provider::{Facts, Person, subject, text},
    config::ProviderConfig,
};

pub(super) const FACTS: Facts = Facts {
    id: "spotify",
    name: "Spotify",
    endpoints: |_| {
        at(
            "https://accounts.spotify.com/authorize",
            "https://accounts.spotify.com/api/token",
            "https://api.spotify.com/v1/me",
        )
    },
    scopes: &["user-read-email"],
    person,
    ..PLAIN
};

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    Some(Person {
        subject: subject(&profile["id"])?,
        email: text(&profile["email"]),
        email_verified: false,
        name: string(&profile["display_name"]),
        image: string(&profile["images"][0]["url"]),
    })
}
