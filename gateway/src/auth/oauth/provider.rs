//! What is known of a provider: a table of facts, filled in by the settings.

use std::{future::Future, pin::Pin};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{discovery::Discovery, id_token::Keys, outbound::Outbound};
use crate::config::{Authentication, ProviderConfig, Secret};

/// Parameters of a request, in their order.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// Makes a client secret that is good at that time.
pub(crate) type MakeSecret = fn(&ProviderConfig, DateTime<Utc>) -> Option<Secret>;

/// What holds of a provider wherever it is configured. Each named one is a constant of this type.
pub(crate) struct Facts {
    /// Its id, in addresses and in `[oauth.<id>]`.
    pub(crate) id: &'static str,
    /// What people call it.
    pub(crate) name: &'static str,
    /// Where it is, before single addresses are replaced by the settings.
    pub(crate) endpoints: fn(&ProviderConfig) -> Endpoints,
    /// What is asked for by default.
    pub(crate) scopes: &'static [&'static str],
    /// Whether the scopes of a request stand before those of the settings.
    pub(crate) wishes_first: bool,
    /// `response_type`.
    pub(crate) response_type: &'static str,
    /// `response_mode`, unless the settings say another; empty: none is sent.
    pub(crate) response_mode: &'static str,
    /// `prompt`, unless the settings say another; empty: none is sent.
    pub(crate) prompt: &'static str,
    /// Which of `login_hint`, `prompt`, `hd`, `access_type`, `response_mode` it is sent if they are given.
    pub(crate) takes: &'static [&'static str],
    /// Parameters behind all others, for these scopes.
    pub(crate) extra: fn(&ProviderConfig, &[String]) -> Parameters,
    /// Whether codes are bound to us by PKCE, unless the settings say otherwise.
    pub(crate) pkce: bool,
    /// Whether an ID token must carry the nonce of the flow. Only where its keys are known.
    pub(crate) nonce: bool,
    /// How we prove who we are, unless the settings say otherwise.
    pub(crate) authentication: Authentication,
    /// The client secret, where it is made and not configured.
    pub(crate) secret: Option<MakeSecret>,
    /// Whether the exchange answers errors under status 200.
    pub(crate) tells_errors_as_success: bool,
    /// More parameters of a refresh.
    pub(crate) refresh_extra: fn(&ProviderConfig) -> Parameters,
    /// Where the profile comes from.
    pub(crate) profile: Profile,
    /// What the profile says; `None` for one that must not sign in.
    pub(crate) person: fn(&Value, &ProviderConfig) -> Option<Person>,
    /// How ID tokens are judged that clients bring; none are taken without.
    pub(crate) id_token: Option<fn(&ProviderConfig, &Endpoints) -> IdTokenRules>,
    /// The profile behind an ID token that a client brought, where it is not the token's claims.
    pub(crate) brought: Option<Gather>,
}

/// Where a provider is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// Where people sign in.
    pub(crate) authorization: String,
    /// Where codes are exchanged.
    pub(crate) token: String,
    /// Where the profile is; empty for none.
    pub(crate) user_info: String,
    /// Where the keys of its ID tokens are; empty for none.
    pub(crate) jwks: String,
    /// Where people sign out; empty for none.
    pub(crate) end_session: String,
    /// Who it says that it is; empty: whoever.
    pub(crate) issuer: String,
    /// What ID tokens are signed with; empty: not said.
    pub(crate) algorithms: Vec<String>,
}

/// Where a profile comes from.
pub(crate) enum Profile {
    /// From the claims of the ID token that came with the access token, from the provider itself.
    IdToken,
    /// From where the settings say that it is, for the access token.
    Get,
    /// From several places.
    Gathered(Gather),
}

/// Gathers a profile; `None` when it is not to be had.
pub(crate) type Gather = for<'a> fn(Asking<'a>) -> Gathering<'a>;

/// A profile on its way.
pub(crate) type Gathering<'a> = Pin<Box<dyn Future<Output = Option<Told>> + Send + 'a>>;

/// What a provider told of a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// The profile.
    pub(crate) profile: Value,
    /// Whether the address in it is verified, where the profile itself does not say so.
    pub(crate) verified: Option<bool>,
}

