//! The forward-auth endpoints themselves: who may ask, and what must be said.

use gateway_tests::client::{Answer, Ask};
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use http::Method;

const ROUTES: &str = r#"
routes = [
    { path = "/open/*", upstream = "app", access = "public" },
    { path = "/admin/*", upstream = "app", roles = ["admin"] },
    { path = "/*", upstream = "app" },
]
"#;

const NAMES: [&str; 5] = ["x-user-id", "x-user-role", "x-user-email", "x-user-name", "x-session-id"];

async fn trusting() -> Gateway {
    let setup = Gateway::on(&Database::sqlite()).upstream("127.0.0.1:9").config(ROUTES);
    setup.config("[server]\ntrusted_proxies = [\"127.0.0.1\"]").start().await
}

/// The headers by which each proxy says what it was asked for.
fn original(ask: Ask, kind: &str, method: &str, uri: &str) -> Ask {
    match kind {
        "nginx" => ask.header("x-original-url", &format!("http://localhost{uri}")).header("x-original-method", method),
        _ => {
            let ask = ask.header("x-forwarded-uri", uri).header("x-forwarded-method", method);
            ask.header("x-forwarded-proto", "http").header("x-forwarded-host", "localhost")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_always_carries_all_identity_headers() {
    let gateway = trusting().await;
    let (ada, anon) = (gateway.user("ada").await, gateway.anon());
    for kind in ["nginx", "traefik", "caddy"] {
        let path = format!("/auth/forward/{kind}");
        let ask = |person: &gateway_tests::client::Person, uri| {
            original(person.ask(Method::GET, &path), kind, "GET", uri).send()
        };
        let answer: Answer = ask(&ada, "/items?x=1").await.expect(200);
        let values = NAMES.map(|name| answer.header(name).unwrap_or("missing").to_owned());
        assert_eq!(values[2], "ada@example.com");
        assert!(values.iter().all(|value| !value.is_empty() && value != "missing"), "{kind}: {values:?}");
        let answer: Answer = ask(&anon, "/open/x").await.expect(200);
        assert_eq!(NAMES.map(|name| answer.header(name)), [Some(""); 5], "{kind}: {answer:?}");
        ask(&ada, "/admin/x").await.expect(403);
        assert!(matches!(ask(&anon, "/items").await.status.as_u16(), 401));
        assert!(ask(&anon, "/open/../items").await.status.is_client_error());
        let grpc =
            original(anon.ask(Method::GET, &path), kind, "POST", "/items").header("content-type", "application/grpc");
        assert_eq!(grpc.send().await.status, 401, "{kind}: gRPC's own form of a denial would be a yes");
        assert_eq!(ask(&ada, "/items?ids=1,2").await.status, 200, "{kind}");
        let malformed = if kind == "nginx" { 403 } else { 400 };
        assert_eq!(ask(&anon, "/open/..%2fitems").await.status, malformed, "{kind} gets what it can carry");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_may_not_ask() {
    let gateway = Gateway::before("127.0.0.1:9").await;
    let ada = gateway.user("ada").await;
    for kind in ["nginx", "traefik", "caddy"] {
        let path = format!("/auth/forward/{kind}");
        let answer = original(ada.ask(Method::GET, &path), kind, "GET", "/items").send().await;
        assert!(answer.status.is_client_error(), "{kind}: {answer:?}");
        assert_eq!(NAMES.map(|name| answer.headers.contains_key(name)), [false; 5], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_must_be_said_once_and_plainly() {
    let gateway = trusting().await;
    let ada = gateway.user("ada").await;
    let nginx = || ada.ask(Method::GET, "/auth/forward/nginx");
    let traefik = || ada.ask(Method::GET, "/auth/forward/traefik");
    let url = "http://localhost/items";
    let asked = [
        ("nginx: nothing", nginx()),
        ("nginx: two URLs", nginx().also("x-original-url", url).also("x-original-url", "http://localhost/open/x")),
        ("nginx: no URL", nginx().header("x-original-url", "items").header("x-original-method", "GET")),
        ("traefik: nothing", traefik()),
        ("traefik: two", original(traefik(), "traefik", "GET", "/items").also("x-forwarded-uri", "/open/x")),
        ("traefik: no path", original(traefik(), "traefik", "GET", "items")),
        ("traefik: odd method", original(traefik(), "traefik", "G T", "/items")),
    ];
    for (what, ask) in asked {
        let answer = ask.send().await;
        assert!(answer.status.is_client_error(), "{what}: {answer:?}");
    }
}
