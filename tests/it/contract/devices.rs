//! Several sessions in one browser, and tokens that hand one on: at the gateway and at the original server.

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::Upstream;
use serde_json::{Value, json};

use super::alone;
use super::both::{Both, PASSWORD};

on_both!(
    several_sessions_are_kept_as_there,
    no_more_are_kept_than_there,
    only_our_own_cookies_count,
    tokens_are_exchanged_as_there,
    a_token_works_once_and_no_app_sees_a_cookie
);

const SEVERAL: &str = "[multi_session]\nenabled = true";
const TOKENS: &str = "[one_time_token]\nenabled = true";

async fn sign_up(both: &mut Both, name: &str) -> [String; 2] {
    let body = json!({ "name": name, "email": format!("{name}@example.com"), "password": PASSWORD });
    both.post(&format!("sign up as {name}"), "/sign-up/email", body).await;
    [both.ours.token(), both.theirs.token()]
}

/// POST with a session's token, which differs.
async fn post(both: &mut Both, what: &str, path: &str, tokens: &[String; 2]) {
    let body = |us: bool| json!({ "sessionToken": tokens[usize::from(!us)] });
    both.step(what, http::Method::POST, path, |ask, us| ask.json(&body(us))).await;
}

async fn several_sessions_are_kept_as_there(database: Database) {
    let mut both = Both::plugged(&database, SEVERAL, "multi-session", &json!({})).await;
    both.get("none", "/multi-session/list-device-sessions").await;
    both.post("revoke, signed out", "/multi-session/revoke", json!({ "sessionToken": "x" })).await;
    let ada = sign_up(&mut both, "ada").await;
    both.get("one", "/multi-session/list-device-sessions").await;
    let bob = sign_up(&mut both, "bob").await;
    both.get("bob", "/get-session").await;
    post(&mut both, "switch to ada", "/multi-session/set-active", &ada).await;
    both.get("ada", "/get-session").await;
    both.post("no token", "/multi-session/set-active", json!({})).await;
    both.post("a number", "/multi-session/set-active", json!({ "sessionToken": 7 })).await;
    both.post("an unknown one", "/multi-session/set-active", json!({ "sessionToken": "unknown" })).await;
    let again = json!({ "email": "bob@example.com", "password": PASSWORD });
    both.post("bob once more", "/sign-in/email", again).await;
    let again = [both.ours.token(), both.theirs.token()];
    post(&mut both, "bob's first is gone", "/multi-session/set-active", &bob).await;
    both.post("an update is no new session", "/update-user", json!({ "name": "Bobby" })).await;
    both.post("revoke without a token", "/multi-session/revoke", json!({})).await;
    post(&mut both, "revoke one that is gone", "/multi-session/revoke", &bob).await;
    post(&mut both, "revoke the active one", "/multi-session/revoke", &again).await;
    both.get("ada is next", "/get-session").await;
    both.get("only she", "/multi-session/list-device-sessions").await;
    post(&mut both, "revoke the last", "/multi-session/revoke", &ada).await;
    both.get("nobody", "/get-session").await;
    sign_up(&mut both, "eve").await;
    both.post("sign out", "/sign-out", json!({})).await;
    both.get("none", "/multi-session/list-device-sessions").await;
    both.end();
}

async fn no_more_are_kept_than_there(database: Database) {
    let config = "[multi_session]\nenabled = true\nmaximum_sessions = 1";
    let options = json!({ "multi-session": { "maximumSessions": 1 } });
    let mut both = Both::plugged(&database, config, "multi-session", &options).await;
    sign_up(&mut both, "ada").await;
    let bob = sign_up(&mut both, "bob").await;
    both.get("only ada is kept", "/multi-session/list-device-sessions").await;
    post(&mut both, "bob is not", "/multi-session/set-active", &bob).await;
    both.end();
}

