//! Which requests of the auth API are too many: per client and path, and per account that somebody tries to get into.
//!
//! Contract: security, section 2. Our additions: the standard `Retry-After`, clients without an address never share
//! a count with those that have one, and guessing at an account is limited wherever it comes from. Nothing here ends a
//! session or keeps one from being used.

use std::{hash::Hash, time::Duration};

use axum::extract::{MatchedPath, Request};

use super::{FLOWS, error::Error, visitor};
use crate::{
    app::App,
    config::Config,
    rate_limit::{Rate, RateLimiter},
};

/// Wrong passwords for one account before further ones must wait.
const GUESSES: Rate = Rate { window: Duration::from_secs(60), max: 10 };

/// What the pages' forms count as.
const PAGE_PATHS: &[(&str, &str)] = &[("/sign-in", "/sign-in/email"), ("/sign-up", "/sign-up/email")];

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

/// Counts a request; refuses it when it is one too many.
pub(crate) fn check_request(app: &App, request: &Request) -> Result<(), Error> {
    if !app.config.rate_limit.enabled {
        return Ok(());
    }
    let path = counted_path(&app.config, request);
    let rate = rate(&app.config, path);
    let address = visitor::address(request.extensions());
    count(app, &("client", address, path), rate)
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

fn count(app: &App, key: &impl Hash, rate: Rate) -> Result<(), Error> {
    app.limits.count(key, rate, app.clock.now().timestamp_millis()).map_err(Error::TooMany)
}

/// One try at the password of an account. Counted when it begins, so that many at once can't slip through; taken back
/// unless the password was wrong.
pub(crate) struct Attempt<'a> {
    limits: Option<&'a RateLimiter>,
    email: &'a str,
}

impl<'a> Attempt<'a> {
    /// Counts a try; refuses it when too many have failed.
    pub(crate) fn begin(app: &'a App, email: &'a str) -> Result<Self, Error> {
        let limits = app.config.rate_limit.enabled.then_some(&app.limits);
        let attempt = Self { limits, email };
        if limits.is_some() {
            count(app, &attempt.key(), GUESSES)?;
        }
        Ok(attempt)
    }

    /// It was no wrong guess.
    pub(crate) fn take_back(self) {
        if let Some(limits) = self.limits {
            limits.take_back(&self.key());
        }
    }

    fn key(&self) -> (&'static str, &'a str) {
        ("account", self.email)
    }
}
