//! `[[routes]]`, each by itself.

use super::{
    super::{Access, Freshness, Key, RouteConfig, address::is_host, load::wording::nearest},
    Report,
    accounts::within,
};

/// Methods of HTTP and WebDAV. CONNECT and TRACE are never forwarded.
const METHODS: [&str; 17] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "QUERY",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
];

pub(super) fn check(report: &mut Report<'_>) {
    let config = report.config();
    if config.routes.is_empty() {
        let names: Vec<&str> = config.upstreams.keys().map(String::as_str).collect();
        let message = format!(
            "there are several upstreams ({}), but nothing says what goes where; add [[routes]] with path = \"/*\" and upstream = {:?}",
            names.join(", "),
            names.first().copied().unwrap_or_default()
        );
        report.say("routes", message);
    }
    for (i, route) in config.routes.iter().enumerate() {
        let key = Key::from("routes").at(i);
        path(report, &key.name("path"), &route.path);
        host(report, &key.name("host"), &route.host);
        methods(report, &key.name("methods"), &route.methods);
        upstream(report, &key.name("upstream"), &route.upstream);
        access(report, &key, route);
    }
}

fn path(report: &mut Report<'_>, key: &Key, path: &str) {
    if path.is_empty() {
        return report.say(key, "is missing; write path = \"/*\" for every path, or one such as \"/api/*\"");
    }
    if let Err(why) = pattern(path) {
        return report.say(key, format!("{path:?} {why}"));
    }
    let auth = &report.config().auth;
    let own = path.strip_suffix("/*").unwrap_or(path);
    let own_paths = [("auth.base_path", &auth.base_path), ("auth.ui_path", &auth.ui_path)];
    if let Some((name, root)) = own_paths.into_iter().find(|(_, root)| within(own, root)) {
        report.say(key, format!("{path:?} is never forwarded: the gateway itself answers below {root:?} ({name})"));
    }
}

/// The error is the rest of a sentence.
fn pattern(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        let hint = if path.contains("://") { "; hosts are matched by `host`" } else { "" };
        return Err(format!("does not start with a slash{hint}"));
    }
    let exact = path.strip_suffix("/*").unwrap_or(path);
    if exact.contains('*') {
        return Err(
            "has a \"*\" that is not the whole last segment; write \"/api/*\" for everything below /api".to_owned()
        );
    }
    if let Some(odd) = exact.chars().find(|c| "?#;\\".contains(*c) || c.is_whitespace() || c.is_control()) {
        return Err(format!("has the character {odd:?}; a route is found by its path alone"));
    }
    if !exact.is_ascii() {
        return Err("has characters that never stand in a path; write them percent-encoded, in upper case".to_owned());
    }
    let segments: Vec<&str> = exact.split('/').skip(1).collect();
    let inner = &segments[..segments.len().saturating_sub(1)];
    if inner.contains(&"") || segments.iter().any(|segment| matches!(*segment, "." | "..")) {
        return Err("has an empty segment, \".\" or \"..\" and would never match".to_owned());
    }
    escapes(exact)
}

