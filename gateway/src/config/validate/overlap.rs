//! `[[routes]]` among each other: the first match wins, so a route behind a wider one is never used.

use super::{
    super::{Key, RouteConfig},
    Report,
};

pub(super) fn check(report: &mut Report<'_>) {
    let routes = &report.config().routes;
    for (later, route) in routes.iter().enumerate() {
        let earlier = routes[..later].iter().enumerate();
        let found = earlier.filter_map(|(i, other)| overlap(other, route).map(|overlap| (i, overlap))).next();
        let Some((earlier, overlap)) = found else { continue };
        let first = Key::from("routes").at(earlier);
        let place = report.place(&first);
        let message = match overlap {
            Overlap::Same(methods) => format!(
                "the same path, host and method{methods} as {place}; the first one always wins, so remove one of them"
            ),
            Overlap::Swallowed => {
                format!(
                    "never reached: {place} with path {:?} stands before it and takes all of it; put this one first",
                    routes[earlier].path
                )
            }
        };
        report.say(Key::from("routes").at(later), message);
    }
}

enum Overlap {
    /// Same host and path; the text names the methods they share.
    Same(String),
    /// Whatever matches the later one matches the earlier one.
    Swallowed,
}

fn overlap(earlier: &RouteConfig, later: &RouteConfig) -> Option<Overlap> {
    if earlier.path.is_empty() || later.path.is_empty() {
        return None; // said already
    }
    if same_host(&earlier.host, &later.host) && earlier.path == later.path {
        return shared_methods(earlier, later).map(Overlap::Same);
    }
    let swallowed = host_covers(&earlier.host, &later.host)
        && path_covers(&earlier.path, &later.path)
        && methods_cover(earlier, later);
    swallowed.then_some(Overlap::Swallowed)
}

fn is_any(host: &str) -> bool {
    matches!(host, "" | "*")
}

fn same_host(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || is_any(a) && is_any(b)
}

fn host_covers(wide: &str, narrow: &str) -> bool {
    let below = |suffix: &str| {
        let narrow = narrow.strip_prefix('*').unwrap_or(narrow).to_ascii_lowercase();
        narrow.len() > suffix.len() && narrow.ends_with(&suffix.to_ascii_lowercase())
    };
    is_any(wide) || same_host(wide, narrow) || wide.strip_prefix('*').is_some_and(below)
}

/// `/api/*` takes `/api`, `/api/` and all below.
fn path_covers(wide: &str, narrow: &str) -> bool {
    match wide.strip_suffix("/*") {
        Some(root) => super::accounts::within(narrow.strip_suffix("/*").unwrap_or(narrow), root),
        None => wide == narrow,
    }
}

/// A route for GET also takes HEAD.
fn takes(route: &RouteConfig, method: &str) -> bool {
    let listed = |method: &str| route.methods.iter().any(|m| m.eq_ignore_ascii_case(method));
    route.methods.is_empty() || listed(method) || method.eq_ignore_ascii_case("HEAD") && listed("GET")
}

fn methods_cover(wide: &RouteConfig, narrow: &RouteConfig) -> bool {
    wide.methods.is_empty() || !narrow.methods.is_empty() && narrow.methods.iter().all(|method| takes(wide, method))
}

/// The methods that both list, as ` GET, POST`; nothing is named when both take all.
fn shared_methods(a: &RouteConfig, b: &RouteConfig) -> Option<String> {
    match (a.methods.as_slice(), b.methods.as_slice()) {
        ([], []) => Some("s".to_owned()),
        // All methods behind some: what the first leaves over. Some behind all: swallowed.
        (_, []) => None,
        ([], listed) => Some(format!(" {}", listed.join(", "))),
        (_, listed) => {
            let shared: Vec<&str> = listed.iter().map(String::as_str).filter(|method| takes(a, method)).collect();
            (!shared.is_empty()).then(|| format!(" {}", shared.join(", ")))
        }
    }
}
