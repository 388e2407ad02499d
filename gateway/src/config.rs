//! The configuration as written: one struct per section, defaults in `Default`, nothing compiled yet.
//!
//! Keys and defaults are those of the reference `gateway.toml`. Loading (file, environment, flags) is in
//! [`load`], which also finds what deserialises but can't be served (`validate`).

mod address;
mod admin;
mod audit;
mod auth;
mod derived;
mod flows;
mod identity_headers;
mod jwt;
mod key;
pub mod load;
mod mail;
mod names;
mod oauth;
mod problem;
mod rotation;
mod route;
pub mod secret;
mod server;
mod units;
mod validate;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use address::{ListenAddress, Scheme, ServerAddress};
pub use admin::{Actions, AdminConfig};
pub use audit::AuditConfig;
pub use auth::{
    AuthConfig, CacheConfig, CookieCacheConfig, CookieCacheStrategy, CookieConfig, EmailPasswordConfig,
    EmailVerificationConfig, PasswordConfig, SameSite, Secure, SessionConfig, UsersConfig,
};
pub use flows::{
    BearerConfig, CodeChangeEmailConfig, CodeForm, CorsConfig, EmailOtpConfig, Flow, LastLoginMethodConfig,
    MagicLinkConfig, RateLimitConfig, RateLimitRule, RateLimitStore, Resend, TokenForm,
};
pub use identity_headers::IdentityField;
pub use jwt::JwtConfig;
pub use key::{Key, Step};
pub(crate) use load::wording::nearest;
pub use mail::{MailConfig, MailTransport, Sender, SmtpServer, SmtpTls};
pub use names::{
    AnonymousConfig, MultiSessionConfig, Normalization, OneTimeTokenConfig, StoreToken, UsernameConfig,
    ValidationOrder, ValidationOrders,
};
pub use oauth::{AccountLinkingConfig, Authentication, ProfileMap, ProviderConfig, Words};
pub use problem::{Place, Problem};
pub use rotation::{Keyring, Secrets, VersionedSecret};
pub use route::{
    Access, AssertionSwitch, Balance, CorsSwitch, Freshness, HeaderPreset, HealthConfig, IdentityHeadersConfig,
    RouteConfig, UpstreamConfig,
};
pub use server::{Certificate, DatabaseConfig, Listen, LogFormat, ServerConfig, TelemetryConfig, TlsConfig};
pub use units::{Period, Secret, Size};

/// Everything the gateway can be told; see the reference `gateway.toml` for the meaning of each key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Listeners, proxies that are trusted, limits.
    pub server: ServerConfig,
    /// Certificates of the TLS listener; none means plain HTTP.
    pub tls: TlsConfig,
    /// Where accounts and sessions live.
    pub database: DatabaseConfig,
    /// The auth API's place, secret and trusted origins.
    pub auth: AuthConfig,
    /// Lifetime of sessions.
    pub session: SessionConfig,
    /// Identities held in memory.
    pub cache: CacheConfig,
    /// Names and attributes of cookies.
    pub cookie: CookieConfig,
    /// Sign-up and sign-in by e-mail and password.
    pub email_password: EmailPasswordConfig,
    /// Verification of e-mail addresses.
    pub email_verification: EmailVerificationConfig,
    /// How mails leave.
    pub mail: MailConfig,
    /// Limits of the auth API.
    pub rate_limit: RateLimitConfig,
    /// Cross-origin answers.
    pub cors: CorsConfig,
    /// Hashing and rules of passwords.
    pub password: PasswordConfig,
    /// What users may do with their own account.
    pub users: UsersConfig,
    /// Linking of provider accounts.
    pub account_linking: AccountLinkingConfig,
    /// Session tokens in the `Authorization` header.
    pub bearer: BearerConfig,
    /// Roles and the admin API.
    pub admin: AdminConfig,
    /// Tokens signed for services.
    pub jwt: JwtConfig,
    /// Sign-in by mailed link.
    pub magic_link: MagicLinkConfig,
    /// Sign-in by mailed code.
    pub email_otp: EmailOtpConfig,
    /// Sign-in by user name.
    pub username: UsernameConfig,
    /// Accounts without an address.
    pub anonymous: AnonymousConfig,
    /// Several accounts in one browser.
    pub multi_session: MultiSessionConfig,
    /// Tokens that move a session to another domain.
    pub one_time_token: OneTimeTokenConfig,
    /// Remembers how a browser signed in last.
    pub last_login_method: LastLoginMethodConfig,
    /// TOTP and codes as a second factor.
    pub two_factor: Flow,
    /// WebAuthn.
    pub passkey: Flow,
    /// Organizations and teams.
    pub organization: Flow,
    /// Keys for machines.
    pub api_key: Flow,
    /// Sign-in of devices without a keyboard.
    pub device_authorization: Flow,
    /// The API's own description.
    pub open_api: Flow,
    /// Providers to sign in with, by id.
    pub oauth: BTreeMap<String, ProviderConfig>,
    /// Headers that carry the identity to the upstream.
    pub identity_headers: IdentityHeadersConfig,
    /// Named groups of servers.
    pub upstreams: BTreeMap<String, UpstreamConfig>,
    /// Who may go where; the first match wins.
    pub routes: Vec<RouteConfig>,
    /// Who did what, and how long that stays.
    pub audit: AuditConfig,
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
}
