//! The assertion: what the gateway tells an upstream about a request, signed.

use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::Upstream;
use http::Method;
use serde_json::json;

use super::{claims_of, kid_of, shown_keys, with_routes};

#[tokio::test(flavor = "multi_thread")]
async fn each_upstream_is_told_who_asks() {
    let (app, other) = (Upstream::start().await, Upstream::start().await);
    let setup = Gateway::on(&Database::sqlite()).config(&format!(
        r#"
        [server]
        trusted_proxies = ["127.0.0.1"]
        [identity_headers]
        assertion = true
        [upstreams.app]
        servers = ["{}"]
        [upstreams.other]
        servers = ["{}"]
        audience = "https://other.test"
        [[routes]]
        path = "/other/*"
        upstream = "other"
        [[routes]]
        path = "/reports/*"
        upstream = "other"
        audience = "reports"
        [[routes]]
        path = "/open/*"
        upstream = "app"
        access = "optional"
        [[routes]]
        path = "/public/*"
        upstream = "app"
        access = "public"
        [[routes]]
        path = "/*"
        upstream = "app"
        "#,
        app.address(),
        other.address()
    ));
    let gateway = setup.start().await;
    let ada = gateway.user("ada").await;
    let session = ada.session().await;
    ada.ask(Method::GET, "/items").header("X_Auth_Assertion", "forged").send().await.expect(200);
    let seen = app.last();
    let lines: Vec<_> = seen.headers.iter().filter(|(name, _)| name.to_lowercase().contains("assertion")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let assertion = seen.header("x-auth-assertion").unwrap().to_owned();
    let claims = claims_of(&assertion);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    let told = |name: &str| claims[name].clone();
    assert_eq!(
        ["iss", "aud", "sub", "sid", "email", "role"].map(told),
        [
            json!(gateway.origin()),
            json!("app"),
            session["user"]["id"].clone(),
            session["session"]["id"].clone(),
            json!("ada@example.com"),
            json!("user")
        ]
    );
    assert!(shown_keys(&gateway).await.iter().any(|key| key["kid"] == kid_of(&assertion)));
    for (path, audience) in [("/other/x", "https://other.test"), ("/reports/x", "reports")] {
        ada.get(path).await.expect(200);
        assert_eq!(claims_of(other.last().header("x-auth-assertion").unwrap())["aud"], audience);
    }
    for path in ["/open/x", "/public/x"] {
        gateway.anon().ask(Method::GET, path).header("x-auth-assertion", &assertion).send().await.expect(200);
        assert_eq!(app.last().header("x-auth-assertion"), Some(""), "{path}: nobody is signed in");
    }
    let checked = ada.ask(Method::GET, "/auth/forward/traefik").header("x-forwarded-method", "GET");
    let checked = checked.header("x-forwarded-proto", "http").header("x-forwarded-host", "localhost");
    let checked = checked.header("x-forwarded-uri", "/other/x").send().await.expect(200);
    assert_eq!(claims_of(checked.header("x-auth-assertion").unwrap())["aud"], "https://other.test");
    let as_bearer = gateway.anon().ask(Method::GET, "/items").bearer(&assertion).send().await;
    assert_eq!(as_bearer.status, 401, "an assertion is no credential");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_the_very_next_one() {
    let (app, database) = (Upstream::start().await, Database::sqlite());
    let setup = with_routes(Gateway::on(&database), app.address());
    let gateway = setup.config("[identity_headers]\nassertion = \"X-Identity\"").start().await;
    let ada = gateway.user("ada").await;
    ada.get("/items").await.expect(200);
    let first = app.last().header("x-identity").unwrap().to_owned();
    ada.get("/items").await.expect(200);
    assert_eq!(app.last().header("x-identity"), Some(first.as_str()), "it is signed once");
    ada.post("/api/auth/update-user", json!({ "name": "Ada Lovelace" })).await.expect(200);
    database.execute("update \"user\" set role = 'admin' where email = 'ada@example.com'").await;
    gateway_tests::eventually("the new role is told", async || {
        ada.get("/items").await.expect(200);
        claims_of(app.last().header("x-identity").unwrap())["role"] == "admin"
    })
    .await;
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    for (config, words) in [
        ("[identity_headers]\nassertion = true\n[jwt]\nenabled = false", "jwt.enabled = true"),
        ("[[routes]]\npath = \"/*\"\nupstream = \"app\"\njwt = true\n[jwt]\nenabled = false", "none are issued"),
        ("[[routes]]\npath = \"/*\"\nupstream = \"app\"\njwt = true\naccess = \"public\"", "nobody's identity"),
        ("[upstreams.app]\naudience = \"https://x.test\"\n[jwt]\naudience = \"https://x.test\"", "one of its own"),
        ("[jwt]\nclaims = { sub = \"me\" }", "sets itself"),
        ("[jwt]\nclaims = { a = { user = \"passwort\" } }", "no field"),
        ("[jwt]\nfields = [\"emial\"]", "did you mean \"email\""),
        ("[jwt]\ngrace_period = \"1m\"", "outlive"),
        ("[jwt]\nmodulus_length = 1024", "2048"),
        ("[jwt]\nrotation_interval = \"0s\"", "longer than zero"),
        ("[jwt]\nalgorithm = \"HS256\"", "is none of"),
    ] {
        let setup = Gateway::on(&Database::sqlite()).config("[upstreams.app]\nservers = [\"127.0.0.1:9\"]");
        let ended = setup.config(config).cli(&["check"]);
        assert_ne!(ended.code, Some(0), "{config}");
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains(words), "{config}\n{said}");
    }
}