/// Paths are compared in one spelling only: escapes in upper case, and only where they are needed.
fn escapes(path: &str) -> Result<(), String> {
    for (at, _) in path.match_indices('%') {
        let escape = path.get(at..at + 3).unwrap_or("%");
        let byte = escape.get(1..).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            None => return Err("has a \"%\" that no two hex digits follow".to_owned()),
            Some(b) if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => {
                return Err(format!("would never match; write {:?} instead of {escape:?}", char::from(b)));
            }
            Some(b) if b"/\\;\0".contains(&b) => {
                return Err(format!("has {escape:?}, which servers read differently; such requests are refused"));
            }
            Some(_) if escape.bytes().any(|b| b.is_ascii_lowercase()) => {
                return Err(format!(
                    "would never match; write {:?} instead of {escape:?}",
                    escape.to_ascii_uppercase()
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn host(report: &mut Report<'_>, key: &Key, host: &str) {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = address.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    if host.is_empty() || host == "*" || is_host(name) || address {
        return;
    }
    let hint = match name.rsplit_once(':') {
        Some((host, port)) if is_host(host) && port.parse::<u16>().is_ok() => "; leave the port out",
        _ => "; write one such as \"app.example.com\" or \"*.example.com\"",
    };
    report.say(key, format!("{host:?} is no host name{hint}"));
}

fn methods(report: &mut Report<'_>, key: &Key, methods: &[String]) {
    for (i, method) in methods.iter().enumerate() {
        let upper = method.to_ascii_uppercase();
        let message = if METHODS.contains(&method.as_str()) {
            continue;
        } else if matches!(upper.as_str(), "CONNECT" | "TRACE") {
            format!("{method:?} is never forwarded")
        } else if METHODS.contains(&upper.as_str()) {
            format!("methods are written in upper case; write {upper:?}")
        } else if let Some(near) = nearest(&upper, METHODS) {
            format!("{method:?} is no method; did you mean \"{near}\"?")
        } else {
            format!("{method:?} is no method; known are {}", METHODS.join(", "))
        };
        report.say(key.at(i), message);
    }
}

fn upstream(report: &mut Report<'_>, key: &Key, name: &str) {
    let upstreams = &report.config().upstreams;
    if upstreams.contains_key(name) {
        return;
    }
    let known = || upstreams.keys().map(String::as_str);
    let all = || known().collect::<Vec<_>>().join(", ");
    let message = if name.is_empty() {
        format!("is missing; the upstreams are: {}", all())
    } else if let Some(near) = nearest(name, known()) {
        format!("there is no upstream {name:?}; did you mean \"{near}\"?")
    } else {
        format!("there is no upstream {name:?}; add [upstreams.{name}] or use one of: {}", all())
    };
    report.say(key, message);
}

fn access(report: &mut Report<'_>, key: &Key, route: &RouteConfig) {
    for (name, roles) in [("roles", &route.roles), ("not_roles", &route.not_roles)] {
        if let Some(empty) = roles.iter().position(String::is_empty) {
            report.say(key.name(name).at(empty), "is empty; nobody has a role without a name");
        }
    }
    if let Some(both) = route.not_roles.iter().position(|role| route.roles.contains(role)) {
        let message = format!(
            "{:?} stands in roles, too; nobody with it gets in, so take it out of one of them",
            route.not_roles[both]
        );
        report.say(key.name("not_roles").at(both), message);
    }
    permissions(report, key, route);
    if let Freshness::Within(period) = route.fresh {
        super::numbers::nonzero_period(report, key.name("fresh"), period);
    }
    let word = match route.access {
        Access::User => return,
        Access::Public => "public",
        Access::Optional => "optional",
    };
    let wishes = [
        ("roles", !route.roles.is_empty()),
        ("not_roles", !route.not_roles.is_empty()),
        ("permissions", !route.permissions.is_empty()),
        ("verified", route.verified),
        ("fresh", route.fresh != Freshness::Flag(false)),
    ];
    for (name, _) in wishes.into_iter().filter(|(_, wished)| *wished) {
        let message = format!("contradicts access = \"{word}\", which lets everybody in; write access = \"user\"");
        report.say(key.name(name), message);
    }
}

fn permissions(report: &mut Report<'_>, key: &Key, route: &RouteConfig) {
    let key = key.name("permissions");
    if !route.permissions.is_empty() && !report.config().admin.enabled {
        report.say(key.clone(), "needs roles that permit something, and admin.enabled is false");
    }
    for (resource, actions) in &route.permissions {
        if actions.is_empty() {
            report.say(key.name(resource), "names no action; write for instance [\"read\"]");
        } else if let Some(empty) = actions.iter().position(String::is_empty) {
            report.say(key.name(resource).at(empty), "is empty; no role permits an action without a name");
        }
    }
}
