//! Which route a request takes: the first one in order whose host, path and method match.
//!
//! `/health` matches only itself. `/api/*` matches `/api`, `/api/` and everything below, in whole segments: never
//! `/apix`. `*.example.com` matches any name below `example.com`, not `example.com` itself. A route for GET also
//! takes HEAD; OPTIONS is a method like any other.
//!
//! The route is found by the canonical path alone. When an upstream might read the path otherwise
//! (see [`super::reading`]) and that reading leads to a stricter policy, the stricter policy holds. So a path can be
//! written in as many ways as one likes without getting past a rule.

use std::sync::Arc;

use http::Method;

use super::{
    path::Target,
    pattern::{HostPattern, PathPattern},
    reading::{self, Quirks},
};
use crate::{
    app::readers::Readers,
    config::{Access, Config, CorsSwitch, Freshness, RouteConfig},
    identity::{
        permissions::Permissions,
        policy::{Policy, listed},
    },
};

/// All routes in order.
#[derive(Debug)]
pub struct Routes {
    routes: Vec<Route>,
    /// Quirks of the patterns themselves: `/Admin/*` must also be found by `/admin/x`.
    quirks: Quirks,
    /// All routes share one policy, so that other readings change nothing.
    uniform: bool,
}

/// One route, ready for use.
#[derive(Debug)]
pub struct Route {
    /// Name in logs and metrics.
    pub name: Arc<str>,
    /// Place in the configuration, from 0.
    pub index: usize,
    /// Name of the upstream.
    pub upstream: Arc<str>,
    /// Place of the upstream among all upstreams in order of their names.
    pub upstream_index: usize,
    /// Who may use it.
    pub policy: Policy,
    /// Whom assertions are for that go this way.
    pub audience: Arc<str>,
    /// Largest body in bytes.
    pub max_body_size: u64,
    /// Whose pages may read answers, where the gateway answers that for the upstream.
    pub readers: Option<Readers>,
    host: HostPattern,
    path: PathPattern,
    methods: Vec<Method>,
}

/// Where a request goes.
#[derive(Debug)]
pub enum Found<'a> {
    /// Along this route, under this policy, which is the route's own or a stricter one.
    Route {
        /// Leads to the upstream.
        route: &'a Route,
        /// To be judged by.
        policy: &'a Policy,
    },
    /// No route: nothing is forwarded.
    Nothing,
    /// Readings fall under policies of which none is the strictest: [`super::refusal::Refusal::AmbiguousRoute`].
    Ambiguous,
}

