//! What the providers answer, as their documentation shows it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

/// All of them.
pub const IDS: [&str; 12] = [
    "apple",
    "discord",
    "facebook",
    "github",
    "gitlab",
    "google",
    "linkedin",
    "microsoft",
    "slack",
    "spotify",
    "twitch",
    "twitter",
];

static ALL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("recorded.json")).expect("recorded.json is JSON"));

/// What one provider answers.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Where people sign in.
    pub authorize: String,
    /// Where codes are exchanged.
    pub token: String,
    /// Where the profile is; empty for none.
    pub user_info: String,
    /// Where the keys of its ID tokens are; empty for none.
    pub keys: String,
    /// Whether it wants HTTP Basic.
    pub basic: bool,
    /// What it posts beside the code, if it posts.
    pub form_post: Option<Value>,
    /// What a code is answered with, beside the tokens.
    pub answer: Value,
    /// What its ID tokens claim, if it has them.
    pub claims: Option<Value>,
    /// Whether the answer holds an ID token.
    pub id_token_in_answer: bool,
    /// Profiles by their address.
    pub profiles: BTreeMap<String, Value>,
    /// Pictures by their address.
    pub pictures: BTreeMap<String, String>,
}

impl Recorded {
    /// Of this provider.
    pub fn of(id: &str) -> Self {
        let recorded = &ALL[id];
        let text = |name: &str| recorded[name].as_str().unwrap_or_default().to_owned();
        let table = |name: &str| recorded[name].as_object().into_iter().flatten();
        Self {
            authorize: text("authorize"),
            token: text("token"),
            user_info: text("user_info"),
            keys: text("keys"),
            basic: recorded["basic"] == true,
            form_post: recorded.get("form_post").cloned(),
            answer: recorded["answer"].clone(),
            claims: recorded.get("claims").cloned(),
            id_token_in_answer: recorded["id_token_in_answer"] != false && recorded.get("claims").is_some(),
            profiles: table("profiles").map(|(at, profile)| (at.clone(), profile.clone())).collect(),
            pictures: table("pictures")
                .map(|(at, picture)| (at.clone(), picture.as_str().unwrap_or_default().to_owned()))
                .collect(),
        }
    }
}

/// What proves who we are.
pub(super) fn secret(id: &str) -> String {
    format!("{id}-secret: a b&c%")
}
