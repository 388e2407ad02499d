//! Tokens that services check by themselves, with nothing but the public keys: `/token`, `/jwks`, and the header
//! `set-auth-jwt` on answers to get-session.
//!
//! Better Auth's jwt plugin (contract plugins §2). A token also names its session, so that the gateway itself takes it
//! only while that lives; see `identity/tokens.rs`.

mod claims;
mod jwks;
mod token;

use super::{
    Flow,
    endpoint::{Routes, get},
    extract::Current,
    jar::Jar,
};
use crate::{app::App, identity::keys::NoKey};

/// On unless turned off.
pub(crate) const FLOW: Flow = Flow { id: "jwt", enabled: |config| config.jwt.enabled, routes, limits: &[] };

fn routes() -> Routes {
    Routes::new()
        .route("/token", get(token::answer).says("Gives a signed token about the user, for services that check it."))
        .route("/jwks", get(jwks::answer).says("Lists the public keys that tokens are checked with."))
}

/// Lets a token go out with the answer. The answer is good without it, too.
pub(crate) async fn hand_over(app: &App, current: &Current, jar: &Jar) {
    if !app.config.jwt.enabled || app.config.jwt.disable_setting_jwt_header {
        return;
    }
    match issue(app, current).await {
        Ok(token) => jar.set_jwt(token),
        Err(error) => tracing::warn!(%error, "a token could not be signed"),
    }
}

async fn issue(app: &App, current: &Current) -> Result<http::HeaderValue, NoKey> {
    let tokens = app.identity.tokens().ok_or(NoKey::Unusable("tokens are off"))?;
    tokens.issue(&current.known, || claims::of(app, &current.user)).await
}