impl Routes {
    /// Compiles the routes; the messages name every route that can't be.
    pub fn compile(config: &Config) -> Result<Self, Vec<String>> {
        let mut routes = Vec::with_capacity(config.routes.len());
        let mut problems = Vec::new();
        for (index, written) in config.routes.iter().enumerate() {
            match Route::compile(config, index, written) {
                Ok(route) => routes.push(route),
                Err(problem) => problems.push(format!("routes[{index}]: {problem}")),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let quirks = routes.iter().fold(Quirks::NONE, |all, route| all | route.path.quirks());
        let uniform = routes.windows(2).all(|pair| pair[0].policy == pair[1].policy);
        Ok(Self { routes, quirks, uniform })
    }

    /// All routes in order.
    pub fn all(&self) -> &[Route] {
        &self.routes
    }

    /// The route that a policy is written at: `route` itself, or the one that is stricter.
    pub fn judging(&self, route: &Route, policy: &Policy) -> Option<usize> {
        if std::ptr::eq(&route.policy, policy) {
            return Some(route.index);
        }
        self.routes.iter().position(|other| std::ptr::eq(&other.policy, policy))
    }

    /// Whose pages may read answers of the route that a request with this method would take; `None` where that is the
    /// upstream's business.
    pub fn readers(&self, host: &str, target: &Target<'_>, method: &Method) -> Option<&Readers> {
        match self.find(host, target, method) {
            Found::Route { route, .. } => route.readers.as_ref(),
            Found::Nothing | Found::Ambiguous => None,
        }
    }

    /// Finds the way of a request. `host` is normal, see [`super::host::normal_host`].
    pub fn find(&self, host: &str, target: &Target<'_>, method: &Method) -> Found<'_> {
        let candidates = || self.routes.iter().filter(|route| route.host.matches(host) && route.takes(method));
        let Some(route) = candidates().find(|route| route.path.matches(target.path())) else { return Found::Nothing };
        let quirks = target.quirks() | self.quirks;
        if self.uniform || quirks.is_empty() {
            return Found::Route { route, policy: &route.policy };
        }
        let mut policy = &route.policy;
        for reading in reading::readings(target.path(), quirks) {
            let Some(other) = candidates().find(|route| route.path.matches_reading(&reading)) else { continue };
            match policy.strictest(&other.policy) {
                Some(strictest) => policy = strictest,
                None => return Found::Ambiguous,
            }
        }
        Found::Route { route, policy }
    }
}

impl Route {
    fn compile(config: &Config, index: usize, written: &RouteConfig) -> Result<Self, String> {
        let upstream_index = config
            .upstreams
            .keys()
            .position(|name| *name == written.upstream)
            .ok_or_else(|| format!("there is no upstream \"{}\"", written.upstream))?;
        let name = if written.name.is_empty() { &written.path } else { &written.name };
        Ok(Self {
            name: name.as_str().into(),
            index,
            upstream: written.upstream.as_str().into(),
            upstream_index,
            policy: policy_of(config, written),
            audience: audience_of(config, written).into(),
            max_body_size: written.max_body_size.unwrap_or(config.server.max_body_size).0,
            readers: readers_of(config, &written.cors),
            host: HostPattern::compile(&written.host)?,
            path: PathPattern::compile(&written.path)?,
            methods: written.methods.iter().map(|method| compile_method(method)).collect::<Result<_, _>>()?,
        })
    }

    /// Why it does not take such a request; `None` if it does.
    pub fn misses(&self, host: &str, path: &str, method: &Method) -> Option<&'static str> {
        if !self.host.matches(host) {
            Some("another host")
        } else if !self.path.matches(path) {
            Some("another path")
        } else if !self.takes(method) {
            Some("another method")
        } else {
            None
        }
    }

    fn takes(&self, method: &Method) -> bool {
        self.methods.is_empty()
            || self.methods.contains(method)
            || (method == Method::HEAD && self.methods.contains(&Method::GET))
    }
}

fn readers_of(config: &Config, written: &CorsSwitch) -> Option<Readers> {
    let own: &[String] = match written {
        CorsSwitch::Flag(false) => return None,
        CorsSwitch::Flag(true) => &[],
        CorsSwitch::Origins(origins) => origins,
    };
    Some(Readers::new(&config.public_url(None), &[own, &config.cors.origins, &config.auth.trusted_origins]))
}

/// The route's own, the upstream's, or the upstream's name.
fn audience_of<'c>(config: &'c Config, written: &'c RouteConfig) -> &'c str {
    let of_upstream = config.upstreams.get(&written.upstream).map(|upstream| upstream.audience.as_str());
    let given = [written.audience.as_str(), of_upstream.unwrap_or_default()];
    given.into_iter().find(|audience| !audience.is_empty()).unwrap_or(&written.upstream)
}

fn policy_of(config: &Config, written: &RouteConfig) -> Policy {
    let policy = Policy {
        access: written.access,
        roles: written.roles.clone(),
        not_roles: written.not_roles.clone(),
        permissions: written.permissions.clone(),
        verified: written.verified,
        fresh: match written.fresh {
            Freshness::Flag(false) => None,
            Freshness::Flag(true) => Some(config.session.fresh_age.delta()),
            Freshness::Within(period) => Some(period.delta()),
        },
        jwt: written.jwt,
    };
    let access = if policy.needs_user() { Access::User } else { policy.access };
    Policy { access, ..policy }
}

fn compile_method(text: &str) -> Result<Method, String> {
    let upper = text.trim().to_ascii_uppercase();
    Method::from_bytes(upper.as_bytes()).map_err(|_| format!("\"{text}\" is not a method"))
}

/// What routes ask for that nobody can have as the roles are now: no mistake, since roles are given to users at any
/// time, but worth a look.
pub fn doubts(config: &Config) -> Vec<(usize, String)> {
    let permissions = Permissions::new(&config.admin);
    let mut doubts = Vec::new();
    for (index, route) in config.routes.iter().enumerate().filter(|(_, route)| !route.permissions.is_empty()) {
        let roles: Vec<&str> =
            permissions.names().filter(|role| permissions.allow(Some(role), &route.permissions)).collect();
        if roles.is_empty() {
            doubts.push((index, format!("no role permits {}; see [admin] roles", listed(&route.permissions))));
        } else if !roles.iter().any(|role| !route.not_roles.iter().any(|not| not == role)) {
            doubts.push((
                index,
                format!("the roles that permit {} are kept out by not_roles", listed(&route.permissions)),
            ));
        }
    }
    doubts
}
