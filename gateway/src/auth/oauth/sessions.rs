//! Sessions that began at an OpenID provider: remembering which, so that the provider can end them.

use super::{
    id_token,
    provider::{Provider, Tokens, text},
};
use crate::{
    app::App,
    store::{ProviderSession, Session},
};

/// Remembers by which ID token a session began. The session is good without it.
pub(super) async fn remember(app: &App, provider: &Provider, tokens: &Tokens, session: &Session) {
    let Some(claims) = tokens.id.as_ref().and_then(|token| id_token::unverified_claims(token.expose())) else { return };
    let Some(subject) = text(&claims["sub"]) else { return };
    let sid = text(&claims["sid"]);
    let began = ProviderSession { provider: &provider.id, subject: &subject, sid: sid.as_deref() };
    if let Err(error) = app.store.remember_provider_session(&session.id, began).await {
        tracing::warn!(%error, "it could not be remembered at which provider a session began");
    }
}
