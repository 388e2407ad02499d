//! Cookies to the byte: names and attributes in every combination that settings make, and the copy of the session in
//! its three forms, which the original server and its clients must be able to read, and whose copies we must.

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET};
use gateway_tests::peers::{NodeServer, cookie_cache};
use http::Method;
use serde_json::{Value, json};

use super::alone;
use super::both::{ADA, Both, PASSWORD};

on_both!(copies_are_sent_like_the_original, copies_are_read_by_either, secrets_are_replaced);

const STRATEGIES: [&str; 3] = ["compact", "jwt", "jwe"];

fn copies(strategy: &str) -> (String, Value) {
    let config = format!("[session.cookie_cache]\nenabled = true\nstrategy = \"{strategy}\"");
    (config, json!({ "session": { "cookieCache": { "enabled": true, "strategy": strategy } } }))
}

fn credentials(remember: bool) -> Value {
    json!({ "email": ADA, "password": PASSWORD, "rememberMe": remember })
}

async fn copies_are_sent_like_the_original(database: Database) {
    for strategy in STRATEGIES {
        let own = if strategy == "compact" { database.clone() } else { Database::sqlite() };
        let (config, options) = copies(strategy);
        let mut both = Both::with(&own, &config, &options).await;
        both.new_user().await;
        both.get("a good copy", "/get-session").await;
        both.get("not asked for", "/get-session?disableCookieCache=true").await;
        both.get("not asked for either", "/get-session?disableCookieCache=false").await;
        both.get("an empty wish", "/get-session?disableCookieCache=").await;
        both.get("a good copy is enough for lists", "/list-sessions").await;
        both.post("not for sensitive things", "/revoke-other-sessions", json!({})).await;
        // What is not base64 is a fault of the original's under "compact".
        let odd: &[&str] = if strategy == "compact" { &[] } else { &["a.b.c", "a.b.c.d.e", "%7B%7D"] };
        for bad in ["x", "e30"].iter().chain(odd) {
            both.ours.jar.put("better-auth.session_data", bad);
            both.theirs.jar.put("better-auth.session_data", bad);
            both.get(bad, "/get-session").await;
        }
        for person in [&both.ours, &both.theirs] {
            person.jar.put("better-auth.session_data", "x");
        }
        both.get("a bad copy, nothing to be renewed", "/get-session?disableRefresh=1").await;
        both.get("no copy, nothing to be renewed", "/get-session?disableRefresh=1").await;
        both.get("no copy", "/get-session").await;
        both.post("sign in again", "/sign-in/email", credentials(true)).await;
        both.post("not remembered", "/sign-in/email", credentials(false)).await;
        both.get("a good copy, not remembered", "/get-session").await;
        both.get("not asked for, not remembered", "/get-session?disableCookieCache=1").await;
        both.post("remembered again", "/sign-in/email", credentials(true)).await;
        for person in [&both.ours, &both.theirs] {
            person.jar.put("better-auth.session_data.0", "x");
            person.jar.put("better-auth.session_data.7", "y");
        }
        both.get("with pieces beside it", "/get-session?disableCookieCache=1").await;
        both.post("sign out", "/sign-out", json!({})).await;
        for person in [&both.ours, &both.theirs] {
            person.jar.put("better-auth.session_data", "x");
        }
        both.get("a copy alone", "/get-session").await;
        let long = json!({ "name": "ä".repeat(250), "email": "long@example.com", "password": PASSWORD,
            "image": format!("/{}", "a".repeat(2_040)) });
        both.step("a long copy", Method::POST, "/sign-up/email", |ask, _| {
            ask.header("user-agent", &"b".repeat(900)).json(&long)
        })
        .await;
        both.get("in pieces", "/get-session").await;
        both.get("again in pieces", "/get-session?disableCookieCache=1").await;
        both.post("sign out of pieces", "/sign-out", json!({})).await;
        both.end();
    }
}

/// The gateway and the original server on one database under one secret.
async fn side_by_side(database: &Database, strategy: &str) -> (Gateway, NodeServer) {
    let (config, options) = copies(strategy);
    let gateway = alone(database).config(&config).config("[password]\nrehash = false").start().await;
    let node = tokio::task::block_in_place(|| {
        NodeServer::on(&database.url(), SECRET).plugins("admin,bearer").options(&options).start()
    });
    (gateway, node)
}

/// The persona at another server, with the same cookies.
fn like(person: &Person, mut elsewhere: Person) -> Person {
    elsewhere.jar = person.jar.clone();
    elsewhere.email = person.email.clone();
    elsewhere
}

