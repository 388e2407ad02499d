//! `[magic_link]`, `[email_otp]`, `[last_login_method]`.

use serde::Deserialize;

use crate::config::Period;

/// `[magic_link]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MagicLinkConfig {
    /// Off unless set.
    pub enabled: bool,
    /// How long a link works.
    pub expires_in: Period,
    /// Whether a link lets in only those who have an account.
    pub disable_sign_up: bool,
    /// How the secret of a link is kept.
    pub store_token: TokenForm,
    /// A link works once; nothing else can be said.
    pub allowed_attempts: u32,
}

impl Default for MagicLinkConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            expires_in: Period::minutes(5),
            disable_sign_up: false,
            store_token: TokenForm::Plain,
            allowed_attempts: 1,
        }
    }
}

/// How the secret of a link is kept in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenForm {
    /// As it is.
    Plain,
    /// Its SHA-256.
    Hashed,
}

/// `[email_otp]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailOtpConfig {
    /// Off unless set.
    pub enabled: bool,
    /// Digits of a code.
    pub otp_length: usize,
    /// How long a code works.
    pub expires_in: Period,
    /// Wrong guesses after which a code is of no use.
    pub allowed_attempts: u32,
    /// Whether signing up sends a code that proves the address.
    pub send_verification_on_sign_up: bool,
    /// Whether a code lets in only those who have an account.
    pub disable_sign_up: bool,
    /// How a code is kept.
    pub store_otp: CodeForm,
    /// Whether addresses are proved by codes wherever a link would be sent.
    pub override_default_email_verification: bool,
    /// What is sent to somebody who asks again.
    pub resend_strategy: Resend,
    /// Moving an account to another address by codes.
    pub change_email: CodeChangeEmailConfig,
}

impl Default for EmailOtpConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            otp_length: 6,
            expires_in: Period::minutes(5),
            allowed_attempts: 3,
            send_verification_on_sign_up: false,
            disable_sign_up: false,
            store_otp: CodeForm::Plain,
            override_default_email_verification: false,
            resend_strategy: Resend::Rotate,
            change_email: CodeChangeEmailConfig::default(),
        }
    }
}

/// How a code is kept in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeForm {
    /// As it is.
    Plain,
    /// Its SHA-256.
    Hashed,
    /// Encrypted under `auth.secret`.
    Encrypted,
}

/// What is sent to somebody who asks for a code again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resend {
    /// A new code; the one before is of no use any more.
    Rotate,
    /// The same code while it works, for as long again; not where it is kept hashed.
    Reuse,
}

/// `email_otp.change_email`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CodeChangeEmailConfig {
    /// Off unless set.
    pub enabled: bool,
    /// Whether it takes a code sent to the old address, too.
    pub verify_current_email: bool,
}

/// `[last_login_method]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LastLoginMethodConfig {
    /// Off unless set.
    pub enabled: bool,
    /// Full name of the cookie.
    pub cookie_name: String,
    /// How long the browser keeps it.
    pub max_age: Period,
    /// Whether it is noted with the user as well.
    pub store_in_database: bool,
}

impl Default for LastLoginMethodConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            cookie_name: "better-auth.last_used_login_method".into(),
            max_age: Period::days(30),
            store_in_database: false,
        }
    }
}
