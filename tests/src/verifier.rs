//! The verifier for axum, as `docs/tokens.md` shows it.

use axum::http::{HeaderMap, StatusCode};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use tokio::sync::RwLock;

/// What the gateway says of a user.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Claims {
    /// The id.
    pub sub: String,
    /// The address.
    pub email: String,
    /// The roles, separated by commas.
    pub role: Option<String>,
}

static KEYS: RwLock<JwkSet> = RwLock::const_new(JwkSet { keys: Vec::new() });

async fn key(gateway: &str, kid: &str) -> Option<DecodingKey> {
    if KEYS.read().await.find(kid).is_none() {
        let set = reqwest::get(format!("{gateway}/api/auth/jwks")).await.ok()?.json().await.ok()?;
        *KEYS.write().await = set;
    }
    DecodingKey::from_jwk(KEYS.read().await.find(kid)?).ok()
}

async fn claims(gateway: &str, headers: &HeaderMap) -> Option<Claims> {
    let token = headers.get("x-auth-assertion")?.to_str().ok()?;
    let key = key(gateway, &decode_header(token).ok()?.kid?).await?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&[gateway]);
    rules.set_audience(&["app"]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.leeway = 5;
    Some(decode(token, &key, &rules).ok()?.claims)
}

/// Who a request is from; `gateway` is its `public_url`.
///
/// # Errors
/// 401 for nobody.
pub async fn user(gateway: &str, headers: &HeaderMap) -> Result<Claims, StatusCode> {
    claims(gateway, headers).await.ok_or(StatusCode::UNAUTHORIZED)
}
