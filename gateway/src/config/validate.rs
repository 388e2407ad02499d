//! What deserialises but can not be served: every value that no part of the gateway could use is found here, before
//! anything is started, and said at the place where it was written.

mod accounts;
mod admin;
mod by_mail;
mod certificates;
mod cookies;
mod identity_headers;
mod jwt;
mod mail;
mod names;
mod numbers;
mod oauth;
mod origins;
mod overlap;
mod routes;
mod server;
mod unserved;
mod upstreams;

use super::{Config, Key, Problem, load::Loaded};

/// Everything about `loaded` that can not be served; empty when it can.
pub(super) fn problems(loaded: &Loaded) -> Vec<Problem> {
    let mut report = Report { loaded, problems: Vec::new() };
    server::check(&mut report);
    certificates::check(&mut report);
    accounts::check(&mut report);
    admin::check(&mut report);
    mail::check(&mut report);
    oauth::check(&mut report);
    by_mail::check(&mut report);
    cookies::check(&mut report);
    origins::check(&mut report);
    names::check(&mut report);
    numbers::check(&mut report);
    upstreams::check(&mut report);
    routes::check(&mut report);
    overlap::check(&mut report);
    identity_headers::check(&mut report);
    jwt::check(&mut report);
    unserved::check(&mut report);
    report.problems
}

/// Collects problems.
struct Report<'a> {
    loaded: &'a Loaded,
    problems: Vec<Problem>,
}

impl<'a> Report<'a> {
    fn config(&self) -> &'a Config {
        &self.loaded.config
    }

    fn say(&mut self, key: impl Into<Key>, message: impl Into<String>) {
        self.problems.push(self.loaded.problem(key, message));
    }

    /// Where `key` was written, for a sentence about another key.
    fn place(&self, key: &Key) -> String {
        let place = self.loaded.place_of(key).to_string();
        if place.is_empty() { key.to_string() } else { format!("{key} ({place})") }
    }
}
