//! `[username]`, `[anonymous]`, `[multi_session]`, `[one_time_token]`.

use serde::Deserialize;

use super::units::Period;

/// `[username]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsernameConfig {
    /// Whether users may have a name to sign in with.
    pub enabled: bool,
    /// Fewest characters of a name.
    pub min_username_length: usize,
    /// Most characters of a name.
    pub max_username_length: usize,
    /// Whether a name that is set stays.
    pub immutable_username: bool,
    /// Whether the name is also kept as its owner wrote it.
    pub display_username: bool,
    /// The form in which names are stored and looked up.
    pub username_normalization: Normalization,
    /// The form in which names are kept as written.
    pub display_username_normalization: Normalization,
    /// What a name must match, a regular expression.
    pub username_validator: String,
    /// What a name as written must match; empty: anything.
    pub display_username_validator: String,
    /// Whether names are judged as they were sent or in their form.
    pub validation_order: ValidationOrders,
}

impl Default for UsernameConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            min_username_length: 3,
            max_username_length: 30,
            immutable_username: false,
            display_username: true,
            username_normalization: Normalization::Lowercase,
            display_username_normalization: Normalization::None,
            username_validator: "^[a-zA-Z0-9_.]+$".into(),
            display_username_validator: String::new(),
            validation_order: ValidationOrders::default(),
        }
    }
}

/// What is done to a name before it is stored or looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalization {
    /// It is put in lower case.
    Lowercase,
    /// Nothing.
    None,
}

/// `username.validation_order`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValidationOrders {
    /// For names.
    pub username: ValidationOrder,
    /// For names as written.
    pub display_username: ValidationOrder,
}

/// Which form of a name is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidationOrder {
    /// As it was sent.
    #[default]
    PreNormalization,
    /// As it is stored.
    PostNormalization,
}

/// `[anonymous]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnonymousConfig {
    /// Whether one may sign in without an address.
    pub enabled: bool,
    /// Domain of the made-up addresses; empty: one that leads nowhere.
    pub email_domain_name: String,
    /// What such users are called.
    pub name: String,
    /// Whether they stay, even after a sign-in with another account.
    pub disable_delete_anonymous_user: bool,
}

impl Default for AnonymousConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            email_domain_name: String::new(),
            name: "Anonymous".into(),
            disable_delete_anonymous_user: false,
        }
    }
}

/// `[multi_session]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultiSessionConfig {
    /// Whether a browser may keep sessions of several users.
    pub enabled: bool,
    /// How many.
    pub maximum_sessions: usize,
}

impl Default for MultiSessionConfig {
    fn default() -> Self {
        Self { enabled: false, maximum_sessions: 5 }
    }
}

/// `[one_time_token]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneTimeTokenConfig {
    /// Whether a session can be handed on by a token.
    pub enabled: bool,
    /// How long the token is good.
    pub expires_in: Period,
    /// Whether browsers may not ask for one.
    pub disable_client_request: bool,
    /// Whether exchanging it leaves the cookies alone.
    pub disable_set_session_cookie: bool,
    /// How it is stored.
    pub store_token: StoreToken,
    /// Whether each new session comes with one, in the header `set-ott`.
    pub set_ott_header_on_new_session: bool,
}

impl Default for OneTimeTokenConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            expires_in: Period::minutes(3),
            disable_client_request: false,
            disable_set_session_cookie: false,
            store_token: StoreToken::Plain,
            set_ott_header_on_new_session: false,
        }
    }
}

/// How a token is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreToken {
    /// As it is.
    Plain,
    /// Its SHA-256.
    Hashed,
}