async fn only_our_own_cookies_count(database: Database) {
    let gateway = alone(&database).config(SEVERAL).start().await;
    let (ada, eve) = (gateway.user("ada").await, gateway.user("eve").await);
    let token = ada.token();
    let name = format!("better-auth.session_token_multi-{}", token.to_lowercase());
    for value in [token.clone(), format!("{token}.{}", "A".repeat(43) + "="), String::new()] {
        let forged = gateway.anon();
        forged.jar.put(&name, &value);
        let listed = forged.get("/api/auth/multi-session/list-device-sessions").await;
        assert_eq!(listed.json(), json!([]));
        let chosen = forged.post("/api/auth/multi-session/set-active", json!({ "sessionToken": token })).await;
        assert_eq!((chosen.status.as_u16(), chosen.code()), (401, "INVALID_SESSION_TOKEN".into()));
        forged.post("/api/auth/sign-out", json!({})).await.expect(200);
    }
    eve.jar.put(&name, &token);
    eve.post("/api/auth/multi-session/revoke", json!({ "sessionToken": token })).await.expect(401);
    assert_eq!(ada.session().await["user"]["email"], "ada@example.com", "nobody ended her session");
}

async fn token_of(person: &Person) -> String {
    let made = person.get("/api/auth/one-time-token/generate").await;
    made.expect(200).json()["token"].as_str().unwrap().to_owned()
}

async fn tokens_are_exchanged_as_there(database: Database) {
    let mut both = Both::plugged(&database, TOKENS, "one-time-token", &json!({})).await;
    both.get("signed out", "/one-time-token/generate").await;
    for body in [json!({}), json!({ "token": 7 }), json!({ "token": "" }), json!({ "token": "unknown" })] {
        both.post(&format!("exchange {body}"), "/one-time-token/verify", body).await;
    }
    both.new_user().await;
    let tokens = [token_of(&both.ours).await, token_of(&both.theirs).await];
    let spent = [token_of(&both.ours).await, token_of(&both.theirs).await];
    assert!(tokens.iter().all(|token| token.len() == 32));
    let exchange = async |both: &mut Both, what: &str, tokens: &[String; 2]| {
        let body = |us: bool| json!({ "token": tokens[usize::from(!us)] });
        both.step(what, http::Method::POST, "/one-time-token/verify", |ask, us| ask.json(&body(us))).await;
    };
    let (ours, theirs) = (both.ours.clone(), both.theirs.clone());
    (both.ours, both.theirs) = (both.gateway.anon(), both.node.anon());
    exchange(&mut both, "exchange", &tokens).await;
    both.get("the same session", "/get-session").await;
    exchange(&mut both, "once more", &tokens).await;
    (both.ours, both.theirs) = (ours, theirs);
    both.post("sign out", "/sign-out", json!({})).await;
    exchange(&mut both, "of a session that ended", &spent).await;
    both.end();

    let config = "[one_time_token]\nenabled = true\ndisable_client_request = true\nstore_token = \"hashed\"\n\
                  disable_set_session_cookie = true\nset_ott_header_on_new_session = true";
    let gateway = Gateway::on(&database).upstream("127.0.0.1:9").config(config).start().await;
    let ada = gateway.anon();
    let body = json!({ "email": super::both::ADA, "password": PASSWORD });
    let answer = ada.post("/api/auth/sign-in/email", body).await;
    let token = answer.expect(200).headers["set-ott"].to_str().unwrap().to_owned();
    let stored = format!(r#"select count(*) from "verification" where identifier like '%{token}%'"#);
    assert_eq!(database.count(&stored).await, 0, "only its hash is stored");
    let refused = ada.get("/api/auth/one-time-token/generate").await;
    assert_eq!((refused.status.as_u16(), refused.json()), (400, json!({ "message": "Client requests are disabled" })));
    let other = gateway.anon();
    let exchanged = other.post("/api/auth/one-time-token/verify", json!({ "token": token })).await;
    assert_eq!(exchanged.expect(200).json()["user"]["email"], super::both::ADA);
    assert!(other.jar.is_empty(), "without a cookie, as configured");
}

async fn a_token_works_once_and_no_app_sees_a_cookie(database: Database) {
    let upstream = Upstream::start().await;
    let gateway = Gateway::on(&database).upstream(upstream.address()).config(TOKENS).config(SEVERAL).start().await;
    let ada = gateway.user("ada").await;
    let token = token_of(&ada).await;
    let tries = (0..8).map(|_| {
        let person = gateway.anon();
        let body = json!({ "token": token });
        async move { person.post("/api/auth/one-time-token/verify", body).await.status.as_u16() }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
    ada.jar.put("theme", "dark");
    ada.get("/items").await.expect(200);
    assert_eq!(upstream.last().header("cookie"), Some("theme=dark"));
    let devices: Value = ada.get("/api/auth/multi-session/list-device-sessions").await.json();
    assert_eq!(devices.as_array().map(Vec::len), Some(1), "but the cookie is there");
}
