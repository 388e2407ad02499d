//! Tokens that hand a session on, for instance to another domain: `/one-time-token/generate`, `/one-time-token/verify`.
//! Contract: plugins, section 12.

mod generate;
mod verify;

pub(crate) use generate::announce;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{
    Flow,
    endpoint::{Routes, get, post},
    multi_session::Pair,
};
use crate::config::StoreToken;

/// Off unless configured.
pub(crate) const FLOW: Flow =
    Flow { id: "one_time_token", enabled: |config| config.one_time_token.enabled, routes, limits: &[] };

fn routes() -> Routes {
    Routes::new()
        .route(
            "/one-time-token/generate",
            get(generate::answer).says("Makes a token that stands for the session once."),
        )
        .route(
            "/one-time-token/verify",
            post(verify::answer)
                .says("Exchanges a token for the session that it stands for; it works once.")
                .answers::<Pair<'_>>(),
        )
}

/// What a token is stored under.
fn identifier(how: StoreToken, token: &str) -> String {
    match how {
        StoreToken::Plain => format!("one-time-token:{token}"),
        StoreToken::Hashed => format!("one-time-token:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(token))),
    }
}
