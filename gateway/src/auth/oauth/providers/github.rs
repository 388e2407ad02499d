//! GitHub. An address that is kept private is not in the profile, and whether one is verified never is: both are in the
//! list of addresses.

use serde_json::Value;

use super::{PLAIN, at, first_of, object_at, string};
use crate::{
    auth::oauth::provider::{Asking, Facts, Gathering, Person, Profile, Told, subject, text},
    config::ProviderConfig,
};

pub(super) const FACTS: Facts = Facts {
    id: "github",
    name: "GitHub",
    endpoints: |_| {
        at(
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            "https://api.github.com/user",
        )
    },
    scopes: &["read:user", "user:email"],
    takes: &["login_hint", "prompt"],
    tells_errors_as_success: true,
    profile: Profile::Gathered(gather),
    person,
    ..PLAIN
};

fn gather(asking: Asking<'_>) -> Gathering<'_> {
    Box::pin(async move {
        let url = &asking.endpoints.user_info;
        let profile = object_at(asking, url).await?;
        let emails = asking.outbound.get_json(&format!("{url}/emails"), asking.tokens.access.as_ref()).await;
        Some(with_addresses(profile, &emails.unwrap_or_default()))
    })
}

/// The profile with an address, the public one or else the primary one, and what the list says of it.
pub(super) fn with_addresses(mut profile: Value, emails: &Value) -> Told {
    let listed = emails.as_array().map_or(&[][..], Vec::as_slice);
    if text(&profile["email"]).is_none() && !listed.is_empty() {
        let chosen = listed.iter().find(|entry| entry["primary"] == true).or(listed.first());
        profile["email"] = chosen.map(|entry| entry["email"].clone()).unwrap_or_default();
    }
    let entry = listed.iter().find(|entry| entry["email"].is_string() && entry["email"] == profile["email"]);
    let verified = entry.is_some_and(|entry| entry["verified"] == true);
    Told { profile, verified: Some(verified) }
}

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    Some(Person {
        subject: subject(&profile["id"])?,
        email: text(&profile["email"]),
        email_verified: false,
        name: first_of(&[&profile["name"], &profile["login"]]),
        image: string(&profile["avatar_url"]),
    })
}
