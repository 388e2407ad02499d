//! How long a session lives: extended by use, not remembered, expired, fresh. Time is moved in the database.

use std::time::Duration;

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::{moment, seconds_until};
use serde_json::json;

use super::alone;

on_both!(
    a_session_used_after_a_day_is_extended,
    a_session_that_is_not_remembered_is_never_extended,
    an_expired_session_is_gone,
    a_session_grows_stale,
);

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How long it takes at most until a change by another program is noticed: longest with SQLite.
const NOTICED: Duration = Duration::from_millis(400);

/// Ada, whose session's column has been moved to this many seconds from now before the gateway ever read it again.
async fn ada_with(database: &Database, column: &str, seconds: i64) -> (Gateway, Person) {
    let gateway = alone(database).start().await;
    let ada = gateway.user("ada").await;
    shift(database, &ada, column, seconds).await;
    (gateway, ada)
}

async fn shift(database: &Database, person: &Person, column: &str, seconds: i64) {
    let (moment, token) = (moment(seconds), person.token());
    let changed =
        database.execute(&format!("update session set \"{column}\" = '{moment}' where token = '{token}'")).await;
    assert_eq!(changed, 1);
    tokio::time::sleep(NOTICED).await;
}

async fn a_session_used_after_a_day_is_extended(database: Database) {
    let (_gateway, ada) = ada_with(&database, "expiresAt", 6 * DAY + HOUR).await;
    let answer = ada.get("/api/auth/get-session").await;
    assert_eq!(answer.set_cookies(), [], "younger than a day: nothing to do");
    assert!(seconds_until(&answer.json()["session"]["expiresAt"]) < 6 * DAY + HOUR + 5);

    shift(&database, &ada, "expiresAt", 5 * DAY + 23 * HOUR).await;
    let answer = ada.get("/api/auth/get-session?disableRefresh=true").await;
    assert_eq!(answer.set_cookies(), []);

    let cookie = ada.session_cookie();
    let answer = ada.get("/api/auth/get-session").await.expect(200);
    assert!(seconds_until(&answer.json()["session"]["expiresAt"]) > 7 * DAY - 60);
    let set = answer.sets("session_token").expect("the extended cookie is sent again");
    assert_eq!(format!("{}={}", set.name, set.value), cookie, "the token stays");
    assert_eq!(set.attributes, ["Max-Age=604800", "Path=/", "HttpOnly", "SameSite=Lax"]);
    assert_eq!(ada.get("/api/auth/get-session").await.set_cookies(), [], "once is enough");
}

async fn a_session_that_is_not_remembered_is_never_extended(database: Database) {
    let gateway = alone(&database).start().await;
    let ada = gateway.user("ada").await;
    ada.jar.clear();
    let body = json!({ "email": ada.email, "password": gateway_tests::client::PASSWORD, "rememberMe": false });
    let answer = ada.post("/api/auth/sign-in/email", body).await.expect(200);
    assert_eq!(answer.sets("session_token").unwrap().attributes, ["Path=/", "HttpOnly", "SameSite=Lax"]);
    let mark = answer.sets("dont_remember").unwrap();
    assert!(mark.value.starts_with("true."), "{mark:?}");
    assert_eq!(mark.attributes, ["Path=/", "HttpOnly", "SameSite=Lax"]);

    let expires = seconds_until(&ada.session().await["session"]["expiresAt"]);
    assert!((DAY - 60..=DAY).contains(&expires), "{expires}");
    shift(&database, &ada, "expiresAt", HOUR).await;
    let answer = ada.get("/api/auth/get-session").await.expect(200);
    assert_eq!(answer.set_cookies(), []);
    assert!(seconds_until(&answer.json()["session"]["expiresAt"]) <= HOUR);

    let body = json!({ "email": ada.email, "password": gateway_tests::client::PASSWORD });
    let answer = ada.post("/api/auth/sign-in/email", body).await.expect(200);
    assert!(answer.sets("dont_remember").is_some_and(|cookie| cookie.clears()), "remembered again");
}

async fn an_expired_session_is_gone(database: Database) {
    let (_gateway, ada) = ada_with(&database, "expiresAt", -1).await;
    let answer = ada.get("/api/auth/get-session").await.expect(200);
    assert!(answer.json().is_null());
    let cleared: Vec<_> = answer.set_cookies().into_iter().map(|cookie| (cookie.clears(), cookie.name)).collect();
    let names = ["session_token", "session_data", "dont_remember"].map(|name| (true, format!("better-auth.{name}")));
    assert_eq!(cleared, names);
    assert_eq!(database.count("select count(*) from session").await, 0, "the row is deleted");
}

async fn a_session_grows_stale(database: Database) {
    let (_gateway, ada) = ada_with(&database, "createdAt", HOUR - DAY).await;
    ada.get("/api/auth/list-sessions").await.expect(200);
    shift(&database, &ada, "createdAt", -DAY - 1).await;
    let answer = ada.get("/api/auth/list-sessions").await.expect(403);
    assert_eq!(answer.json(), json!({ "code": "SESSION_NOT_FRESH", "message": "Session is not fresh" }));
    ada.post("/api/auth/revoke-other-sessions", json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxied_request_extends_the_session_too() {
    let database = Database::sqlite();
    let upstream = gateway_tests::upstream::Upstream::start().await;
    let gateway = Gateway::on(&database).upstream(upstream.address()).start().await;
    let ada = gateway.user("ada").await;
    assert_eq!(ada.get("/items").await.expect(200).set_cookies(), []);
    shift(&database, &ada, "expiresAt", 5 * DAY).await;
    gateway_tests::eventually("the refreshed cookie comes with an answer of the upstream", async || {
        ada.get("/items").await.expect(200).sets("session_token").is_some()
    })
    .await;
    gateway_tests::eventually("the session is extended", async || {
        seconds_until(&ada.session().await["session"]["expiresAt"]) > 6 * DAY
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_once_extend_a_session_once() {
    let database = Database::sqlite();
    let upstream = gateway_tests::upstream::Upstream::start().await;
    let gateway = Gateway::on(&database).upstream(upstream.address()).start().await;
    let ada = gateway.user("ada").await;
    database.execute("create table writes (id text)").await;
    let count = "create trigger count_writes after update on session begin insert into writes values (new.id); end";
    shift(&database, &ada, "expiresAt", 5 * DAY).await;
    database.execute(count).await;
    let requests = (0..50).map(|_| {
        let ada = ada.clone();
        async move { ada.get("/items").await.expect(200).sets("session_token").is_some() }
    });
    let refreshed = futures_util::future::join_all(requests).await;
    assert!(refreshed.contains(&true), "no answer brought the refreshed cookie");
    gateway_tests::gateway::a_moment().await;
    assert_eq!(database.count("select count(*) from writes").await, 1);
}
