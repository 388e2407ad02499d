//! `gateway explain`: how a request would be decided, from the configuration and the database alone.

use std::process::ExitCode;

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};
use clap::Args;
use http::Method;
use serde::Serialize;
use url::Url;

use super::{
    Outcome, Settings,
    database::{Database, MissingFile, block_on, on_database},
    failure::Misuse,
    output::{harmless, print, print_json},
    user::find_user,
};
use crate::{
    config::{Config, IdentityField},
    identity::{
        header_values::{IdentityText, IdentityValues},
        permissions::Permissions,
        policy::Facts,
    },
    proxy::{
        explain::{Explanation, Rulebook},
        headers::HeaderPlan,
        host::normal_host,
        path::Target,
        route::Routes,
    },
    store::{Session, User},
};

#[derive(Args)]
pub(super) struct Explain {
    /// GET, POST …
    #[arg(value_parser = method)]
    method: Method,
    /// The address, or its path on the host of server.public_url.
    url: String,
    /// Who asks, by address or id; without it nobody.
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Who asks, and in which session.
struct Who {
    user: User,
    session: Option<Session>,
    now: DateTime<Utc>,
}

/// What is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    method: &'a str,
    user: Option<&'a str>,
    #[serde(flatten)]
    explanation: Explanation,
    headers: Vec<(String, String)>,
    notes: Vec<String>,
}

impl Explain {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        if self.user.is_none() {
            let config = settings.load()?.config;
            return block_on(async { self.tell(&config, None) });
        }
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let who = self.find(database).await?;
            self.tell(&database.config, who.as_ref())
        })
    }

    async fn find(&self, Database { store, clock, .. }: &Database) -> anyhow::Result<Option<Who>> {
        let Some(named) = &self.user else { return Ok(None) };
        let (user, now) = (find_user(store, named).await?, clock.now());
        let session = store.sessions_of(&user.id, now).await?.into_iter().next();
        Ok(Some(Who { user, session, now }))
    }

    fn tell(&self, config: &Config, who: Option<&Who>) -> Outcome {
        let report = self.report(config, who)?;
        if self.json {
            print_json(&report)?;
        } else {
            print(&report.words())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn report(&self, config: &Config, who: Option<&Who>) -> anyhow::Result<Report<'_>> {
        let (authority, raw) = self.address(config)?;
        let misuse = |refusal| Misuse(format!("the gateway would refuse this address: {refusal}"));
        let host = normal_host(&authority).map_err(misuse)?;
        let target = Target::parse(&raw).map_err(misuse)?;
        let routes = Routes::compile(config).map_err(|problems| anyhow!(problems.join("\n")))?;
        let permissions = Permissions::new(&config.admin);
        let rulebook = Rulebook { config, routes: &routes, permissions: &permissions };
        let live = who.filter(|who| !who.user.is_banned(who.now));
        let explanation = rulebook.explain(&host, &target, &self.method, live.map(Who::facts));
        let headers = match explanation.verdict {
            "allow" => headers(config, live)?,
            _ => Vec::new(),
        };
        let user = self.user.as_deref();
        Ok(Report {
            method: self.method.as_str(),
            user,
            explanation,
            headers,
            notes: who.map(Who::notes).unwrap_or_default(),
        })
    }

    /// Host with its port, and path with the query, as they would be sent.
    fn address(&self, config: &Config) -> anyhow::Result<(String, String)> {
        let own = || Url::parse(config.public_url(None).as_str()).context("server.public_url");
        if self.url.starts_with('/') {
            return Ok((authority(&own()?), self.url.clone()));
        }
        // Cut by hand: a parser would make the path what browsers make of it.
        let rest = self.url.split_once("://").map(|(_, rest)| rest);
        let rest = rest.ok_or_else(|| {
            Misuse("write an address such as https://app.example.com/items or a path such as /items".to_owned())
        })?;
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        Ok((authority.to_owned(), if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
    }
}

impl Who {
    fn facts(&self) -> Facts<'_> {
        let began = self.session.as_ref().map_or(self.now, |session| session.created_at);
        Facts::new(self.user.id.as_str(), self.user.role.as_deref(), self.user.email_verified, began, self.now)
    }

    fn notes(&self) -> Vec<String> {
        let banned = "the user is banned and counts as nobody".to_owned();
        let absent = "the user has no live session; judged as if one began now".to_owned();
        match &self.session {
            _ if self.user.is_banned(self.now) => vec![banned],
            None => vec![absent],
            Some(_) => Vec::new(),
        }
    }
}

/// The identity headers that the upstream would get.
fn headers(config: &Config, who: Option<&Who>) -> anyhow::Result<Vec<(String, String)>> {
    let plan = HeaderPlan::compile(&config.identity_headers).map_err(|problems| anyhow!(problems.join("\n")))?;
    let values = who.map(|who| {
        IdentityValues::new(IdentityText {
            user_id: who.user.id.as_str(),
            role: who.user.role.as_deref().unwrap_or_default(),
            email: &who.user.email,
            name: &who.user.name,
            session_id: who.session.as_ref().map(|session| session.id.as_str()).unwrap_or_default(),
        })
    });
    let shown = |value: http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<_> =
        plan.identity(values.as_ref()).map(|(name, value)| (name.to_string(), shown(value))).collect();
    if let Some(name) = plan.name_of(IdentityField::Assertion) {
        headers.push((name.to_string(), "(a signed token)".to_owned()));
    }
    Ok(headers)
}

fn authority(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or("localhost"))
}

fn method(text: &str) -> Result<Method, String> {
    let upper = text.to_ascii_uppercase();
    Method::from_bytes(upper.as_bytes()).map_err(|_| "this is no method; write GET, POST …".to_owned())
}

impl Report<'_> {
    fn words(&self) -> String {
        let Explanation { host, path, passed, route, rules, verdict, because } = &self.explanation;
        let who = self.user.unwrap_or("nobody");
        let mut lines = vec![format!("{} {path} on {host}, as {who}", self.method)];
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines.push(String::new());
        lines.extend(passed.iter().map(|passed| format!("  routes[{}] {}: {}", passed.index, passed.name, passed.why)));
        if let Some(route) = route {
            lines.push(format!(
                "> routes[{}] {} ({}) leads to {}",
                route.index, route.name, route.pattern, route.upstream
            ));
            if route.stricter {
                lines.push(
                    "  another route's policy holds: an upstream may read this path as one of that route".to_owned(),
                );
            }
        }
        for rule in rules {
            let held = rule.held.as_deref().unwrap_or("nobody is signed in");
            lines.push(format!(
                "  {:<12} {:<5} needs {}; {held}",
                rule.rule,
                if rule.ok { "ok" } else { "FAILS" },
                rule.needed
            ));
        }
        lines.push(String::new());
        lines.push(format!("{verdict}: {because}"));
        lines.extend(self.headers.iter().map(|(name, value)| format!("  {name}: {value}")));
        lines.iter().map(|line| harmless(line) + "\n").collect()
    }
}
