//! The harness itself: what the stories rely on.

use std::time::Duration;

use gateway_tests::client::{PASSWORD, Person, Secrets};
use gateway_tests::db::Database;
use gateway_tests::gateway::SECRET;
use gateway_tests::peers::{FastApi, NodeServer, OfficialClient};
use gateway_tests::raw::Raw;
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;
use serde_json::json;

fn person_at(upstream: &Upstream) -> Person {
    let base = format!("http://{}", upstream.address());
    Person::new(&base, &base, Secrets::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_shows_what_it_was_sent() {
    let upstream = Upstream::start().await;
    let answer = person_at(&upstream).post("/items?x=1", json!({ "a": 1 })).await.expect(200).json();
    assert_eq!(answer["target"], "/items?x=1");
    assert_eq!(answer["body"], r#"{"a":1}"#);
    assert_eq!(upstream.last().header("Content-Type"), Some("application/json"));
    assert!(upstream.last().head.starts_with("POST /items?x=1 HTTP/1.1\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_pause_chunk_and_close() {
    let upstream = Upstream::start().await;
    upstream.on("/chunks", Reply::chunks(&[], &["one ", "two"], Duration::from_millis(1)));
    upstream.on("/close", Reply::close());
    assert_eq!(person_at(&upstream).get("/chunks").await.expect(200).text(), "one two");
    assert_eq!(Raw::exchange(upstream.address(), &["GET /close HTTP/1.1", "Host: a"]).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_keeps_and_drops_cookies() {
    let upstream = Upstream::start().await;
    upstream.on("/in", Reply::text(200, &[("set-cookie", "a.session_token=t.s%3D; Max-Age=60; Path=/")], ""));
    upstream.on("/out", Reply::text(200, &[("set-cookie", "a.session_token=; Max-Age=0; Path=/")], ""));
    let ada = person_at(&upstream);
    let answer = ada.get("/in").await;
    assert_eq!(answer.sets("session_token").unwrap().attributes, ["Max-Age=60", "Path=/"]);
    assert_eq!((ada.token().as_str(), ada.signed_token().as_str()), ("t", "t.s="));
    ada.get("/items").await;
    assert_eq!(upstream.last().header("cookie"), Some("a.session_token=t.s%3D"));
    ada.get("/out").await;
    ada.ask(Method::GET, "/items").as_fetch().send().await;
    assert_eq!(upstream.last().header("cookie"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_answers_are_read_one_by_one() {
    let upstream = Upstream::start().await;
    upstream.on("/a", Reply::text(200, &[], "first"));
    upstream.on("/b", Reply::chunks(&[], &["sec", "ond"], Duration::ZERO));
    let mut raw = Raw::connect(upstream.address()).await;
    raw.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(raw.answer().await.unwrap().text(), "first");
    assert_eq!(raw.answer().await.unwrap().text(), "second");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_talks_to_the_original_server() {
    let database = Database::sqlite();
    let node = NodeServer::on(&database.url(), SECRET).plugins("admin,bearer").migrate().start();
    let mut browser = OfficialClient::of(&node.url());
    let new = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
    let signed_up = browser.call("ada", "signUp.email", new).ok();
    assert_eq!(signed_up["user"]["email"], "ada@example.com");
    assert_eq!(database.text("select email from \"user\"").await.as_deref(), Some("ada@example.com"));

    let mut ada = node.anon();
    ada.email = "ada@example.com".into();
    let answer = ada.sign_in().await.expect(200);
    assert_eq!(answer.header("set-auth-token"), Some(ada.signed_token().as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_shows_what_it_was_sent() {
    let api = FastApi::start();
    let base = format!("http://{}", api.address());
    let echoed = Person::new(&base, &base, Secrets::default()).get("/items?x=1").await.expect(200).json();
    assert_eq!((&echoed["path"], &echoed["query"]), (&json!("/items"), &json!("x=1")));
}