async fn copies_are_read_by_either(database: Database) {
    let (gateway, node) = side_by_side(&database, "compact").await;
    let mut ada = gateway.anon();
    ada.sign_up("ada").await;
    for (strategy, first) in STRATEGIES.into_iter().zip([Some((gateway, node)), None, None]) {
        let (gateway, node) = match first {
            Some(servers) => servers,
            None => side_by_side(&database, strategy).await,
        };
        for (from, to) in [(gateway.anon(), node.anon()), (node.anon(), gateway.anon())] {
            let from = like(&ada, from);
            from.jar.clear();
            from.sign_in().await.expect(200);
            let cookies = from.jar.header();
            let read = cookie_cache(strategy, &cookies, SECRET);
            assert_eq!(read["user"]["email"], ada.email, "{strategy}");
            assert_eq!(read["session"]["token"], from.token(), "{strategy}");
            let to = like(&from, to);
            let answer = to.get("/api/auth/get-session").await.expect(200);
            assert_eq!(answer.json()["session"]["token"], from.token(), "{strategy}");
            assert_eq!(answer.set_cookies(), [], "{strategy}: the other one's copy is good");
            let foreign = cookie_cache(strategy, &cookies, "another-secret-of-at-least-32-bytes!");
            assert_eq!(foreign, Value::Null, "{strategy}");
        }
    }
}

async fn secrets_are_replaced(database: Database) {
    let mut ada = {
        let gateway = alone(&database).start().await;
        gateway.user("ada").await
    };
    let old = ada.session_cookie();
    let rotated = alone(&database).without("auth.secret").env("BETTER_AUTH_SECRETS", &format!("2:{NEW}, 1:{SECRET}"));
    let gateway = rotated.start().await;
    ada = like(&ada, gateway.anon());
    let answer = ada.get("/api/auth/get-session").await.expect(200);
    assert_eq!(answer.json()["user"]["email"], ada.email);
    let set = answer.sets("session_token").expect("the cookie is signed anew");
    assert_ne!(format!("{}={}", set.name, set.value), old);
    assert_eq!(ada.get("/api/auth/get-session").await.set_cookies(), [], "once is enough");
    let node = tokio::task::block_in_place(|| NodeServer::on(&database.url(), NEW).plugins("admin,bearer").start());
    let there = like(&ada, node.anon());
    assert_eq!(there.session().await["user"]["email"], ada.email, "under the new secret alone");
    let late = gateway.anon();
    let (name, value) = old.split_once('=').expect("a cookie has a value");
    late.jar.put(name, value);
    assert_eq!(late.session().await["user"]["email"], ada.email, "another tab with the old cookie");
    drop(gateway);
    let over = alone(&database).without("auth.secret").env("BETTER_AUTH_SECRETS", &format!("2:{NEW}")).start().await;
    let late = over.anon();
    late.jar.put(name, value);
    assert_eq!(late.session().await, Value::Null, "the old secret was taken out");
}

const NEW: &str = "a-new-secret-of-at-least-32-bytes!!";

/// A setting, what it is in Better Auth, and the origin of our pages.
fn matrix() -> Vec<(&'static str, Value, &'static str)> {
    let https = "https://app.example.com";
    vec![
        ("[server]\npublic_url = \"https://app.example.com\"", json!({ "baseURL": https }), https),
        (
            "[server]\npublic_url = \"https://app.example.com\"\n[cookie]\ndomain = \".example.com\"\nprefix = \"shop\"",
            json!({ "baseURL": https, "advanced": { "cookiePrefix": "shop",
                "crossSubDomainCookies": { "enabled": true, "domain": ".example.com" } } }),
            https,
        ),
        (
            "[server]\npublic_url = \"https://app.example.com\"\n[cookie]\ndomain = \"app.example.com\"",
            json!({ "baseURL": https, "advanced": { "crossSubDomainCookies": { "enabled": true } } }),
            https,
        ),
        (
            "[server]\npublic_url = \"https://app.example.com\"\n[cookie]\nsame_site = \"none\"",
            json!({ "baseURL": https,
                "advanced": { "defaultCookieAttributes": { "sameSite": "none", "secure": true } } }),
            https,
        ),
        (
            "[server]\npublic_url = \"https://app.example.com\"\n[cookie]\nsecure = false",
            json!({ "baseURL": https, "advanced": { "useSecureCookies": false } }),
            https,
        ),
        (
            "[cookie]\nsecure = true\nsame_site = \"strict\"",
            json!({ "advanced": { "useSecureCookies": true, "defaultCookieAttributes": { "sameSite": "strict" } } }),
            "",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_those_of_the_original() {
    for (config, mut options, origin) in matrix() {
        let (with_copies, session) = copies("compact");
        options["session"] = session["session"].clone();
        let mut both = Both::with(&Database::sqlite(), &format!("{config}\n{with_copies}"), &options).await;
        if !origin.is_empty() {
            both.come_from(origin);
        }
        both.new_user().await;
        both.post("not remembered", "/sign-in/email", credentials(false)).await;
        both.post("remembered", "/sign-in/email", credentials(true)).await;
        both.get("copied anew", "/get-session?disableCookieCache=1").await;
        both.post("signed out", "/sign-out", json!({})).await;
        both.end();
    }
}
