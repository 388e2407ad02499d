//! Tokens of providers on their way into the database and out of it: encrypted there if that is configured.

use super::provider::Tokens;
use crate::{
    app::App,
    config::Secret,
    crypto::seal::AtRest,
    store::{Account, Grant},
};

/// What a provider gave, as it is stored; the scopes only where they are to be.
pub(super) fn stored(app: &App, tokens: &Tokens, scope: Option<String>) -> Grant {
    let kept = |token: &Option<Secret>| token.as_ref().map(|token| kept(app, token));
    Grant {
        access_token: kept(&tokens.access),
        refresh_token: kept(&tokens.refresh),
        id_token: tokens.id.clone(),
        access_token_expires_at: tokens.access_ends,
        refresh_token_expires_at: tokens.refresh_ends,
        scope,
    }
}

fn kept(app: &App, token: &Secret) -> String {
    match app.config.account_linking.encrypt_tokens {
        true => app.seal(token.expose()),
        false => token.expose().to_owned(),
    }
}

/// A token that could not be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sealed;

/// A token as the provider gave it. One that was stored before tokens were encrypted is as it was.
pub(super) fn opened(app: &App, stored: Option<&Secret>) -> Result<Option<Secret>, Sealed> {
    let Some(stored) = stored.filter(|token| !token.is_empty()) else { return Ok(None) };
    if !AtRest::is_sealed(stored.expose()) {
        return Ok(Some(stored.clone()));
    }
    match app.unseal(stored.expose()) {
        Some(token) => Ok(Some(Secret::new(token))),
        None if app.config.account_linking.encrypt_tokens => Err(Sealed),
        None => Ok(Some(stored.clone())),
    }
}

/// Scopes as they are stored: those that were, then the new ones, each once. `None` for none at all.
pub(super) fn merged(account: Option<&Account>, granted: &[String]) -> Option<String> {
    let before = account.and_then(|account| account.scope.as_deref()).unwrap_or_default();
    let mut all: Vec<&str> = Vec::new();
    let each = before.split(',').chain(granted.iter().map(String::as_str)).map(str::trim);
    for scope in each.filter(|scope| !scope.is_empty()) {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    Some(all.join(",")).filter(|scope| !scope.is_empty())
}
