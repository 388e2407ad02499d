//! Sign-in by a link sent by mail. A link works once and for a few minutes, and makes an account for who has none.
//!
//! What a link stands for is kept under its secret; using it uses up the other links of the same mailbox.

pub(crate) mod send;
mod verify;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{
    Flow,
    endpoint::{Routes, get, post},
    error,
    limit::Limit,
    view::Status,
};
use crate::{app::App, config::TokenForm};

/// Off unless enabled.
pub(crate) const FLOW: Flow =
    Flow { id: "magic_link", enabled: |config| config.magic_link.enabled, routes, limits: LIMITS };

const LIMITS: &[Limit] = &[Limit::new("/sign-in/magic-link*", 60, 5), Limit::new("/magic-link/verify*", 60, 5)];

/// What the names begin with under which links are kept.
const KIND: &str = "magic-link:";

fn routes() -> Routes {
    Routes::new()
        .route(
            "/sign-in/magic-link",
            post(send::answer)
                .says("Mails a link that signs its reader in. The answer is the same whoever has the address.")
                .answers::<Status>(),
        )
        .route(
            "/magic-link/verify",
            get(verify::answer)
                .says("Where the link in a mail leads: signs in, and redirects to where the link says.")
                .answers::<verify::Answer<'_>>()
                .redirects()
                .refuses(&[error::BANNED_USER]),
        )
}

/// What a link is kept under.
fn identifier(app: &App, secret: &str) -> String {
    match app.config.magic_link.store_token {
        TokenForm::Plain => format!("{KIND}{secret}"),
        TokenForm::Hashed => format!("{KIND}{}", URL_SAFE_NO_PAD.encode(Sha256::digest(secret))),
    }
}
