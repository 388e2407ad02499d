//! Explanations agree with decisions, and fit a header.

use chrono::TimeDelta;
use expect_test::{Expect, expect};
use http::{HeaderValue, Method};

use super::{Explanation, Rulebook};
use crate::{
    config::{Config, load::load_text},
    identity::{permissions::Permissions, policy::Facts},
    proxy::{path::Target, route::Routes},
};

const CONFIG: &str = r#"
[upstreams.app]
servers = ["127.0.0.1:1"]
[admin.roles]
editor = { items = ["read", "write"] }
[[routes]]
path = "/open/*"
upstream = "app"
access = "public"
[[routes]]
name = "change"
path = "/items/*"
methods = ["POST"]
upstream = "app"
permissions = { items = ["write"] }
not_roles = ["guest"]
fresh = "10m"
[[routes]]
path = "/items/*"
upstream = "app"
verified = true
"#;

fn config() -> Config {
    load_text("gateway.toml", CONFIG).unwrap().config
}

fn explain(method: &str, path: &str, facts: Option<Facts<'_>>) -> Explanation {
    let config = config();
    let routes = Routes::compile(&config).unwrap();
    let permissions = Permissions::new(&config.admin);
    let rulebook = Rulebook { config: &config, routes: &routes, permissions: &permissions };
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    rulebook.explain("localhost", &Target::parse(path).unwrap(), &method, facts)
}

fn ada(role: &str) -> Facts<'_> {
    Facts { user_id: "ada", role: Some(role), verified: false, age: TimeDelta::seconds(61) }
}

#[track_caller]
fn check(asked: (&str, &str), facts: Option<Facts<'_>>, expected: &Expect) {
    let line = explain(asked.0, asked.1, facts).line();
    HeaderValue::from_str(&line).unwrap();
    expected.assert_eq(&line);
}

#[test]
fn every_verdict_in_a_line() {
    check(
        ("GET", "/open/x"),
        None,
        &expect![[
            r#"allow; routes[0] "/open/*" (/open/*); upstream app; access ok (needs nothing, has nobody); every rule of the route holds"#
        ]],
    );
    check(
        ("POST", "/items/1"),
        None,
        &expect![[
            r#"sign_in; routes[1] "change" (/items/*); upstream app; access fails (needs somebody signed in, has nobody); not_roles fails (needs not guest, has nobody); permissions fails (needs items: write, has nobody); fresh fails (needs a session younger than 10m, has nobody); the route is for signed-in users, and nobody is signed in"#
        ]],
    );
    check(
        ("POST", "/items/1"),
        Some(ada("editor")),
        &expect![[
            r#"allow; routes[1] "change" (/items/*); upstream app; access ok (needs somebody signed in, has user ada); not_roles ok (needs not guest, has editor); permissions ok (needs items: write, has what editor permits); fresh ok (needs a session younger than 10m, has signed in 1m1s ago); every rule of the route holds"#
        ]],
    );
    check(
        ("POST", "/items/1"),
        Some(ada("editor,guest")),
        &expect![[
            r#"forbidden; routes[1] "change" (/items/*); upstream app; access ok (needs somebody signed in, has user ada); not_roles fails (needs not guest, has editor,guest); permissions ok (needs items: write, has what editor,guest permits); fresh ok (needs a session younger than 10m, has signed in 1m1s ago); This is closed to the role "guest"."#
        ]],
    );
    check(
        ("GET", "/items/1"),
        Some(ada("editor")),
        &expect![[
            r#"forbidden; routes[2] "/items/*" (/items/*); upstream app; access ok (needs somebody signed in, has user ada); verified fails (needs a verified address, has not verified); This needs a verified e-mail address."#
        ]],
    );
    check(("GET", "/else"), Some(ada("editor")), &expect!["no_route; no route matches, so nothing is forwarded"]);
    check(("GET", "/api/auth/ok"), None, &expect!["own; the gateway itself answers here: the auth API"]);
}

#[test]
fn routes_before_it_tell_what_did_not_fit() {
    let passed = explain("GET", "/items/1", None).passed;
    let told: Vec<_> = passed.iter().map(|passed| (passed.index, passed.why)).collect();
    assert_eq!(told, [(0, "another path"), (1, "another method")]);
}

#[test]
fn a_line_is_bounded_and_ascii() {
    let role = "é\r\nX: y ".repeat(1_000);
    let line = explain("POST", "/items/1", Some(ada(&role))).line();
    assert!(line.len() <= 1_024 && line.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
}
