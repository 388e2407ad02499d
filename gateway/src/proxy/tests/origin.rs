//! Whom to believe about the client.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    config::ServerConfig,
    proxy::{
        client_addr::{Origin, Outgoing, Peer, Socket, TrustedProxies, rate_key},
        forwarded::{Malformed, Node},
    },
};

pub(super) fn trusted() -> TrustedProxies {
    let trusted_proxies = ["10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48", "unix"].map(Into::into).to_vec();
    TrustedProxies::of(&ServerConfig { trusted_proxies, ..ServerConfig::default() })
}

pub(super) fn headers(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    headers
}

fn socket(peer: &str) -> Socket {
    Socket { peer: if peer == "unix" { Peer::Unix } else { Peer::Ip(peer.parse().unwrap()) }, tls: false }
}

/// `address scheme host`
fn told(origin: &Origin<'_>) -> String {
    let client = origin.client.map_or("-".into(), |client| client.to_string());
    format!("{client} {} {}", if origin.https { "https" } else { "http" }, origin.host.as_deref().unwrap_or("-"))
}

#[track_caller]
fn check(peer: &str, lines: &[&str], wanted: &str) {
    assert_eq!(told(&trusted().origin(socket(peer), &headers(lines))), wanted, "{peer} {lines:?}");
}

#[test]
fn strangers_are_not_believed() {
    let claims = [
        "x-forwarded-for: 1.2.3.4",
        "x-forwarded-proto: https",
        "x-forwarded-host: evil",
        "forwarded: for=1.2.3.4;proto=https;host=evil",
    ];
    check("203.0.113.9", &claims, "203.0.113.9 http -");
    check("203.0.113.9", &[], "203.0.113.9 http -");
    check("::ffff:203.0.113.9", &claims, "203.0.113.9 http -");
    let nobody = TrustedProxies::default();
    assert_eq!(told(&nobody.origin(socket("10.0.0.1"), &headers(&claims))), "10.0.0.1 http -");
    assert_eq!(told(&nobody.origin(socket("unix"), &headers(&claims))), "- http -");
}

