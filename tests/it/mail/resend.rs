//! A stand-in for Resend at its HTTP edge: what it is sent, and what its answers lead to.

use gateway_tests::db::Database;
use gateway_tests::eventually;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::upstream::{Reply, Upstream};
use serde_json::Value;

const KEY: &str = "re_0123456789abcdef";

fn setup(database: &Database, resend: &Upstream) -> Setup {
    Gateway::on(database).config(&format!(
        "[mail]\nwelcome = true\ntransport = \"resend\"\nfrom = \"Acme <noreply@acme.test>\"\n\
         resend_url = \"http://{}\"\nresend_api_key = \"{KEY}\"\n[auth]\napp_name = \"Acme\"",
        resend.address()
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_posted_and_posted_again_when_there_were_too_many() {
    let (database, resend) = (Database::sqlite(), Upstream::start().await);
    resend.on("/emails", Reply::text(429, &[], r#"{"name":"rate_limit_exceeded","message":"Too many requests"}"#));
    let gateway = setup(&database, &resend).start().await;
    gateway.never_log(KEY);
    gateway.user("ada").await;
    eventually("it was put off", async || gateway.metric("gateway_mails_total").await >= 1.0).await;
    resend.on("/emails", Reply::text(200, &[("content-type", "application/json")], r#"{"id":"49a3999c"}"#));
    eventually("it was delivered", async || {
        gateway.metrics().await.contains("gateway_mails_total{outcome=\"delivered\"} 1")
    })
    .await;

    let seen = resend.seen();
    assert!(seen.len() >= 2);
    let last = resend.last();
    assert_eq!((last.method.as_str(), last.target.as_str()), ("POST", "/emails"));
    assert_eq!(last.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(last.header("content-type"), Some("application/json"));
    let key = last.header("idempotency-key").unwrap();
    assert!(seen.iter().all(|seen| seen.all("idempotency-key") == [key]), "every attempt has the same key");
    let body: Value = serde_json::from_str(&last.text()).unwrap();
    assert_eq!(body["from"], "Acme <noreply@acme.test>");
    assert_eq!(body["to"], serde_json::json!(["ada@example.com"]));
    assert_eq!(body["subject"], "Welcome to Acme");
    assert!(body["text"].as_str().unwrap().starts_with("Hello ada,\n"), "{body}");
    assert!(body["html"].as_str().unwrap().starts_with("<!DOCTYPE html>"), "{body}");
    assert_eq!(body["headers"]["Auto-Submitted"], "auto-generated");
    assert_eq!(body["headers"]["Message-ID"], format!("<{key}@acme.test>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_resend_refuses_is_not_posted_again() {
    let (database, resend) = (Database::sqlite(), Upstream::start().await);
    let refusal = r#"{"statusCode":422,"name":"validation_error","message":"Invalid `to`: ada@example.com"}"#;
    resend.on("/emails", Reply::text(422, &[], refusal));
    let gateway = setup(&database, &resend).start().await;
    gateway.user("ada").await;
    eventually("it was given up", async || {
        gateway.metrics().await.contains("gateway_mails_total{outcome=\"refused\"} 1")
    })
    .await;
    resend.on("/emails", Reply::text(200, &[], "{}"));
    gateway.user("bob").await;
    eventually("the next one was delivered", async || resend.count() >= 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(resend.count(), 2, "the first retry would have come after a second");
    assert!(!gateway.log().contains("ada@example.com"), "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_tells_what_resend_said() {
    let (database, resend) = (Database::sqlite(), Upstream::start().await);
    resend.on("/emails", Reply::text(401, &[], r#"{"name":"missing_api_key","message":"Missing API key"}"#));
    let setup = setup(&database, &resend);
    let ended = tokio::task::block_in_place(|| setup.cli(&["mail", "test", "ada@example.com"]));
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stderr, "gateway: no mail was sent by Resend at 127.0.0.1: 401 missing_api_key Missing API key\n");
    resend.on("/emails", Reply::text(200, &[], "{}"));
    let ended = tokio::task::block_in_place(|| setup.cli(&["mail", "test", "ada@example.com"]));
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), "Resend at 127.0.0.1 took the mail to ada@example.com\n")
    );
}
