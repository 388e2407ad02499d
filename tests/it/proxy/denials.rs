//! Refusals in the caller's own language.

use std::time::Duration;

use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::ports;
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;

use super::{gateway, gateway_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_sent_to_sign_in_and_comes_back() {
    let (gateway, _upstream) = gateway().await;
    let anon = gateway.anon();
    let answer = anon.ask(Method::GET, "/items?page=2&x=a%26b").as_navigation().send().await.expect(302);
    let location = answer.header("location").unwrap_or_default();
    let base = url_of(&gateway, location);
    assert_eq!(base.path(), "/auth/sign-in", "{location}");
    let back: Vec<_> = base.query_pairs().map(|(_, value)| value.into_owned()).collect();
    assert_eq!(back, ["/items?page=2&x=a%26b"], "{location}");
    assert!(answer.header("cache-control").unwrap_or_default().contains("no-store"));

    let answer = anon.ask(Method::POST, "/items").as_navigation().body("a=b").send().await.expect(303);
    assert!(answer.header("location").unwrap_or_default().contains("/auth/sign-in"));
}

fn url_of(gateway: &Gateway, location: &str) -> reqwest::Url {
    reqwest::Url::parse(gateway.origin()).unwrap().join(location).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_401() {
    let (gateway, upstream) = gateway().await;
    let anon = gateway.anon();
    let callers: [&[(&str, &str)]; 8] = [
        &[],
        &[("accept", "*/*")],
        &[("accept", "application/json")],
        &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), ("accept", "text/html")],
        &[("x-requested-with", "XMLHttpRequest"), ("accept", "text/html")],
        &[("authorization", "Bearer nonsense"), ("accept", "text/html")],
        &[("content-type", "application/json"), ("accept", "text/html")],
        &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
    ];
    for headers in callers {
        let ask = headers.iter().fold(anon.ask(Method::GET, "/items"), |ask, (name, value)| ask.header(name, value));
        let answer = ask.send().await.expect(401);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{headers:?}");
        assert_eq!(answer.code(), "UNAUTHORIZED", "{headers:?}");
        assert!(answer.header("www-authenticate").is_some(), "{headers:?}");
        assert!(answer.header("x-auth-location").unwrap_or_default().contains("/auth/sign-in"), "{headers:?}");
        assert!(answer.header("cache-control").unwrap_or_default().contains("no-store"), "{headers:?}");
    }
    let old_browser = anon.ask(Method::GET, "/items").header("accept", "text/html,*/*;q=0.8").send().await;
    assert_eq!(old_browser.status, 302);
    assert_eq!(upstream.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_allowed_is_told_why() {
    let database = Database::sqlite();
    let upstream = Upstream::start().await;
    let config = r#"
        routes = [
            { path = "/admin/*", upstream = "app", roles = ["admin", "owner"] },
            { path = "/verified/*", upstream = "app", verified = true },
            { path = "/fresh/*", upstream = "app", fresh = true },
        ]
    "#;
    let gateway = Gateway::on(&database).upstream(upstream.address()).config(config).start().await;
    let ada = gateway.user("ada").await;
    for path in ["/admin/x", "/verified/x"] {
        let answer = ada.ask(Method::GET, path).as_fetch().send().await.expect(403);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert!(!answer.code().is_empty());
        let page = ada.ask(Method::GET, path).as_navigation().send().await.expect(403);
        assert!(page.header("content-type").unwrap_or_default().starts_with("text/html"));
        gateway.anon().get(path).await.expect(401);
    }
    ada.get("/fresh/x").await.expect(200);

    let stale = gateway_tests::moment(-90_000);
    database.execute(&format!("update session set \"createdAt\" = '{stale}'")).await;
    database.execute("update \"user\" set role = 'user,owner', \"emailVerified\" = true").await;
    gateway_tests::eventually("the changed rows count", async || ada.get("/admin/x").await.status == 200).await;
    ada.get("/verified/x").await.expect(200);
    let answer = ada.ask(Method::GET, "/fresh/x").as_fetch().send().await.expect(403);
    assert_eq!(answer.code(), "SESSION_NOT_FRESH");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_user_is_out() {
    let database = Database::sqlite();
    let upstream = Upstream::start().await;
    let gateway = Gateway::on(&database).upstream(upstream.address()).start().await;
    let ada = gateway.user("ada").await;
    ada.get("/items").await.expect(200);
    database.execute("update \"user\" set banned = true").await;
    gateway_tests::eventually("the ban counts", async || ada.get("/items").await.status == 401).await;
    let answer = ada.sign_in().await.expect(403);
    assert_eq!(answer.code(), "BANNED_USER");
    let past = gateway_tests::moment(-10);
    database.execute(&format!("update \"user\" set \"banExpires\" = '{past}'")).await;
    ada.sign_in().await.expect(200);
    ada.get("/items").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_upstream_is_502() {
    let gateway = Gateway::before(&format!("127.0.0.1:{}", ports::free())).await;
    let ada = gateway.user("ada").await;
    let answer = ada.ask(Method::GET, "/items").as_fetch().send().await.expect(502);
    assert_eq!((answer.header("content-type"), answer.code().as_str()), (Some("application/json"), "BAD_GATEWAY"));
    let page = ada.ask(Method::GET, "/items").as_navigation().send().await.expect(502);
    assert!(page.header("content-type").unwrap_or_default().starts_with("text/html"));
    assert!(!page.text().contains("127.0.0.1"), "nothing about the inside:\n{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_upstream_is_504_and_a_rude_one_502() {
    let (gateway, upstream) = gateway_with("[upstreams.app]\nread_timeout = \"300ms\"").await;
    upstream.on("/slow", Reply::slow(Duration::from_secs(5)));
    upstream.on("/rude", Reply::close());
    let ada = gateway.user("ada").await;
    let answer = ada.ask(Method::GET, "/slow").as_fetch().send().await.expect(504);
    assert_eq!(answer.code(), "GATEWAY_TIMEOUT");
    ada.ask(Method::GET, "/slow").as_navigation().send().await.expect(504);
    ada.ask(Method::POST, "/rude").body("x").send().await.expect(502);
    ada.get("/items").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_is_told_in_its_own_way() {
    let (gateway, upstream) = gateway().await;
    let anon = gateway.anon().over(gateway_tests::client::builder().http2_prior_knowledge().build().unwrap());
    let ask =
        anon.ask(Method::POST, "/items.Items/List").header("content-type", "application/grpc").header("te", "trailers");
    let answer = ask.without("origin").send().await.expect(200);
    assert_eq!((answer.header("grpc-status"), answer.header("content-type")), (Some("16"), Some("application/grpc")));
    assert_eq!(upstream.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_trusted_origins_can_read_a_refusal() {
    let (gateway, _upstream) = gateway_with("[auth]\ntrusted_origins = [\"https://app.example.com\"]").await;
    let anon = gateway.anon();
    let ask = |origin: &str| anon.ask(Method::GET, "/items").as_fetch().header("origin", origin).send();
    let answer = ask("https://app.example.com").await.expect(401);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert!(answer.header("vary").unwrap_or_default().to_lowercase().contains("origin"));
    assert_eq!(ask("https://evil.com").await.expect(401).header("access-control-allow-origin"), None);
}
