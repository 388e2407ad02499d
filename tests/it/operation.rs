//! Running it: health, metrics, logs, stopping.

use std::time::{Duration, Instant};

use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::process::PATIENCE;
use gateway_tests::raw::Raw;
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;
use serde_json::{Value, json};

async fn gateway() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    (Gateway::before(upstream.address()).await, upstream)
}

async fn status(url: &str) -> u16 {
    gateway_tests::client::fetch(url).await.expect("the admin listener answers").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_readiness_are_on_the_admin_listener_only() {
    let (gateway, upstream) = gateway().await;
    assert_eq!(status(&gateway.admin_url("/healthz")).await, 200);
    assert_eq!(status(&gateway.admin_url("/readyz")).await, 200);
    let ready: Value = gateway_tests::client::fetch(gateway.admin_url("/readyz")).await.unwrap().json().await.unwrap();
    for part in ["database", "listener", "migrations"] {
        assert!(!ready[part].is_null(), "{part} is missing: {ready}");
    }
    let ada = gateway.user("ada").await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        gateway.anon().get(path).await.expect(401);
        ada.get(path).await.expect(200);
        assert_eq!(upstream.last().path(), path, "it is the app's path there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted() {
    let (gateway, _upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    ada.sign_in().await.expect(200);
    for _ in 0..5 {
        ada.get("/items").await.expect(200);
    }
    gateway.anon().get("/items").await.expect(401);
    Raw::exchange(gateway.address(), &["GET /x HTTP/1.1"]).await;
    let metrics = gateway.metrics().await;
    for name in [
        "gateway_http_requests_total",
        "gateway_http_request_seconds",
        "gateway_authz_decisions_total",
        "gateway_refused_total",
        "gateway_signin_total",
        "gateway_session_cache_hits_total",
        "gateway_session_cache_misses_total",
        "gateway_session_cache_entries",
        "gateway_connections",
    ] {
        assert!(metrics.contains(name), "{name} is missing:\n{metrics}");
    }
    assert!(gateway.metric("gateway_session_cache_hits_total").await >= 4.0, "{metrics}");
    assert!(gateway.metric("gateway_authz_decisions_total").await >= 6.0, "{metrics}");
    assert!(!metrics.contains("/items") && !metrics.contains("ada@"), "no paths, no people:\n{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_running_requests_finish() {
    let (mut gateway, upstream) = gateway().await;
    upstream.on("/slow", Reply::chunks(&[], &["one ", "two ", "three"], Duration::from_millis(400)));
    let ada = gateway.user("ada").await;
    let mut idle = Raw::connect(gateway.address()).await;
    idle.send("GET /items HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.answer().await.expect("an answer");
    let running = tokio::spawn(async move { ada.get("/slow").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    gateway.signal("TERM");
    let began = Instant::now();
    assert!(idle.is_closed_within(Duration::from_secs(2)).await, "idle connections end at once");
    gateway_tests::eventually("nobody new is served", async || {
        tokio::net::TcpStream::connect(gateway.address()).await.is_err()
    })
    .await;
    assert_eq!(running.await.unwrap().expect(200).text(), "one two three");
    let ended = gateway.process().wait(PATIENCE).expect("it ends by itself");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "right after the last request, not {:?} later", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_finish_is_cut_off() {
    let upstream = Upstream::start().await;
    upstream.on("/endless", Reply::chunks(&[], &["x"; 600], Duration::from_millis(100)));
    let setup = Gateway::on(&Database::sqlite()).upstream(upstream.address());
    let mut gateway = setup.config("[server]\nshutdown_grace = \"1s\"").start().await;
    let ada = gateway.user("ada").await;
    let _open = ada.ask(Method::GET, "/endless").open().await;
    let began = Instant::now();
    tokio::task::block_in_place(|| gateway.stop());
    assert!(
        began.elapsed() > Duration::from_millis(800) && began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_hold_no_secrets_and_one_line_per_decision() {
    let upstream = Upstream::start().await;
    let setup = Gateway::on(&Database::sqlite()).upstream(upstream.address());
    let gateway = setup.config("[telemetry]\nlog = \"json\"\nlevel = \"debug\"").start().await;
    let ada = gateway.user("ada").await;
    ada.get("/items?token=in-the-query-string").await.expect(200);
    ada.ask(Method::GET, "/items").without_cookies().bearer(&ada.signed_token()).send().await.expect(200);
    ada.ask(Method::GET, "/items").without_cookies().bearer("some-unknown-token-of-somebody").send().await.expect(401);
    for line in ["user-agent: x\u{1b}[31mred", "x-a: \u{1b}[31m"] {
        Raw::exchange(gateway.address(), &["GET /items\u{1b}[31m HTTP/1.1", "host: x\u{1b}[31m", line]).await;
        Raw::exchange(gateway.address(), &["GET /items HTTP/1.1", "host: x", line]).await;
    }
    let wrong = json!({ "email": "ada@example.com", "password": "a-wrong-password" });
    ada.post("/api/auth/sign-in/email", wrong).await.expect(401);
    ada.ask(Method::POST, "/api/auth/sign-in/email")
        .header("content-type", "application/json")
        .body("{\"password\": \"cut-off-pass")
        .send()
        .await;
    for secret in
        ["some-unknown-token-of-somebody", "in-the-query-string", "cut-off-pass", "ada@example.com", "\u{1b}[31m"]
    {
        gateway.never_log(secret);
    }
    gateway_tests::gateway::a_moment().await;
    let log = gateway.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let decisions: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("every line is JSON")).collect();
    assert!(decisions.len() >= 5, "one line per decision:\n{log}");
}
