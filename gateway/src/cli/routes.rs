//! `gateway routes`: who may go where, as compiled, in the order in which a request is compared with them.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{
    Outcome, Settings,
    output::{print, print_json},
    table::Table,
};
use crate::{
    config::{Access, Actions, AssertionSwitch, Config},
    identity::policy::{Condition, length, listed},
    proxy::route::{Route, Routes},
};

#[derive(Args)]
pub(super) struct ShowRoutes {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl ShowRoutes {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        let config = settings.load()?.config;
        let routes = Routes::compile(&config).map_err(|problems| anyhow::anyhow!(problems.join("\n")))?;
        let lines = lines(&config, &routes);
        if self.json {
            print_json(&lines)?;
        } else {
            print(&format!("{}\n{}\n{}", own_table(&lines), route_table(&lines), server_table(&config)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One route, or a prefix that the gateway answers itself.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    built_in: bool,
    name: &'a str,
    host: Option<&'a str>,
    methods: &'a [String],
    path: String,
    access: Option<&'static str>,
    roles: &'a [String],
    not_roles: &'a [String],
    permissions: Option<&'a Actions>,
    verified: bool,
    fresh: bool,
    fresh_within: Option<String>,
    jwt: bool,
    /// Whom the assertion is for, where one is sent.
    audience: Option<&'a str>,
    upstream: Option<&'a str>,
    servers: &'a [String],
}

/// The gateway's own prefixes, then the routes.
pub(super) fn lines<'a>(config: &'a Config, routes: &'a Routes) -> Vec<Line<'a>> {
    let own = |name, path| Line { built_in: true, name, path, ..Line::default() };
    let mut lines = vec![
        own("auth API", format!("{}/*", config.auth.base_path)),
        own("pages and forward-auth", format!("{}/*", config.auth.ui_path)),
        own("account page", "/.well-known/change-password".to_owned()),
    ];
    lines.extend(routes.all().iter().map(|route| Line::of(config, route)));
    lines
}

impl<'a> Line<'a> {
    fn of(config: &'a Config, route: &'a Route) -> Self {
        let written = &config.routes[route.index];
        let policy = &route.policy;
        let asserts = config.identity_headers.assertion != AssertionSwitch::Flag(false);
        Self {
            built_in: false,
            name: &route.name,
            host: Some(written.host.as_str()).filter(|host| !host.is_empty()),
            methods: &written.methods,
            path: written.path.clone(),
            access: Some(word(policy.access)),
            roles: &policy.roles,
            not_roles: &policy.not_roles,
            permissions: Some(&policy.permissions),
            verified: policy.verified,
            fresh: policy.fresh.is_some(),
            fresh_within: policy.fresh.filter(|within| !within.is_zero()).map(|within| length(within).to_string()),
            jwt: policy.jwt,
            audience: Some(&*route.audience).filter(|_| asserts),
            upstream: Some(&route.upstream),
            servers: config
                .upstreams
                .get(&written.upstream)
                .map(|upstream| upstream.servers.as_slice())
                .unwrap_or_default(),
        }
    }

    /// What a user needs besides being signed in, and what does in place of a session.
    fn also(&self) -> String {
        let permissions = self.permissions.filter(|wanted| !wanted.is_empty());
        let words = [
            (!self.not_roles.is_empty()).then(|| Condition::NotRoles(self.not_roles).to_string()),
            permissions.map(listed),
            self.verified.then(|| "verified".to_owned()),
            self.fresh
                .then(|| format!("fresh {}", self.fresh_within.as_deref().unwrap_or_default()).trim_end().to_owned()),
            self.jwt.then(|| "jwt".to_owned()),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn word(access: Access) -> &'static str {
    match access {
        Access::Public => "public",
        Access::Optional => "optional",
        Access::User => "user",
    }
}

pub(super) fn own_table(lines: &[Line<'_>]) -> Table {
    let mut table = Table::new(&["BUILT IN", "WHAT"]);
    for line in lines.iter().filter(|line| line.built_in) {
        table.row([line.path.clone(), line.name.to_owned()]);
    }
    table
}

pub(super) fn route_table(lines: &[Line<'_>]) -> Table {
    let mut table = Table::new(&["HOST", "PATH", "METHODS", "ACCESS", "ROLES", "ALSO", "UPSTREAM", "NAME"]);
    for line in lines.iter().filter(|line| !line.built_in) {
        // A route without a name goes by its path.
        let name = if line.name == line.path { "" } else { line.name };
        table.row([
            line.host.unwrap_or_default().to_owned(),
            line.path.clone(),
            line.methods.join(","),
            line.access.unwrap_or_default().to_owned(),
            line.roles.join(", "),
            line.also(),
            line.upstream.unwrap_or_default().to_owned(),
            name.to_owned(),
        ]);
    }
    table
}

fn server_table(config: &Config) -> Table {
    let mut table = Table::new(&["UPSTREAM", "SERVERS"]);
    for (name, upstream) in &config.upstreams {
        table.row([name.clone(), upstream.servers.join(", ")]);
    }
    table
}
