//! Why a request would be let through or not: for `gateway explain`, and for the answers to admins who ask. It asks the
//! routes and policies that decide, so that it can't tell another story. Decides nothing itself.

use http::{HeaderName, Method};
use serde::Serialize;

use super::{
    path::Target,
    route::{Found, Route, Routes},
};
use crate::{
    config::Config,
    identity::{
        permissions::Permissions,
        policy::{Condition, Facts, Judgement, Policy, length},
    },
};

/// Asks for an explanation, and carries it.
pub const EXPLAIN: HeaderName = HeaderName::from_static("x-gateway-explain");

/// Most bytes of an explanation in a header.
const MOST_BYTES: usize = 1_024;

/// What decides.
pub struct Rulebook<'a> {
    /// As configured.
    pub config: &'a Config,
    /// The routes.
    pub routes: &'a Routes,
    /// What roles permit.
    pub permissions: &'a Permissions,
}

/// How a request is decided.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The host that routes are compared with.
    pub host: String,
    /// The canonical path.
    pub path: String,
    /// The routes before the one that matched, each with why it did not.
    pub passed: Vec<Passed>,
    /// The route that it takes.
    pub route: Option<Taken>,
    /// What the route asks of who is signed in.
    pub rules: Vec<Rule>,
    /// The decision: `allow`, `sign_in`, `forbidden`, `no_route`, `ambiguous`, `own`.
    pub verdict: &'static str,
    /// In words.
    pub because: String,
}

/// A route that did not match.
#[derive(Debug, Serialize)]
pub struct Passed {
    /// Its place in the configuration.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// What did not fit.
    pub why: &'static str,
}

/// The route that a request takes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// Its place in the configuration.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// As it was written.
    pub pattern: String,
    /// Its upstream.
    pub upstream: String,
    /// Whether another route's policy holds in place of its own, because an upstream may read the path otherwise.
    pub stricter: bool,
}

/// One rule of a policy.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// The key of the route.
    pub rule: &'static str,
    /// What it asks for.
    pub needed: String,
    /// What the user has; none where nobody is signed in.
    pub held: Option<String>,
    /// Whether it holds.
    pub ok: bool,
}

impl Rulebook<'_> {
    /// How a request of this user, or of nobody, is decided.
    pub fn explain(&self, host: &str, target: &Target<'_>, method: &Method, facts: Option<Facts<'_>>) -> Explanation {
        let base = Explanation {
            host: host.to_owned(),
            path: target.path().to_owned(),
            passed: Vec::new(),
            route: None,
            rules: Vec::new(),
            verdict: "no_route",
            because: "no route matches, so nothing is forwarded".to_owned(),
        };
        if let Some(own) = self.own(target) {
            return Explanation { verdict: "own", because: format!("the gateway itself answers here: {own}"), ..base };
        }
        let misses = |route: &Route| route.misses(host, target.path(), method);
        let passed = self.routes.all().iter().map_while(|route| {
            misses(route).map(|why| Passed { index: route.index, name: route.name.to_string(), why })
        });
        let base = Explanation { passed: passed.collect(), ..base };
        match self.routes.find(host, target, method) {
            Found::Nothing => base,
            Found::Ambiguous => Explanation {
                verdict: "ambiguous",
                because: "servers read this path differently, and the policies of the readings contradict each other"
                    .to_owned(),
                ..base
            },
            Found::Route { route, policy } => self.judged(base, route, policy, facts),
        }
    }

    fn own(&self, target: &Target<'_>) -> Option<&'static str> {
        let auth = &self.config.auth;
        if target.is_under(&auth.base_path) {
            Some("the auth API")
        } else if target.is_under(&auth.ui_path) {
            Some("a page or a forward-auth check")
        } else if target.path() == "/.well-known/change-password" {
            Some("the way to the account page")
        } else {
            None
        }
    }

    fn judged(&self, base: Explanation, route: &Route, policy: &Policy, facts: Option<Facts<'_>>) -> Explanation {
        let taken = Taken {
            index: route.index,
            name: route.name.to_string(),
            pattern: self.config.routes[route.index].path.clone(),
            upstream: route.upstream.to_string(),
            stricter: *policy != route.policy,
        };
        let rule = |condition: Condition<'_>| Rule {
            rule: condition.key(),
            needed: condition.to_string(),
            held: facts.map(|facts| held(condition, &facts)),
            ok: facts.is_some_and(|facts| condition.holds(&facts, self.permissions)),
        };
        let signed_in = Rule {
            rule: "access",
            needed: if policy.needs_user() { "somebody signed in" } else { "nothing" }.to_owned(),
            held: facts.map(|facts| format!("user {}", facts.user_id)),
            ok: !policy.needs_user() || facts.is_some(),
        };
        let rules = std::iter::once(signed_in).chain(policy.conditions().map(rule)).collect();
        let (verdict, because) = match policy.judge(facts, self.permissions) {
            Judgement::Allow => ("allow", "every rule of the route holds".to_owned()),
            Judgement::SignIn => ("sign_in", "the route is for signed-in users, and nobody is signed in".to_owned()),
            Judgement::Forbidden(why) => ("forbidden", why.to_string()),
        };
        Explanation { route: Some(taken), rules, verdict, because, ..base }
    }
}

/// What a user has of what a condition asks for.
fn held(condition: Condition<'_>, facts: &Facts<'_>) -> String {
    let roles = facts.role.filter(|role| !role.is_empty()).unwrap_or("no role");
    match condition {
        Condition::Roles(_) | Condition::NotRoles(_) => roles.to_owned(),
        Condition::Permissions(_) => format!("what {roles} permits"),
        Condition::Verified => if facts.verified { "verified" } else { "not verified" }.to_owned(),
        Condition::Fresh(_) => {
            let seconds = chrono::TimeDelta::seconds(facts.age.num_seconds().max(0));
            format!("signed in {} ago", length(seconds))
        }
    }
}

impl Explanation {
    /// The same on one line that a header can carry: visible ASCII, of bounded length.
    pub fn line(&self) -> String {
        let mut parts = vec![self.verdict.to_owned()];
        if let Some(route) = &self.route {
            let stricter = if route.stricter { ", a stricter policy holds" } else { "" };
            parts.push(format!("routes[{}] \"{}\" ({}){stricter}", route.index, route.name, route.pattern));
            parts.push(format!("upstream {}", route.upstream));
        }
        for rule in &self.rules {
            let ok = if rule.ok { "ok" } else { "fails" };
            let held = rule.held.as_deref().unwrap_or("nobody");
            parts.push(format!("{} {ok} (needs {}, has {held})", rule.rule, rule.needed));
        }
        parts.push(self.because.clone());
        let mut line: String =
            parts.join("; ").chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect();
        line.truncate(MOST_BYTES);
        line
    }
}

#[cfg(test)]
mod tests;
