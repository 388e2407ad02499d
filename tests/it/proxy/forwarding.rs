//! Routes, paths and the headers about the way a request took.

use gateway_tests::gateway::Gateway;
use gateway_tests::raw::Raw;
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;

use super::{gateway, gateway_with, setup};

const PUBLIC: &str = r#"routes = [{ path = "/*", upstream = "app", access = "public" }]"#;

/// Status of `GET target` by somebody without an account, with nothing cleaned up on the way.
async fn status_of(gateway: &Gateway, target: &str) -> u16 {
    let host = format!("host: {}", gateway.address());
    let answer = Raw::exchange(gateway.address(), &[&format!("GET {target} HTTP/1.1"), &host]).await;
    answer.unwrap_or_else(|| panic!("no answer to {target:?}")).status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_that_is_judged_is_the_path_that_is_forwarded() {
    let (gateway, upstream) = gateway_with(PUBLIC).await;
    for (target, forwarded) in [
        ("/a/b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/./b/.", "/a/b/"),
        ("//a///b", "/a/b"),
        ("/%61/%7Eb", "/a/~b"),
        ("/a?x=%2f..//&y=%00", "/a?x=%2f..//&y=%00"),
        ("/a%20b", "/a%20b"),
        ("/", "/"),
    ] {
        assert_eq!(status_of(&gateway, target).await, 200, "{target}");
        assert_eq!(upstream.last().target, forwarded, "{target}");
    }
    let before = upstream.count();
    for target in [
        "/a%2fb",
        "/a%5Cb",
        "/a\\b",
        "/a/..;/b",
        "/%252e%252e/b",
        "/a%00",
        "/a%0d%0ab",
        "/a%zz",
        "/%ff",
        "a",
        "*",
        "/a#b",
    ] {
        assert_eq!(status_of(&gateway, target).await, 400, "{target}");
    }
    assert_eq!(upstream.count(), before, "what is refused isn't forwarded");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_gets_around_a_route() {
    let (gateway, upstream) = gateway_with(
        r#"
        routes = [
            { path = "/public/*", upstream = "app", access = "public" },
            { path = "/health", upstream = "app", access = "public" },
            { path = "/read/*", upstream = "app", access = "public", methods = ["GET"] },
            { path = "/private/*", upstream = "app" },
        ]
        "#,
    )
    .await;
    for (target, expected) in [
        ("/public/x", 200),
        ("/public", 200),
        ("/publicx", 404),
        ("/health", 200),
        ("/health/x", 404),
        ("/private/x", 401),
        ("/public/../private/x", 401),
        ("/public/%2e%2e/private/x", 401),
        ("/public/..%2fprivate/x", 400),
        ("/public/..;/private/x", 400),
        ("//private/x", 401),
        ("/./private/x", 401),
        ("/privat%65/x", 401),
        ("/elsewhere", 404),
    ] {
        assert_eq!(status_of(&gateway, target).await, expected, "{target}");
    }
    assert!(upstream.seen().iter().all(|seen| !seen.path().starts_with("/private")));
    let anon = gateway.anon();
    anon.ask(Method::GET, "/read/x").send().await.expect(200);
    anon.ask(Method::DELETE, "/read/x").send().await.expect(404);
    anon.ask(Method::GET, "/private/x").header("x-http-method-override", "OPTIONS").send().await.expect(401);
    anon.ask(Method::OPTIONS, "/private/x").send().await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_choose_routes_and_servers_take_turns() {
    let (a, b, other) = (Upstream::start().await, Upstream::start().await, Upstream::start().await);
    let config = format!(
        r#"
        routes = [
            {{ host = "api.example.com", path = "/*", upstream = "app", access = "public" }},
            {{ host = "*.example.org", path = "/*", upstream = "other", access = "public" }},
        ]
        [upstreams.app]
        servers = ["{}", "{}"]
        [upstreams.other]
        servers = ["http://{}"]
        "#,
        a.address(),
        b.address(),
        other.address()
    );
    let gateway = setup(&a).config(&config).start().await;
    let anon = gateway.anon();
    for _ in 0..4 {
        anon.ask(Method::GET, "/x").header("host", "API.example.com:8080").send().await.expect(200);
    }
    assert_eq!((a.count(), b.count(), other.count()), (2, 2, 0));
    anon.ask(Method::GET, "/x").header("host", "www.example.org").send().await.expect(200);
    assert_eq!(other.count(), 1);
    for host in ["example.org", "example.com", "evil.com", "api.example.com.evil.com"] {
        anon.ask(Method::GET, "/x").header("host", host).send().await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_can_not_lie_about_the_way() {
    let (gateway, upstream) = gateway_with(PUBLIC).await;
    let lies = [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "forwarded",
        "x-real-ip",
        "x-original-url",
        "x-original-uri",
        "x-rewrite-url",
        "x-original-method",
        "true-client-ip",
        "cf-connecting-ip",
        "x_forwarded_for",
        "x-forwarded-user",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-forwarded-client-cert",
        "fastly-client-ip",
    ];
    let anon = gateway.anon();
    let ask = lies.iter().fold(anon.ask(Method::GET, "/x"), |ask, name| ask.header(name, "203.0.113.66"));
    ask.send().await.expect(200);
    let seen = upstream.last();
    assert!(!seen.head.contains("203.0.113.66"), "{}", seen.head);
    assert_eq!(seen.all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.all("x-forwarded-proto"), ["http"]);
    assert_eq!(seen.all("x-forwarded-host"), [gateway.address()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_proxies_are_believed() {
    let upstream = Upstream::start().await;
    let setup = setup(&upstream).config("[server]\ntrusted_proxies = [\"127.0.0.0/8\", \"10.0.0.0/8\"]");
    let gateway = setup.start().await;
    let ada = gateway.anon();
    let body =
        serde_json::json!({ "name": "a", "email": "ada@example.com", "password": gateway_tests::client::PASSWORD });
    let ask = ada.ask(Method::POST, "/api/auth/sign-up/email").json(&body);
    ask.header("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.1.2.3").send().await.expect(200);
    assert_eq!(ada.session().await["session"]["ipAddress"], "203.0.113.7", "the right-most that isn't ours");

    let ask = ada.ask(Method::GET, "/x").header("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.1.2.3");
    ask.header("x-forwarded-proto", "https").header("x-forwarded-host", "app.example.com").send().await.expect(200);
    let seen = upstream.last();
    assert!(seen.header("x-forwarded-for").unwrap_or_default().contains("203.0.113.7"), "{}", seen.head);
    assert_eq!(seen.all("x-forwarded-proto"), ["https"]);
    assert_eq!(seen.all("x-forwarded-host"), ["app.example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_an_id() {
    let (gateway, upstream) = gateway_with(PUBLIC).await;
    let anon = gateway.anon();
    let mut ids = Vec::new();
    for _ in 0..3 {
        anon.get("/x").await.expect(200);
        let seen = upstream.last();
        assert_eq!(seen.all("x-request-id").len(), 1, "{}", seen.head);
        ids.extend(seen.header("x-request-id").map(str::to_owned));
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_to_known_users_are_kept_out_of_shared_caches() {
    let (gateway, upstream) = gateway().await;
    upstream.on("/none", Reply::text(200, &[], "x"));
    upstream.on("/public", Reply::text(200, &[("cache-control", "public, max-age=60")], "x"));
    let ada = gateway.user("ada").await;
    let plain = ada.get("/none").await.expect(200);
    let control = plain.header("cache-control").unwrap_or_default();
    assert!(control.contains("private") || control.contains("no-store"), "{control:?}");
    let public = ada.get("/public").await.expect(200);
    assert_eq!(public.header("cache-control"), Some("public, max-age=60"), "the upstream said so itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auth_api_is_never_forwarded() {
    let (gateway, upstream) = gateway_with(PUBLIC).await;
    for target in [
        "/api/auth/nothing",
        "/api/auth/",
        "/api/auth",
        "/x/../api/auth/nothing",
        "/api/./auth//nothing",
        "/auth/nothing",
    ] {
        assert_eq!(status_of(&gateway, target).await, 404, "{target}");
    }
    assert_eq!(upstream.count(), 0);
}
