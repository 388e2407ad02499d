//! Which requests of the auth API are too many: per client and path, and per account that somebody tries to get into.
//!
//! Contract: security, section 2. Our additions: the standard `Retry-After`, clients without an address are counted by
//! their peer, and guessing at an account is limited wherever it comes from. Nothing here ends a session or keeps one
//! from being used.
//!
//! Counts are held in memory, or in the database for all gateways together. While that can't be asked each gateway
//! counts for itself: the limits hold, if not across gateways, and who is signed in is not turned away.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};

use sha2::{Digest, Sha256};

use super::{FLOWS, error::Error, visitor};
use crate::{
    app::App,
    config::{Config, RateLimitStore},
    crypto::token,
    rate_limit::Rate,
    store::Allowance,
};

/// Wrong passwords for one account before further ones must wait.
const GUESSES: Rate = Rate { window: Duration::from_secs(60), max: 10 };

/// How long the database may take to count.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the pages' forms count as.
const PAGE_PATHS: &[(&str, &str)] = &[
    ("/sign-in", "/sign-in/email"),
    ("/sign-up", "/sign-up/email"),
    ("/magic-link", "/sign-in/magic-link"),
    ("/email-code", "/email-otp/send-verification-otp"),
    ("/email-code/enter", "/sign-in/email-otp"),
    ("/forgot-password", "/request-password-reset"),
    ("/reset-password", "/reset-password"),
    ("/resend-verification", "/send-verification-email"),
    ("/account/password", "/change-password"),
    ("/account/delete", "/delete-user"),
];

/// A limit of a flow for the paths that a pattern covers.
#[derive(Debug)]
pub(crate) struct Limit {
    /// A path below the base path; `*` stands for any characters.
    pub(crate) path: &'static str,
    /// How many in which time.
    pub(crate) rate: Rate,
}

impl Limit {
    /// So many requests in so many seconds.
    pub(crate) const fn new(path: &'static str, seconds: u64, max: u32) -> Self {
        Self { path, rate: Rate { window: Duration::from_secs(seconds), max } }
    }
}

/// Counts a request; refuses it when it is one too many. The request itself is only looked at before the first wait.
pub(crate) fn check_request<'a>(app: &'a App, request: &Request) -> impl Future<Output = Result<(), Error>> + use<'a> {
    let counted = app.config.rate_limit.enabled.then(|| {
        let path = counted_path(&app.config, request);
        let client = visitor::counted(request.extensions());
        (format!("{client}|{path}"), rate(&app.config, path))
    });
    async move {
        match counted {
            Some((key, rate)) => count(app, &key, rate).await,
            None => Ok(()),
        }
    }
}

/// The path as limits name it. All paths without a route count as one, so that nobody can make up new ones.
fn counted_path<'r>(config: &Config, request: &'r Request) -> &'r str {
    let Some(matched) = request.extensions().get::<MatchedPath>() else { return "" };
    let path = matched.as_str();
    if let Some(below) = path.strip_prefix(config.auth.base_path.as_str()) {
        return below;
    }
    let below = path.strip_prefix(config.auth.ui_path.as_str()).unwrap_or(path);
    let posts = request.method() == http::Method::POST;
    PAGE_PATHS.iter().find(|(page, _)| posts && *page == below).map_or(path, |(_, counted)| counted)
}

/// The configured rules come first, then those of the flows, then the general limit.
fn rate(config: &Config, path: &str) -> Rate {
    let limits = &config.rate_limit;
    if let Some(rule) = limits.rules.iter().find(|rule| covers(&rule.path, path)) {
        return Rate { window: rule.window.0, max: rule.max };
    }
    let of_flow = FLOWS.iter().flat_map(|flow| flow.limits).find(|limit| covers(limit.path, path));
    of_flow.map_or(Rate { window: limits.window.0, max: limits.max }, |limit| limit.rate)
}

/// Whether a pattern covers a path; `*` stands for any characters, also for none.
fn covers(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Counts where that is configured to be done.
async fn count(app: &App, key: &str, rate: Rate) -> Result<(), Error> {
    if app.config.rate_limit.store == RateLimitStore::Database
        && let Some(wait) = count_in_database(app, key, rate).await
    {
        return if wait.is_zero() { Ok(()) } else { Err(Error::TooMany(wait)) };
    }
    app.limits.count(&key, rate, app.clock.now().timestamp_millis()).map_err(Error::TooMany)
}

/// How long to wait; `None` when the database could not be asked.
async fn count_in_database(app: &App, key: &str, rate: Rate) -> Option<Duration> {
    let allowed = Allowance { window_ms: i64::try_from(rate.window.as_millis()).unwrap_or(i64::MAX), max: rate.max };
    let id = token::id();
    match tokio::time::timeout(PATIENCE, app.store.count_request(&id, key, allowed)).await {
        Ok(Ok(None)) => return Some(Duration::ZERO),
        Ok(Ok(Some(wait_ms))) => return Some(Duration::from_millis(wait_ms.unsigned_abs().max(1))),
        Ok(Err(error)) => tracing::warn!(%error, "a request could not be counted in the database, but in memory"),
        Err(_) => tracing::warn!("a request is counted in memory, for the database is slow"),
    }
    None
}

/// One try at the password of an account. Counted when it begins, so that many at once can't slip through; taken back
/// unless the password was wrong.
pub(crate) struct Attempt<'a> {
    app: &'a App,
    /// `None` without limits.
    key: Option<String>,
}

impl<'a> Attempt<'a> {
    /// Counts a try; refuses it when too many have failed.
    pub(crate) async fn begin(app: &'a App, email: &str) -> Result<Self, Error> {
        let key = app.config.rate_limit.enabled.then(|| account_key(email));
        if let Some(key) = &key {
            count(app, key, GUESSES).await?;
        }
        Ok(Self { app, key })
    }

    /// It was no wrong guess.
    pub(crate) async fn take_back(self) {
        let Some(key) = self.key else { return };
        self.app.limits.take_back(&key.as_str());
        if self.app.config.rate_limit.store == RateLimitStore::Database
            && let Err(error) = self.app.store.take_back_request(&key).await
        {
            tracing::warn!(%error, "a right password stays counted as a guess");
        }
    }
}

/// Counts in the database are no list of addresses.
fn account_key(email: &str) -> String {
    format!("account|{}", hex::encode(Sha256::digest(email)))
}
