//! Discord. Pictures are at its CDN, under names that are made of the profile.

use serde_json::Value;

use super::{PLAIN, at, first_of, object_at, string};
use crate::{
    auth::oauth::provider::{Asking, Facts, Gathering, Person, Profile, flag, subject, text},
    config::ProviderConfig,
};

pub(super) const FACTS: Facts = Facts {
    id: "discord",
    name: "Discord",
    endpoints: |_| {
        at(
            "https://discord.com/api/oauth2/authorize",
            "https://discord.com/api/oauth2/token",
            "https://discord.com/api/users/@me",
        )
    },
    scopes: &["identify", "email"],
    wishes_first: true,
    prompt: "none",
    takes: &["prompt"],
    extra: |config, scopes| match config.permissions {
        Some(permissions) if scopes.iter().any(|scope| scope == "bot") => {
            vec![("permissions", permissions.to_string())]
        }
        _ => Vec::new(),
    },
    pkce: false,
    profile: Profile::Gathered(gather),
    person,
    ..PLAIN
};

fn gather(asking: Asking<'_>) -> Gathering<'_> {
    Box::pin(async move {
        let mut profile = object_at(asking, &asking.endpoints.user_info).await?;
        profile["image_url"] = picture(&profile).into();
        Some(profile.into())
    })
}

/// The person's own picture, moving if its name says so, or one of those for everybody.
pub(super) fn picture(profile: &Value) -> String {
    let id = text(&profile["id"]).unwrap_or_default();
    if let Some(hash) = profile["avatar"].as_str() {
        let form = if hash.starts_with("a_") { "gif" } else { "png" };
        return format!("https://cdn.discordapp.com/avatars/{id}/{hash}.{form}");
    }
    let discriminator = text(&profile["discriminator"]).unwrap_or_default();
    let number = match discriminator.as_str() {
        "0" => (id.parse().unwrap_or(0_u64) >> 22) % 6,
        old => old.parse().unwrap_or(0_u64) % 5,
    };
    format!("https://cdn.discordapp.com/embed/avatars/{number}.png")
}

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    Some(Person {
        subject: subject(&profile["id"])?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["verified"]).unwrap_or(false),
        name: first_of(&[&profile["global_name"], &profile["username"]]),
        image: string(&profile["image_url"]),
    })
}
