//! X. The token endpoint wants HTTP Basic. The address is asked for apart, because not every app may know it; without one
//! the account gets an address that can't exist.

use serde_json::Value;

use super::{PLAIN, at, object_at, string, with_parameter};
use crate::{
    auth::oauth::provider::{Asking, Facts, Gathering, Person, Profile, subject, text},
    config::{Authentication, ProviderConfig},
};

pub(super) const FACTS: Facts = Facts {
    id: "twitter",
    name: "Twitter",
    endpoints: |_| {
        at("https://x.com/i/oauth2/authorize", "https://api.x.com/2/oauth2/token", "https://api.x.com/2/users/me")
    },
    scopes: &["users.read", "tweet.read", "offline.access", "users.email"],
    authentication: Authentication::Basic,
    profile: Profile::Gathered(gather),
    person,
    ..PLAIN
};

fn gather(asking: Asking<'_>) -> Gathering<'_> {
    Box::pin(async move {
        let field = |name: &str| with_parameter(&asking.endpoints.user_info, "user.fields", name);
        let mut profile = object_at(asking, &field("profile_image_url")).await?;
        let with_email = object_at(asking, &field("confirmed_email")).await;
        let email = with_email.and_then(|answer| text(&answer["data"]["confirmed_email"]));
        if let (Some(email), Some(data)) = (email, profile["data"].as_object_mut()) {
            data.insert("email".to_owned(), email.into());
        }
        Some(profile.into())
    })
}

/// The only address that a profile can have is the confirmed one.
fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    let data = &profile["data"];
    let subject = subject(&data["id"])?;
    let email = text(&data["email"]);
    Some(Person {
        email_verified: email.is_some(),
        email: email.or_else(|| Some(format!("{subject}@twitter.placeholder.invalid"))),
        name: string(&data["name"]),
        image: string(&data["profile_image_url"]),
        subject,
    })
}
