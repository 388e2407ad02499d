//! `[auth]`, `[session]`, `[cache]`, `[cookie]`, `[email_password]`, `[email_verification]`, `[password]`, `[users]`.

use serde::Deserialize;

use super::{
    rotation::Secrets,
    units::{Period, Secret, Size},
};

/// `[auth]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Where the auth API lives.
    pub base_path: String,
    /// Where the pages and the forward-auth endpoints live.
    pub ui_path: String,
    /// Key of all signatures, at least 32 bytes. Empty with SQLite: one is generated and kept beside the database.
    pub secret: Secret,
    /// The same while one is replaced: newest first. The first signs, all are accepted, `secret` too.
    pub secrets: Secrets,
    /// Origins besides our own that may call the auth API and be returned to; `*` and `?` are wildcards.
    pub trusted_origins: Vec<String>,
    /// Shown on pages and in mails.
    pub app_name: String,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            base_path: "/api/auth".into(),
            ui_path: "/auth".into(),
            secret: Secret::default(),
            secrets: Secrets::default(),
            trusted_origins: Vec::new(),
            app_name: "Gateway".into(),
        }
    }
}

/// `[session]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// How long a session lives after it was last extended.
    pub expires_in: Period,
    /// A session older than this is extended when it is used.
    pub update_age: Period,
    /// How long after sign-in a session counts as fresh; zero: always.
    pub fresh_age: Period,
    /// Copy of the session in a cookie of its own, for clients that read it. The proxy never believes it.
    pub cookie_cache: CookieCacheConfig,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            expires_in: Period::days(7),
            update_age: Period::days(1),
            fresh_age: Period::days(1),
            cookie_cache: CookieCacheConfig::default(),
        }
    }
}

/// `session.cookie_cache`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CookieCacheConfig {
    /// Off unless set.
    pub enabled: bool,
    /// How long the copy is good.
    pub max_age: Period,
    /// Its form.
    pub strategy: CookieCacheStrategy,
}

impl Default for CookieCacheConfig {
    fn default() -> Self {
        Self { enabled: false, max_age: Period::minutes(5), strategy: CookieCacheStrategy::Compact }
    }
}

/// Form of the cached session cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CookieCacheStrategy {
    /// Signed JSON.
    Compact,
    /// HS256 JWT.
    Jwt,
    /// Encrypted JWT.
    Jwe,
}

/// `[cache]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// Most sessions held.
    pub capacity: u64,
    /// A session is read again from the database at the latest after this.
    pub ttl: Period,
    /// How long an unknown token stays unknown.
    pub negative_ttl: Period,
    /// How long a cached identity is honoured while the database can't be reached.
    pub outage_grace: Period,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            capacity: 100_000,
            ttl: Period::minutes(5),
            negative_ttl: Period::seconds(5),
            outage_grace: Period::seconds(60),
        }
    }
}

/// `[cookie]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CookieConfig {
    /// First part of every cookie's name.
    pub prefix: String,
    /// Whether cookies are `Secure` and named `__Secure-…`.
    pub secure: Secure,
    /// The `SameSite` attribute.
    pub same_site: SameSite,
    /// The `Domain` attribute; empty: none.
    pub domain: String,
}

impl Default for CookieConfig {
    fn default() -> Self {
        Self { prefix: "better-auth".into(), secure: Secure::Auto, same_site: SameSite::Lax, domain: String::new() }
    }
}

/// `cookie.secure`: `"auto"`, `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SecureText")]
pub enum Secure {
    /// Secure when `public_url` is https.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"auto\", true or false")]
enum SecureText {
    Flag(bool),
    Word(String),
}

impl TryFrom<SecureText> for Secure {
    type Error = String;

    fn try_from(value: SecureText) -> Result<Self, String> {
        match value {
            SecureText::Flag(true) => Ok(Self::Always),
            SecureText::Flag(false) => Ok(Self::Never),
            SecureText::Word(word) => match word.as_str() {
                "auto" => Ok(Self::Auto),
                "always" | "true" => Ok(Self::Always),
                "never" | "false" => Ok(Self::Never),
                _ => Err(format!("\"{word}\" is none of \"auto\", true, false")),
            },
        }
    }
}

/// The `SameSite` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// Sent on top-level navigations from other sites.
    Lax,
    /// Never sent from other sites.
    Strict,
    /// Sent from everywhere; needs `Secure`.
    None,
}

/// `[email_password]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailPasswordConfig {
    /// Whether one can sign in by password at all.
    pub enabled: bool,
    /// Whether one can make an account.
    pub sign_up: bool,
    /// Whether an unverified address can't sign in.
    pub require_verification: bool,
    /// Whether signing up signs in.
    pub auto_sign_in: bool,
    /// Fewest characters of a password.
    pub min_length: usize,
    /// Most characters of a password.
    pub max_length: usize,
    /// How long a reset link works.
    pub reset_expires_in: Period,
    /// Whether a reset ends all sessions.
    pub revoke_sessions_on_reset: bool,
}

impl Default for EmailPasswordConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            sign_up: true,
            require_verification: false,
            auto_sign_in: true,
            min_length: 8,
            max_length: 128,
            reset_expires_in: Period::hours(1),
            revoke_sessions_on_reset: false,
        }
    }
}

/// `[email_verification]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailVerificationConfig {
    /// How long a verification link works.
    pub expires_in: Period,
    /// Whether signing up sends one; not said: if `email_password.require_verification` is on.
    pub send_on_sign_up: Option<bool>,
    /// Whether signing in with an address that is not verified, where it must be, sends another one.
    pub send_on_sign_in: bool,
    /// Whether following the link signs in.
    pub auto_sign_in: bool,
}

impl Default for EmailVerificationConfig {
    fn default() -> Self {
        Self { expires_in: Period::minutes(15), send_on_sign_up: None, send_on_sign_in: false, auto_sign_in: false }
    }
}

/// `[password]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordConfig {
    /// Replace old hashes by argon2id at sign-in; false: write scrypt as Better Auth does.
    pub rehash: bool,
    /// Refuse the passwords that everybody tries first.
    pub reject_common: bool,
    /// argon2id memory.
    pub memory: Size,
    /// argon2id passes.
    pub iterations: u32,
    /// argon2id lanes.
    pub parallelism: u32,
    /// Hashes computed at once; 0 means half the cores, at least one.
    pub workers: usize,
    /// Sign-ins that may wait for a worker.
    pub queue: usize,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            rehash: true,
            reject_common: true,
            memory: Size::mib(19),
            iterations: 2,
            parallelism: 1,
            workers: 0,
            queue: 64,
        }
    }
}

/// `[users]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsersConfig {
    /// Users may change their address.
    pub change_email: bool,
    /// A verified address must agree before the new one is asked.
    pub send_change_email_confirmation: bool,
    /// An address that was never verified is changed at once.
    pub update_email_without_verification: bool,
    /// Users may delete their account.
    pub delete_user: bool,
    /// Deleting takes a link that is mailed; otherwise the password or a fresh session is enough.
    pub send_delete_account_verification: bool,
}

impl Default for UsersConfig {
    fn default() -> Self {
        Self {
            change_email: true,
            send_change_email_confirmation: false,
            update_email_without_verification: false,
            delete_user: true,
            send_delete_account_verification: true,
        }
    }
}
