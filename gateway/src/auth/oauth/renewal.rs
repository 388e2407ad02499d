//! Renewing the tokens of an account. A refresh token may be good for one use only, so of several requests at once, at
//! whichever gateway, one renews them and the others take what it got.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    Providers,
    exchange::{self, Line},
    grant,
    provider::Provider,
};
use crate::{
    app::App,
    crypto::token,
    store::{Account, StoreError},
};

/// An access token that ends so soon is renewed before it is given out.
const SOON: TimeDelta = TimeDelta::seconds(5);
/// How long somebody may take to renew them before others may try.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// How often it is looked whether somebody else is done.
const EVERY: Duration = Duration::from_millis(100);
/// How many times.
const LOOKS: u32 = 150;

/// Why there are no new tokens.
#[derive(Debug)]
pub(super) enum Unrenewed {
    /// The provider gives none.
    Provider,
    /// By a fault.
    Store(StoreError),
}

impl From<StoreError> for Unrenewed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whether the access token has ended or is about to, and can be renewed.
pub(super) fn is_due(app: &App, account: &Account) -> bool {
    let ends = account.access_token_expires_at.is_some_and(|ends| ends - app.clock.now() < SOON);
    ends && account.refresh_token.is_some()
}

/// The account with new tokens, from the provider or from whoever was faster.
pub(super) async fn renew(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    seen: &Account,
) -> Result<Account, Unrenewed> {
    let holder = token::id();
    for _ in 0..LOOKS {
        let is_ours = app.store.take_lease(&seen.id, &holder, app.clock.now() + LEASE).await?;
        let current = app.store.account_by_id(&seen.id).await?.ok_or(Unrenewed::Provider)?;
        let is_new = current.access_token != seen.access_token || current.refresh_token != seen.refresh_token;
        if is_ours {
            // A task of its own: a client that goes away must not take the new refresh token along.
            let work = finish(app.clone(), providers.clone(), provider.id.clone(), holder, (current, is_new));
            return tokio::spawn(work).await.map_err(|_| Unrenewed::Provider)?;
        }
        if is_new {
            return Ok(current);
        }
        tokio::time::sleep(EVERY).await;
    }
    Err(Unrenewed::Provider)
}

/// Renews the tokens unless somebody just did, and lets the others at them.
async fn finish(
    app: App,
    providers: Providers,
    provider: String,
    holder: String,
    (account, is_new): (Account, bool),
) -> Result<Account, Unrenewed> {
    let id = account.id.clone();
    let outcome = match (is_new, providers.get(&provider)) {
        (true, _) => Ok(account),
        (false, Some(provider)) => ask(&app, (&providers, provider), account).await,
        (false, None) => Err(Unrenewed::Provider),
    };
    if let Err(error) = app.store.end_lease(&id, &holder).await {
        tracing::warn!(%error, "a renewal of tokens could not be marked as done");
    }
    outcome
}

async fn ask(
    app: &App,
    (providers, provider): (&Providers, &Provider),
    account: Account,
) -> Result<Account, Unrenewed> {
    let now = app.clock.now();
    let refresh = grant::opened(app, account.refresh_token.as_ref()).ok().flatten().ok_or(Unrenewed::Provider)?;
    let endpoints = provider.discovery.endpoints(providers.outbound(), now).await.ok_or(Unrenewed::Provider)?;
    let line = Line { outbound: providers.outbound(), provider, endpoints: &endpoints, now };
    let tokens = exchange::renew(line, &refresh).await.ok_or(Unrenewed::Provider)?;
    // The scopes of a renewal may be fewer than those that were granted.
    let kept = app.store.keep_grant(&account.id, &grant::stored(app, &tokens, None)).await?;
    kept.ok_or(Unrenewed::Provider)
}
