//! Listeners, certificates, upstreams and routes.

use expect_test::expect;

use super::{Given, env, file};

#[test]
fn listeners() {
    file(
        r#"
[server]
listen = ["127.0.0.1:8080", "8080", ":80", "localhost", "http://127.0.0.1:80", "::1:80", "[::1]:80", "[::1:80", "unix:x", "unix:/run/x.sock",
    "127.0.0.1:99999", "127.0.0.1:8080", "256.1.1.1:80", "127.0.0.1:0", "127.0.0.1:0", ""]
admin_listen = "[::1]:80"
"#,
        &expect![[r#"
            gateway.toml:3:29: server.listen[1]: "8080" names no address; write "127.0.0.1:8080" to be reached from this machine only, or "0.0.0.0:8080" from everywhere
            gateway.toml:3:37: server.listen[2]: ":80" names no address; write "127.0.0.1:80" to be reached from this machine only, or "0.0.0.0:80" from everywhere
            gateway.toml:3:44: server.listen[3]: "localhost" has no port; write "localhost:8080"
            gateway.toml:3:57: server.listen[4]: "http://127.0.0.1:80" is a URL; write only the address, such as "127.0.0.1:8080"
            gateway.toml:3:80: server.listen[5]: "::1:80" is no address; an IPv6 address needs brackets, as in "[::1]:8080"; write one such as "127.0.0.1:8080"
            gateway.toml:3:102: server.listen[7]: "[::1:80" lacks a closing ]; write one such as "127.0.0.1:8080"
            gateway.toml:3:113: server.listen[8]: "unix:x" needs an absolute path, such as "unix:/run/gateway.sock"
            gateway.toml:4:5: server.listen[10]: "127.0.0.1:99999" has a wrong port; ports are numbers up to 65535; write one such as "127.0.0.1:8080"
            gateway.toml:4:24: server.listen[11]: "127.0.0.1:8080" is listened on already
            gateway.toml:4:42: server.listen[12]: "256.1.1.1:80" is no address; write one such as "127.0.0.1:8080"
            gateway.toml:4:88: server.listen[15]: "" is no address; write one such as "127.0.0.1:8080"
            gateway.toml:5:16: server.admin_listen: "[::1]:80" is listened on already
        "#]],
    );
    file(
        "[server]\nlisten = []",
        &expect![[r#"
        gateway.toml:2:10: server.listen: no address to listen on; write one such as "127.0.0.1:8080"
    "#]],
    );
    file(
        "[server]\nlisten = \"8080\"",
        &expect![[r#"
        gateway.toml:2:10: server.listen: "8080" names no address; write "127.0.0.1:8080" to be reached from this machine only, or "0.0.0.0:8080" from everywhere
    "#]],
    );
    env(
        &[("GATEWAY_SERVER__ADMIN_LISTEN", "127.0.0.1:8080")],
        &expect![[r#"
        environment GATEWAY_SERVER__ADMIN_LISTEN: server.admin_listen: "127.0.0.1:8080" is listened on already
    "#]],
    );
}

#[test]
fn server_section() {
    file(
        "[server]\npublic_url = \"app.example.com\"\ntrusted_proxies = [\"unix\", \"10.0.0.0/8\", \"::1\", \"10.0.0.0/33\", \"proxy\"]",
        &expect![[r#"
        gateway.toml:2:14: server.public_url: "app.example.com" is no origin; write one such as "https://app.example.com"
        gateway.toml:3:49: server.trusted_proxies[3]: "10.0.0.0/33" is no network; write a CIDR such as "10.0.0.0/8", a single address or "unix"
        gateway.toml:3:64: server.trusted_proxies[4]: "proxy" is no network; write a CIDR such as "10.0.0.0/8", a single address or "unix"
    "#]],
    );
    file(
        "[server]\npublic_url = \"https://app.example.com/base?x\"",
        &expect![[r#"
        gateway.toml:2:14: server.public_url: "https://app.example.com/base?x" is more than an origin; write "https://app.example.com" (where the auth API lives below it is auth.base_path)
    "#]],
    );
    file(
        "[server]\npublic_url = \"https://u:p@app.example.com\"",
        &expect![[r#"
        gateway.toml:2:14: server.public_url: a user name or password has no place in the public URL
    "#]],
    );
    file(
        "[telemetry]\nlevel = \"infos,sqlx=warn,hyper\"",
        &expect![[r#"
        gateway.toml:2:9: telemetry.level: "infos" is no level; levels are error, warn, info, debug, trace, off; did you mean "info"?
        gateway.toml:2:9: telemetry.level: "hyper" is no level; levels are error, warn, info, debug, trace, off
    "#]],
    );
}

#[test]
fn certificates() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let [one, two] = [(), ()].map(|()| rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap());
    std::fs::write(at("one.pem"), one.cert.pem()).unwrap();
    std::fs::write(at("one.key"), one.signing_key.serialize_pem()).unwrap();
    std::fs::write(at("two.key"), two.signing_key.serialize_pem()).unwrap();
    let text = |cert: &str, key: &str| format!("[[tls.certificates]]\ncert = {:?}\nkey = {:?}\n", at(cert), at(key));
    let told = |text: &str| {
        let problems = Given { file: text, ..Given::default() }.load().err().unwrap_or_default();
        problems
            .iter()
            .map(|p| format!("{}\n", super::without_folder(&p.to_string()).replace(&at(""), "")))
            .collect::<String>()
    };
    assert_eq!(told(&text("one.pem", "one.key")), "");
    expect![[r#"
        gateway.toml:3:7: tls.certificates[0].key: is not the key of the certificate in one.pem
        gateway.toml:2:8: tls.certificates[0].cert: holds no certificate in PEM form
        gateway.toml:3:7: tls.certificates[0].key: holds no private key in PEM form that can be used
        gateway.toml:2:8: tls.certificates[0].cert: none.pem can not be read: there is no such file
        gateway.toml:3:7: tls.certificates[0].key: none.key can not be read: there is no such file
        gateway.toml:1:1: tls.certificates[0].cert: is missing; a certificate needs both `cert` and `key`, each the path of a PEM file
        gateway.toml:1:1: tls.certificates[0].key: is missing; a certificate needs both `cert` and `key`, each the path of a PEM file
    "#]].assert_eq(&[
        told(&text("one.pem", "two.key")),
        told(&text("one.key", "one.pem")),
        told(&text("none.pem", "none.key")),
        told("[[tls.certificates]]\n"),
    ].concat());
}

#[test]
fn upstreams() {
    file(
        r#"
[upstreams.app]
servers = ["127.0.0.1:8000", ":8001", "https://api.example.com", "h2c://[::1]:50051", "unix:/run/app.sock",
    "builtin:whoami", "builtin:echo", "localhost", "htps://x", "http://x/path", "127.0.0.1:8000", "http://x:0", "a b:1", ""]
[upstreams.empty]
[upstreams."a b"]
servers = ["127.0.0.1:1"]
connect_timeout = "0s"
retries = 99
tls_insecure = true
health = { path = "healthz" }
[[routes]]
path = "/*"
upstream = "app"
"#,
        &expect![[r#"
            gateway.toml:3:11: upstreams.app.servers: "builtin:whoami" stands alone; it shares no upstream with real servers
            gateway.toml:4:23: upstreams.app.servers[6]: "builtin:echo" is unknown; the only built-in upstream is "builtin:whoami"
            gateway.toml:4:39: upstreams.app.servers[7]: "localhost" has no port; write "localhost:8000"
            gateway.toml:4:52: upstreams.app.servers[8]: "htps://x" has an unknown scheme; did you mean "https://x"?
            gateway.toml:4:64: upstreams.app.servers[9]: "http://x/path" has a path; a server has none, requests keep their own: write "http://x"
            gateway.toml:4:81: upstreams.app.servers[10]: "127.0.0.1:8000" is in the list already
            gateway.toml:4:99: upstreams.app.servers[11]: "http://x:0" has port 0, which nothing can answer on
            gateway.toml:4:113: upstreams.app.servers[12]: "a b:1" is no address; write one such as "127.0.0.1:8000" or "https://api.example.com"
            gateway.toml:4:122: upstreams.app.servers[13]: "" is no address; write one such as "127.0.0.1:8000" or "https://api.example.com"
            gateway.toml:5:1: upstreams.empty.servers: has no servers; write servers = ["127.0.0.1:8000"]
            gateway.toml:6:1: upstreams."a b": the name of an upstream has only letters, digits, "-", "_" and "."
            gateway.toml:8:19: upstreams."a b".connect_timeout: must be longer than zero
            gateway.toml:9:11: upstreams."a b".retries: is more than 10
            gateway.toml:10:16: upstreams."a b".tls_insecure: does nothing here: none of the servers starts with https://
            gateway.toml:11:19: upstreams."a b".health.path: "healthz" is no path; write one such as "/healthz"
        "#]],
    );
}

#[test]
fn routes_by_themselves() {
    file(
        r#"
[upstreams.app]
servers = ["127.0.0.1:8000"]
[upstreams.api]
servers = ["127.0.0.1:8001"]

[[routes]]
upstream = "ap"
[[routes]]
path = "api"
upstream = "other"
host = "example.com:80"
[[routes]]
path = "/a*"
upstream = "app"
methods = ["get", "GTE", "TRACE", "WOBBLE", "POST"]
[[routes]]
path = "/x?y"
upstream = "app"
access = "public"
roles = ["admin", ""]
fresh = true
[[routes]]
path = "/auth/sign-in"
upstream = "app"
[[routes]]
path = "/api/auth/*"
upstream = "app"
[[routes]]
path = "/a/../b"
upstream = "app"
[[routes]]
path = "/%41"
upstream = "app"
[[routes]]
path = "/a%2fb"
upstream = "app"
[[routes]]
path = "/a%c3%a9"
upstream = "app"
[[routes]]
path = "/é"
upstream = "app"
[[routes]]
path = "/100%"
upstream = "app"
[[routes]]
path = "/fine/"
host = "*.example.com"
"#,
        &expect![[r#"
            gateway.toml:7:1: routes[0].path: is missing; write path = "/*" for every path, or one such as "/api/*"
            gateway.toml:8:12: routes[0].upstream: there is no upstream "ap"; did you mean "api"?
            gateway.toml:10:8: routes[1].path: "api" does not start with a slash
            gateway.toml:11:12: routes[1].upstream: there is no upstream "other"; add [upstreams.other] or use one of: api, app
            gateway.toml:12:8: routes[1].host: "example.com:80" is no host name; leave the port out
            gateway.toml:14:8: routes[2].path: "/a*" has a "*" that is not the whole last segment; write "/api/*" for everything below /api
            gateway.toml:16:12: routes[2].methods[0]: methods are written in upper case; write "GET"
            gateway.toml:16:19: routes[2].methods[1]: "GTE" is no method; did you mean "GET"?
            gateway.toml:16:26: routes[2].methods[2]: "TRACE" is never forwarded
            gateway.toml:16:35: routes[2].methods[3]: "WOBBLE" is no method; known are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK, REPORT, SEARCH
            gateway.toml:18:8: routes[3].path: "/x?y" has the character '?'; a route is found by its path alone
            gateway.toml:21:9: routes[3].roles: contradicts access = "public", which lets everybody in; write access = "user"
            gateway.toml:21:19: routes[3].roles[1]: is empty; nobody has a role without a name
            gateway.toml:22:9: routes[3].fresh: contradicts access = "public", which lets everybody in; write access = "user"
            gateway.toml:24:8: routes[4].path: "/auth/sign-in" is never forwarded: the gateway itself answers below "/auth" (auth.ui_path)
            gateway.toml:27:8: routes[5].path: "/api/auth/*" is never forwarded: the gateway itself answers below "/api/auth" (auth.base_path)
            gateway.toml:30:8: routes[6].path: "/a/../b" has an empty segment, "." or ".." and would never match
            gateway.toml:33:8: routes[7].path: "/%41" would never match; write 'A' instead of "%41"
            gateway.toml:36:8: routes[8].path: "/a%2fb" has "%2f", which servers read differently; such requests are refused
            gateway.toml:39:8: routes[9].path: "/a%c3%a9" would never match; write "%C3" instead of "%c3"
            gateway.toml:42:8: routes[10].path: "/é" has characters that never stand in a path; write them percent-encoded, in upper case
            gateway.toml:45:8: routes[11].path: "/100%" has a "%" that no two hex digits follow
            gateway.toml:47:1: routes[12].upstream: is missing; the upstreams are: api, app
        "#]],
    );
}

#[test]
fn routes_among_each_other() {
    file(
        r#"
routes = [
    { path = "/a", upstream = "app" },
    { path = "/a", upstream = "app", access = "public" },
    { path = "/b", upstream = "app", methods = ["GET"] },
    { path = "/b", upstream = "app", methods = ["HEAD", "POST"] },
    { path = "/b", upstream = "app" },
    { path = "/c/*", upstream = "app", host = "*.example.com" },
    { path = "/c/d", upstream = "app", host = "x.example.com" },
    { path = "/c", upstream = "app", host = "example.com" },
    { path = "/d/*", upstream = "app", methods = ["GET"] },
    { path = "/d/e", upstream = "app", methods = ["GET", "POST"] },
    { path = "/*", upstream = "app" },
    { path = "/late", upstream = "app" },
]
"#,
        &expect![[r#"
            gateway.toml:4:5: routes[1]: the same path, host and methods as routes[0] (gateway.toml:3:5); the first one always wins, so remove one of them
            gateway.toml:6:5: routes[3]: the same path, host and method HEAD as routes[2] (gateway.toml:5:5); the first one always wins, so remove one of them
            gateway.toml:9:5: routes[6]: never reached: routes[5] (gateway.toml:8:5) with path "/c/*" stands before it and takes all of it; put this one first
            gateway.toml:14:5: routes[11]: never reached: routes[10] (gateway.toml:13:5) with path "/*" stands before it and takes all of it; put this one first
        "#]],
    );
}

#[test]
fn defaults_for_what_is_left_out() {
    let routes = |text: &str| {
        let config = Given { file: text, ..Given::default() }.load().unwrap().config;
        config
            .routes
            .iter()
            .map(|r| format!("{} {} {:?}\n", r.path, r.upstream, config.upstreams[&r.upstream].servers))
            .collect::<String>()
    };
    expect![[r#"
        /* app ["builtin:whoami"]
        /* api ["127.0.0.1:1"]
        /x app ["builtin:whoami"]
    "#]]
    .assert_eq(
        &[
            routes(""),
            routes("[upstreams.api]\nservers = [\"127.0.0.1:1\"]"),
            routes("[[routes]]\npath = \"/x\"\nupstream = \"app\""),
        ]
        .concat(),
    );
    file(
        "[upstreams.a]\nservers = [\"127.0.0.1:1\"]\n[upstreams.b]\nservers = [\"127.0.0.1:2\"]",
        &expect![[r#"
        routes: there are several upstreams (a, b), but nothing says what goes where; add [[routes]] with path = "/*" and upstream = "a"
    "#]],
    );
    env(
        &[("GATEWAY_UPSTREAMS__APP__SERVERS", "x")],
        &expect![[r#"
        environment GATEWAY_UPSTREAMS__APP__SERVERS: upstreams.app.servers[0]: "x" has no port; write "x:8000"
    "#]],
    );
}

#[test]
fn problems_of_one_section_do_not_breed_others() {
    file(
        "[[routes]]\npath = \"/*\"\nupstrem = \"app\"\n[[routes]]\npath = \"x\"\nupstream = \"app\"",
        &expect![[r#"
        gateway.toml:3:1: routes[0].upstrem: unknown key; did you mean `upstream`?
        gateway.toml:5:8: routes[1].path: "x" does not start with a slash
    "#]],
    );
    file(
        "[upstreems.app]\nservers = [\"127.0.0.1:1\"]\n[[routes]]\npath = \"/*\"\nupstream = \"api\"",
        &expect![[r#"
        gateway.toml:1:2: upstreems: unknown section; did you mean [upstreams]?
    "#]],
    );
}