impl From<Value> for Told {
    fn from(profile: Value) -> Self {
        Self { profile, verified: None }
    }
}

/// What a profile is asked for with.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// Sends requests.
    pub(crate) outbound: &'a Outbound,
    /// Who is asked.
    pub(crate) provider: &'a Provider,
    /// Where.
    pub(crate) endpoints: &'a Endpoints,
    /// With which tokens.
    pub(crate) tokens: &'a Tokens,
    /// What came beside the code: Apple's `user`, as JSON.
    pub(crate) user: Option<&'a Value>,
    /// What the ID token must carry.
    pub(crate) nonce: Option<&'a str>,
    /// The time.
    pub(crate) now: DateTime<Utc>,
}

/// How an ID token is judged.
#[derive(Debug, Clone)]
pub(crate) struct IdTokenRules {
    /// Where the keys are.
    pub(crate) jwks: String,
    /// Who may have issued it; empty: it is judged by `claims`.
    pub(crate) issuers: Vec<String>,
    /// Whom it must be for: one of these.
    pub(crate) audiences: Vec<String>,
    /// What it may be signed with; empty: with what its key is for, but never with a shared secret.
    pub(crate) algorithms: Vec<String>,
    /// How old it may be.
    pub(crate) max_age: Option<TimeDelta>,
    /// Whether its nonce may be the SHA-256 of the one that is expected, in hex.
    pub(crate) hashed_nonce: bool,
    /// What else must hold of its claims.
    pub(crate) claims: Option<fn(&Value, &ProviderConfig) -> bool>,
    /// Whether a text that is no JWT is taken for an access token, to be judged by the profile.
    pub(crate) allow_opaque: bool,
}

/// What a provider says of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// Who it is, there. Never empty.
    pub(crate) subject: String,
    /// The address, as the provider spells it.
    pub(crate) email: Option<String>,
    /// Whether the provider has proof of it.
    pub(crate) email_verified: bool,
    /// The name.
    pub(crate) name: Option<String>,
    /// URL of a picture.
    pub(crate) image: Option<String>,
}

/// What a provider gave for a code or a refresh token.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    /// For its API.
    pub(crate) access: Option<Secret>,
    /// For a new one.
    pub(crate) refresh: Option<Secret>,
    /// Who signed in.
    pub(crate) id: Option<Secret>,
    /// When the access token ends.
    pub(crate) access_ends: Option<DateTime<Utc>>,
    /// When the refresh token ends.
    pub(crate) refresh_ends: Option<DateTime<Utc>>,
    /// What was granted.
    pub(crate) scopes: Vec<String>,
}

/// A provider as configured.
pub(crate) struct Provider {
    /// Its id.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// What holds of it.
    pub(crate) facts: &'static Facts,
    /// The settings.
    pub(crate) config: ProviderConfig,
    /// Where it is.
    pub(crate) discovery: Discovery,
    /// The keys of its ID tokens.
    pub(crate) keys: Keys,
}

impl Provider {
    /// A provider of this id with these settings.
    pub(crate) fn new(id: &str, facts: &'static Facts, config: &ProviderConfig) -> Self {
        let known = if facts.name.is_empty() { id } else { facts.name };
        Self {
            id: id.to_owned(),
            name: if config.name.is_empty() { known } else { &config.name }.to_owned(),
            facts,
            config: config.clone(),
            discovery: Discovery::new(facts, config),
            keys: Keys::default(),
        }
    }

    /// Who we are there.
    pub(crate) fn client_id(&self) -> &str {
        self.config.client_id.first()
    }

    /// What proves it; none for a public client.
    pub(crate) fn client_secret(&self, now: DateTime<Utc>) -> Option<Secret> {
        let made = self.facts.secret.and_then(|make| make(&self.config, now));
        made.or_else(|| Some(self.config.client_secret.clone())).filter(|secret| !secret.is_empty())
    }
}

/// A boolean that some providers write as a text.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

/// Who a person is at a provider. What a program writes for nobody is nobody.
pub(crate) fn subject(value: &Value) -> Option<String> {
    text(value).filter(|id| !id.trim().is_empty() && !matches!(id.as_str(), "null" | "undefined"))
}

/// A text, or a number as one: ids are either. Empty ones are none.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
