//! `[rate_limit]`, `[cors]`, `[bearer]` and the optional flows.

use serde::Deserialize;

use super::units::Period;

mod by_mail;

pub use by_mail::{
    CodeChangeEmailConfig, CodeForm, EmailOtpConfig, LastLoginMethodConfig, MagicLinkConfig, Resend, TokenForm,
};

/// `[rate_limit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitConfig {
    /// On unless turned off.
    pub enabled: bool,
    /// Window of the general limit.
    pub window: Period,
    /// Requests in the window.
    pub max: u32,
    /// Own rules, before all others.
    pub rules: Vec<RateLimitRule>,
    /// Where counters are kept.
    pub store: RateLimitStore,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        Self { enabled: true, window: Period::seconds(10), max: 100, rules: Vec::new(), store: RateLimitStore::Memory }
    }
}

/// One entry of `rate_limit.rules`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitRule {
    /// Path below the base path; `*` is a wildcard.
    pub path: String,
    /// Window.
    pub window: Period,
    /// Requests in the window.
    pub max: u32,
}

impl Default for RateLimitRule {
    fn default() -> Self {
        Self { path: String::new(), window: Period::seconds(10), max: 100 }
    }
}

/// Where rate-limit counters are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RateLimitStore {
    /// In this process.
    Memory,
    /// In the database.
    Database,
    /// In Redis.
    Redis,
}

/// `[cors]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// Origins that may read answers; empty: `auth.trusted_origins`.
    pub origins: Vec<String>,
    /// How long a preflight answer is kept.
    pub max_age: Period,
}

impl Default for CorsConfig {
    fn default() -> Self {
        Self { origins: Vec::new(), max_age: Period::minutes(10) }
    }
}

/// `[bearer]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BearerConfig {
    /// Whether session tokens are accepted in `Authorization`.
    pub enabled: bool,
    /// Whether they must be signed.
    pub require_signature: bool,
}

impl Default for BearerConfig {
    fn default() -> Self {
        Self { enabled: true, require_signature: false }
    }
}

/// A flow that is off unless enabled; its options are read by the flow itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Flow {
    /// Off unless set.
    pub enabled: bool,
    /// The flow's own options.
    #[serde(flatten)]
    pub options: toml::Table,
}
