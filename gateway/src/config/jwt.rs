//! `[jwt]`

use std::collections::BTreeMap;

use serde::Deserialize;

use super::units::Period;

/// `[jwt]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JwtConfig {
    /// Whether tokens are issued.
    pub enabled: bool,
    /// Signature algorithm of new keys.
    pub algorithm: String,
    /// Bits of new RSA keys.
    pub modulus_length: u32,
    /// Lifetime of a token.
    pub expires_in: Period,
    /// `iss`; empty: the public URL.
    pub issuer: String,
    /// `aud`; empty: the public URL.
    pub audience: String,
    /// Which fields of the user are among the claims; none: all.
    pub fields: Option<Vec<String>>,
    /// Further claims: values, or `{ user = "field" }` for a field of the user.
    pub claims: BTreeMap<String, toml::Value>,
    /// How long a key signs; none: until it is replaced by hand.
    pub rotation_interval: Option<Period>,
    /// How long a key that signs no more is still shown and accepted.
    pub grace_period: Period,
    /// Leave the token out of answers to get-session.
    pub disable_setting_jwt_header: bool,
    /// Keep private keys as they are.
    pub disable_private_key_encryption: bool,
}

impl Default for JwtConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            algorithm: "EdDSA".into(),
            modulus_length: 2048,
            expires_in: Period::minutes(15),
            issuer: String::new(),
            audience: String::new(),
            fields: None,
            claims: BTreeMap::new(),
            rotation_interval: None,
            grace_period: Period::days(30),
            disable_setting_jwt_header: false,
            disable_private_key_encryption: false,
        }
    }
}

impl JwtConfig {
    /// The field of the user that a claim is to show, if it is written as `{ user = "field" }`.
    pub fn user_field(claim: &toml::Value) -> Option<&str> {
        let table = claim.as_table().filter(|table| table.len() == 1)?;
        table.get("user")?.as_str()
    }
}