#[test]
fn the_client_is_the_right_most_stranger() {
    check("10.0.0.1", &["x-forwarded-for: 1.2.3.4"], "1.2.3.4 http -");
    check("10.0.0.1", &["x-forwarded-for: 6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4 http -");
    check(
        "10.0.0.1",
        &["x-forwarded-for: 6.6.6.6", "x-forwarded-for: 1.2.3.4,10.0.0.2 ,, 192.0.2.7"],
        "1.2.3.4 http -",
    );
    check("10.0.0.1", &["x-forwarded-for: 10.0.0.3, 10.0.0.2"], "10.0.0.3 http -");
    check("10.0.0.1", &[], "10.0.0.1 http -");
    check("::ffff:10.0.0.1", &["x-forwarded-for: ::ffff:1.2.3.4"], "1.2.3.4 http -");
    check("unix", &["x-forwarded-for: 1.2.3.4"], "1.2.3.4 http -");
    check("unix", &[], "- http -");
    check("10.0.0.1", &["x-forwarded-for: garbage, 1.2.3.4:5678"], "1.2.3.4 http -");
    check("10.0.0.1", &["x-forwarded-for: [2001:db8::9]:443"], "2001:db8::9 http -");
    check("10.0.0.1", &["x-forwarded-for: 2001:db8::9, 2001:db8:1::2"], "2001:db8::9 http -");
}

#[test]
fn hidden_hops_end_the_walk_and_malformed_ones_spoil_it() {
    check("10.0.0.1", &["x-forwarded-for: 6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2 http -");
    check("10.0.0.1", &["x-forwarded-for: unknown", "x-forwarded-proto: https"], "10.0.0.1 https -");
    check("10.0.0.1", &["x-forwarded-for: 6.6.6.6, 1.2.3, 10.0.0.2", "x-forwarded-proto: https"], "10.0.0.1 http -");
    check("10.0.0.1", &["x-forwarded-for: 6.6.6.6, \u{e9}"], "10.0.0.1 http -");
}

#[test]
fn scheme_and_host_belong_to_the_hop() {
    let proto = |value: &str| format!("x-forwarded-proto: {value}");
    let one =
        |lines: &[&str], wanted: &str| check("10.0.0.1", &[&["x-forwarded-for: 1.2.3.4"], lines].concat(), wanted);
    one(&["x-forwarded-proto: https", "x-forwarded-host: App.example.com:8443"], "1.2.3.4 https app.example.com");
    one(&[&proto("WSS")], "1.2.3.4 https -");
    one(&[&proto("gopher")], "1.2.3.4 http -");
    one(&[&proto("https, http")], "1.2.3.4 http -");
    one(&["x-forwarded-host: evil/../x"], "1.2.3.4 http -");
    one(&["x-forwarded-host: forged, real"], "1.2.3.4 http real");
    check("10.0.0.1", &["x-forwarded-for: 1.2.3.4, 10.0.0.2", &proto("https, http")], "1.2.3.4 https -");
    check("10.0.0.1", &["x-forwarded-for: 6.6.6.6, 1.2.3.4", &proto("https, http")], "1.2.3.4 http -");
    check("10.0.0.1", &["x-forwarded-proto: https"], "10.0.0.1 https -");
}

#[test]
fn the_standard_header_is_read_too() {
    check(
        "10.0.0.1",
        &["forwarded: for=1.2.3.4;proto=https;host=app.example.com;by=10.0.0.1"],
        "1.2.3.4 https app.example.com",
    );
    check("10.0.0.1", &["Forwarded: For=\"[2001:db8::9]:4711\" ; Proto=HTTPS"], "2001:db8::9 https -");
    check(
        "10.0.0.1",
        &["forwarded: for=6.6.6.6;host=forged, for=1.2.3.4;host=real, for=10.0.0.2"],
        "1.2.3.4 http real",
    );
    check("10.0.0.1", &["forwarded: for=6.6.6.6", "forwarded: for=1.2.3.4, for=\"10.0.0.2:80\""], "1.2.3.4 http -");
    check("10.0.0.1", &["forwarded: for=1.2.3.4, for=10.0.0.2;proto=https"], "1.2.3.4 https -");
    check("10.0.0.1", &["forwarded: for=unknown;proto=https"], "10.0.0.1 https -");
    check("10.0.0.1", &["forwarded: for=_hidden, for=10.0.0.2"], "10.0.0.2 http -");
    check("10.0.0.1", &["forwarded: proto=https"], "10.0.0.1 https -");
    check("10.0.0.1", &["forwarded: for=1.2.3.4;ext=\"a,b;c\""], "1.2.3.4 http -");
    for broken in
        ["for=1.2.3.4;for=5.6.7.8", "for=\"1.2.3.4", "for=1.2.3.4 5", "1.2.3.4", "for=\"1.2.3.\\4\"", "=1", "for=a b"]
    {
        check("10.0.0.1", &[&format!("forwarded: {broken}")], "10.0.0.1 http -");
    }
    check("10.0.0.1", &["forwarded: for=6.6.6.6;proto=https", "x-forwarded-for: 1.2.3.4"], "1.2.3.4 http -");
}

#[test]
fn addresses_have_one_form() {
    let ip = |text: &str| Ok(Node::Ip(text.parse::<IpAddr>().unwrap()));
    assert_eq!(Node::parse(" 1.2.3.4 "), ip("1.2.3.4"));
    assert_eq!(Node::parse("1.2.3.4:65535"), ip("1.2.3.4"));
    assert_eq!(Node::parse("[::ffff:1.2.3.4]:1"), ip("1.2.3.4"));
    assert_eq!(Node::parse("2001:DB8::1"), ip("2001:db8::1"));
    for hidden in ["", "unknown", "UNKNOWN", "_gazonk", "_a:80"] {
        assert_eq!(Node::parse(hidden), Ok(Node::Hidden), "{hidden}");
    }
    for broken in [
        "1.2.3",
        "1.2.3.4:",
        "1.2.3.4:x",
        "1.2.3.4:65536",
        "1.2.3.4:+1",
        "[::1",
        "[::1]x",
        "[1.2.3.4]",
        "::1]",
        "fe80::1%eth0",
        "01.2.3.4",
        "a",
        "1",
    ] {
        assert_eq!(Node::parse(broken), Err(Malformed), "{broken}");
    }
}

/// `for | proto | host | forwarded`
fn sent(outgoing: &Outgoing) -> String {
    let text =
        |value: &Option<HeaderValue>| value.as_ref().map_or("-".to_owned(), |value| value.to_str().unwrap().to_owned());
    let proto = outgoing.forwarded_proto.to_str().unwrap();
    format!(
        "{} | {proto} | {} | {}",
        text(&outgoing.forwarded_for),
        text(&outgoing.forwarded_host),
        text(&outgoing.forwarded)
    )
}

#[track_caller]
fn check_outgoing(peer: &str, lines: &[&str], wanted: &str) {
    let (socket, headers) = (socket(peer), headers(lines));
    assert_eq!(
        sent(&trusted().origin(socket, &headers).outgoing(socket, &headers, "own:8080")),
        wanted,
        "{peer} {lines:?}"
    );
}

#[test]
fn upstreams_get_only_what_was_believed() {
    let claims =
        ["x-forwarded-for: 6.6.6.6", "x-forwarded-proto: https", "x-forwarded-host: evil", "forwarded: for=6.6.6.6"];
    check_outgoing("203.0.113.9", &claims, "203.0.113.9 | http | own:8080 | -");
    check_outgoing("2001:db8::9", &[], "2001:db8::9 | http | own:8080 | -");
    check_outgoing("10.0.0.1", &[], "10.0.0.1 | http | own:8080 | -");
    check_outgoing("unix", &[], "- | http | own:8080 | -");
    check_outgoing(
        "10.0.0.1",
        &[
            "x-forwarded-for: 6.6.6.6, 1.2.3.4, 10.0.0.2, 10.0.0.3",
            "x-forwarded-proto: https",
            "x-forwarded-host: App:443",
        ],
        "1.2.3.4, 10.0.0.2, 10.0.0.3, 10.0.0.1 | https | App:443 | -",
    );
    check_outgoing("unix", &["x-forwarded-for: 1.2.3.4"], "1.2.3.4 | http | own:8080 | -");
    check_outgoing("10.0.0.1", &["x-forwarded-for: broken"], "10.0.0.1 | http | own:8080 | -");
    check_outgoing(
        "10.0.0.1",
        &["forwarded: for=6.6.6.6, for=\"[2001:db8::9]\";proto=https;host=app, for=10.0.0.2"],
        "2001:db8::9, 10.0.0.2, 10.0.0.1 | https | app | for=\"[2001:db8::9]\";host=\"app\";proto=https, for=10.0.0.2, for=10.0.0.1",
    );
}

#[test]
fn clients_are_counted_by_network() {
    let key = |address: &str| rate_key(address.parse().unwrap()).to_string();
    assert_eq!(key("1.2.3.4"), "1.2.3.4");
    assert_eq!(key("::ffff:1.2.3.4"), "1.2.3.4");
    assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
}
