//! What holds for every request.

use http::Method;
use proptest::prelude::*;

use super::{headers::plan, origin, route::routes};
use crate::config::load::load_text;
use crate::identity::header_values::header_value_of;
use crate::proxy::{
    client_addr::{Peer, Socket},
    forwarded::{Chain, Node},
    path::Target,
    reading::Quirks,
    route::{Found, Routes},
};

/// Paths made of the pieces that trouble servers.
fn troubled() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/",
        "//",
        "a",
        "B",
        "admin",
        ".",
        "..",
        ";",
        ";x=1",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
        "\\",
        "%25",
        "41",
        "%00",
        "%3b",
        "%3B",
        "%20",
        " ",
        "%c3%a9",
        "%c0%ae",
        "%EF%BC%8E",
        "%EF%BC%8F",
        "%",
        "#",
        "?",
        "~",
        "%7e",
        "[",
        "|",
        "\u{e9}",
        "%u",
        "+",
        ":",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn guarded() -> Routes {
    routes(
        "deep /api/admin/* roles = ['admin']
         api /api/*
         open /open/* access = 'public'
         rest /* access = 'public'",
    )
}

/// Writes each character as it is or escaped, and adds segments that cancel out or that some upstreams ignore.
fn disguise(path: &str, dice: &[u8]) -> String {
    let mut dice = dice.iter().cycle();
    let mut roll = || *dice.next().unwrap_or(&0);
    let mut out = String::new();
    for c in path.chars() {
        match (c, roll() % 8) {
            ('/', 0) => out.push_str("//"),
            ('/', 1) => out.push_str("/./"),
            ('/', 2) => out.push_str("/x/../"),
            ('/', 3) => out.push_str("/%2e/"),
            ('/', 4) => out.push_str(";v=1/"),
            ('/', _) => out.push('/'),
            (c, 0) => out += &format!("%{:02x}", u32::from(c)),
            (c, 1) => out += &format!("%{:02X}", u32::from(c)),
            (c, 2) => out.push(c.to_ascii_uppercase()),
            (c, _) => out.push(c),
        }
    }
    out += ["", "/", "/.", ";x", "%20", ".", "//", ""][usize::from(roll() % 8)];
    out
}

proptest! {
    #[test]
    fn canonical_paths_stay_canonical(raw in troubled()) {
        let Ok(target) = Target::parse(&raw) else { return Ok(()) };
        let once = target.path_and_query();
        let again = Target::parse(&once).unwrap();
        prop_assert_eq!(again.path(), target.path());
        prop_assert_eq!(again.quirks(), target.quirks());
        prop_assert!(again.is_canonical_as_sent());
        prop_assert_eq!(Quirks::of(target.path()), target.quirks());
    }

    #[test]
    fn canonical_paths_hold_nothing_ambiguous(raw in troubled()) {
        let Ok(target) = Target::parse(&raw) else { return Ok(()) };
        let path = target.path();
        prop_assert!(path.starts_with('/'));
        prop_assert!(!path.contains("//") && !path.contains('\\') && !path.contains('#'));
        prop_assert!(!path.contains("%2F") && !path.contains("%5C") && !path.contains("%00"));
        prop_assert!(path.bytes().all(|b| b.is_ascii_graphic()));
        prop_assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
        prop_assert_eq!(target.query(), raw.split_once('?').map(|(_, query)| query));
    }

    #[test]
    fn any_text_is_parsed_or_refused(raw in "\\PC{0,40}") {
        let _ = Target::parse(&raw).map(|target| target.readings().count());
    }

    #[test]
    fn a_disguised_path_is_never_freer(
        path in prop::sample::select(vec!["/api/admin", "/api/admin/users", "/api", "/api/items", "/api/items/7"]),
        dice in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let routes = guarded();
        let raw = disguise(path, &dice);
        let Ok(target) = Target::parse(&raw) else { return Ok(()) };
        let plain = Target::parse(path).unwrap();
        let Found::Route { policy: wanted, .. } = routes.find("a", &plain, &Method::GET) else { panic!("{path} has a route") };
        match routes.find("a", &target, &Method::GET) {
            Found::Route { policy, .. } => prop_assert_eq!(policy.strictest(wanted), Some(policy), "{}", raw),
            Found::Nothing | Found::Ambiguous => {}
        }
    }

    #[test]
    fn a_found_policy_is_at_least_the_plain_routes_own(raw in troubled()) {
        let routes = guarded();
        let Ok(target) = Target::parse(&raw) else { return Ok(()) };
        if let Found::Route { route, policy } = routes.find("a", &target, &Method::GET) {
            prop_assert_eq!(policy.strictest(&route.policy), Some(policy));
        }
    }

    #[test]
    fn no_spelling_of_an_identity_header_survives(
        name in prop::sample::select(vec!["x-user-id", "x-user-role", "x-session-id", "remote-user", "x-forwarded-email", "x-auth-request-user", "x-mine"]),
        dice in prop::collection::vec(any::<u8>(), 1..40),
        trusted: bool,
    ) {
        let plan = plan("user_id = 'X-Mine'");
        let odd = b"-_.!#$%&'*+^`|~";
        let spelling: String = name.bytes().zip(dice.iter().cycle()).map(|(b, roll)| char::from(match b {
            b'-' => odd[usize::from(*roll) % odd.len()],
            b if roll % 2 == 0 => b.to_ascii_uppercase(),
            b => b,
        })).collect();
        prop_assert!(plan.must_strip(&spelling, trusted), "{}", spelling);
    }

    #[test]
    fn any_text_makes_a_header_value(text in any::<String>()) {
        let value = header_value_of(&text);
        prop_assert!(value.len() <= 1024);
        prop_assert!(value.to_str().is_ok_and(|value| value.trim() == value && value.bytes().all(|b| (b' '..=b'~').contains(&b))));
    }

    #[test]
    fn a_configuration_that_loads_compiles_or_says_why(path in troubled(), host in "[a-zA-Z0-9.*:_-]{0,12}", below: bool) {
        let path = if below { format!("{path}/*") } else { path };
        let (path, host) = (toml::Value::from(path), toml::Value::from(host));
        let text = format!("[upstreams.app]\nservers = [\"127.0.0.1:1\"]\n[[routes]]\nupstream = \"app\"\npath = {path}\nhost = {host}\n");
        match load_text("gateway.toml", &text).map(|loaded| Routes::compile(&loaded.config)) {
            Ok(Ok(routes)) => prop_assert_eq!(routes.all().len(), 1),
            Ok(Err(problems)) => prop_assert_eq!(problems.len(), 1),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn forged_hops_never_become_the_client(lines in chains()) {
        let (trusted, headers) = (origin::trusted(), origin::headers(&lines.iter().map(String::as_str).collect::<Vec<_>>()));
        let socket = Socket { peer: Peer::Ip([10, 0, 0, 1].into()), tls: false };
        let found = trusted.origin(socket, &headers);
        let client = found.client.unwrap();
        let chain = Chain::read(&headers).unwrap_or_default();
        let nodes = chain.hops.iter().map(|hop| Node::parse(hop.node));
        let believed: Vec<_> = nodes.map_while(|node| match node { Ok(Node::Ip(address)) => Some(address), _ => None }).collect();
        match believed.iter().find(|address| !trusted.trusts(Peer::Ip(**address))) {
            Some(stranger) => prop_assert_eq!(client, *stranger),
            None => prop_assert!(trusted.trusts(Peer::Ip(client))),
        }
        let outgoing = found.outgoing(socket, &headers, "own");
        let told = outgoing.forwarded_for.unwrap();
        prop_assert!(told.to_str().unwrap().starts_with(&client.to_string()));
    }

    #[test]
    fn any_chain_is_read_or_refused(value in "[ -~]{0,60}") {
        let headers = origin::headers(&[&format!("forwarded: {value}")]);
        let _ = Chain::read(&headers).map(|chain| chain.hops.iter().filter(|hop| Node::parse(hop.node).is_ok()).count());
        let headers = origin::headers(&[&format!("x-forwarded-for: {value}")]);
        let _ = Chain::read(&headers).map(|chain| chain.hops.iter().filter(|hop| Node::parse(hop.node).is_ok()).count());
    }
}

/// Lines of either family with trusted, strange, hidden and broken hops.
fn chains() -> impl Strategy<Value = Vec<String>> {
    let hop = prop::sample::select(vec![
        "1.2.3.4",
        "6.6.6.6:80",
        "10.0.0.2",
        "10.9.9.9:1",
        "[2001:db8::1]",
        "[2001:db8:1::1]:443",
        "unknown",
        "_x",
        "1.2.3",
        "",
        "::ffff:10.0.0.5",
    ]);
    let line = (any::<bool>(), prop::collection::vec(hop, 0..6)).prop_map(|(standard, hops)| {
        if standard {
            let elements: Vec<String> = hops.iter().map(|hop| format!("for=\"{hop}\"")).collect();
            return format!("forwarded: {}", elements.join(", "));
        }
        format!("x-forwarded-for: {}", hops.join(", "))
    });
    prop::collection::vec(line, 0..4)
}
