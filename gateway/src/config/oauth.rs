//! `[oauth.<id>]` and `[account_linking]`: providers to sign in with, and when their accounts belong to one user.

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, EncodingKey};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::units::{Period, Secret};

/// `[oauth.<id>]`: what is to be known of a provider. Which of it a provider needs depends on the provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderConfig {
    /// What people call it; empty: its own name, or the id.
    pub name: String,
    /// Who we are there. The first is used, ID tokens for the others are taken too.
    pub client_id: Words,
    /// What proves it.
    pub client_secret: Secret,
    /// What is asked for beyond the usual.
    #[serde(alias = "scopes")]
    pub scope: Words,
    /// Whether the usual is not asked for.
    pub disable_default_scope: bool,
    /// Where people are sent back to; empty: to our callback.
    pub redirect_uri: String,
    /// Where its OpenID Connect configuration is.
    pub discovery_url: String,
    /// Who it says that it is.
    pub issuer: String,
    /// Where people sign in.
    pub authorization_url: String,
    /// Where codes are exchanged.
    pub token_url: String,
    /// Where the profile is.
    pub user_info_url: String,
    /// Where the keys of its ID tokens are.
    pub jwks_url: String,
    /// Where people sign out.
    pub end_session_url: String,
    /// Where people come back to from there.
    pub post_logout_redirect_uri: String,
    /// Whether signing out here leaves it alone.
    pub disable_provider_logout: bool,
    /// Whether codes are bound to us by PKCE.
    pub pkce: Option<bool>,
    /// How the answer comes back: `query` or `form_post`.
    pub response_mode: String,
    /// How we prove who we are when a code is exchanged.
    pub authentication: Option<Authentication>,
    /// More parameters of the address where people sign in.
    pub authorization_params: BTreeMap<String, String>,
    /// More parameters of the exchange.
    pub token_params: BTreeMap<String, String>,
    /// How long access tokens live if it does not say so.
    pub access_token_expires_in: Option<Period>,
    /// `prompt`: whether people are asked again.
    pub prompt: String,
    /// `access_type`: `offline` for a refresh token, with Google.
    pub access_type: String,
    /// Whether Google adds what was granted before; it does unless this says otherwise.
    pub include_granted_scopes: Option<bool>,
    /// The domain that people must belong to, with Google; `*` for any.
    pub hd: String,
    /// The directory, with Microsoft.
    pub tenant_id: String,
    /// The cloud, with Microsoft.
    pub authority: String,
    /// Whether Microsoft is not asked for a picture.
    pub disable_profile_photo: bool,
    /// The configuration of the login, with Facebook.
    pub config_id: String,
    /// More fields of the profile, with Facebook.
    pub fields: Vec<String>,
    /// Permissions of a bot, with Discord.
    pub permissions: Option<u64>,
    /// Our team, with Apple.
    pub team_id: String,
    /// Which key the client secret is signed with, with Apple.
    pub key_id: String,
    /// That key, PEM.
    pub private_key: Secret,
    /// Whose ID tokens are taken besides, with Apple.
    pub app_bundle_identifier: String,
    /// Whom ID tokens must be for, with Apple; empty: us.
    pub audience: Words,
    /// Whether nobody can make an account by it.
    pub disable_sign_up: bool,
    /// Whether somebody makes an account by it only if the page says so.
    pub disable_implicit_sign_up: bool,
    /// Whether ID tokens that clients bring are not taken.
    pub disable_id_token_sign_in: bool,
    /// Whether every sign-in takes name, picture and address from it.
    pub override_user_info_on_sign_in: bool,
    /// Whether nobody signs in whose address is not verified.
    pub require_email_verification: bool,
    /// Which field of the profile is what of the user.
    pub map: ProfileMap,
}

impl ProviderConfig {
    /// The key that client secrets are signed with, with Apple.
    ///
    /// # Errors
    /// When it is none.
    pub fn signing_key(&self) -> Result<EncodingKey, &'static str> {
        // In an environment variable the lines of a key are often joined by a backslash and an n.
        let pem = Zeroizing::new(self.private_key.expose().replace("\\n", "\n"));
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes());
        let der = der.map_err(|_| "holds no private key; it is the text of the file AuthKey_….p8")?;
        let key = EncodingKey::from_ec_der(der.secret_pkcs8_der());
        let tried = jsonwebtoken::crypto::sign(b"", &key, Algorithm::ES256);
        tried.map(|_| key).map_err(|_| "holds no private key of the curve P-256")
    }
}

/// `oauth.<id>.map`: names of fields of the profile; dots lead into objects.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileMap {
    /// Who it is, for a provider that has no ID tokens.
    pub id: String,
    /// The address.
    pub email: String,
    /// Whether the address is verified.
    pub email_verified: String,
    /// The name.
    pub name: String,
    /// The picture.
    pub image: String,
}

/// `oauth.<id>.authentication`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// Id and secret are in the form.
    Post,
    /// Id and secret are in the `Authorization` header.
    Basic,
}

/// Words: a text with spaces or commas between them, or a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Words(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        OneOrMany::One(text.to_owned()).into()
    }
}

impl From<OneOrMany> for Words {
    fn from(value: OneOrMany) -> Self {
        let words = match value {
            OneOrMany::One(one) => one.split([' ', ',']).map(str::to_owned).collect(),
            OneOrMany::Many(many) => many,
        };
        Self(words.into_iter().filter(|word: &String| !word.is_empty()).collect())
    }
}

impl Words {
    /// The first of them; empty for none.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

/// `[account_linking]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountLinkingConfig {
    /// Whether provider accounts can be linked at all.
    pub enabled: bool,
    /// Providers whose addresses are believed.
    pub trusted_providers: Vec<String>,
    /// Encrypt provider tokens at rest.
    pub encrypt_tokens: bool,
    /// Link accounts of other addresses.
    pub allow_different_emails: bool,
    /// Whether signing in links nothing, so that users link accounts themselves.
    pub disable_implicit_linking: bool,
    /// Whether signing in links nothing to a user whose own address is not verified.
    pub require_local_email_verified: bool,
    /// Whether the last account can be taken away.
    pub allow_unlinking_all: bool,
    /// Whether linking takes name and picture from the provider.
    pub update_user_info_on_link: bool,
    /// Whether signing in stores the provider's new tokens.
    pub update_account_on_sign_in: bool,
}

impl Default for AccountLinkingConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            trusted_providers: Vec::new(),
            encrypt_tokens: true,
            allow_different_emails: false,
            disable_implicit_linking: false,
            require_local_email_verified: true,
            allow_unlinking_all: false,
            update_user_info_on_link: false,
            update_account_on_sign_in: true,
        }
    }
}
