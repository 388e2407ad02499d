//! Providers that answer wrongly, or not at all: the browser is sent to where failures are told, and nobody is signed in.

use std::time::Duration;

use gateway_tests::db::Database;
use gateway_tests::peers::providers::{Providers, Recorded};
use gateway_tests::upstream::{Reply, Step};
use serde_json::{Value, json};

use super::both_with;

on_both!(answers_that_are_none, profiles_that_say_too_little);

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const HTML: &[(&str, &str)] = &[("content-type", "text/html")];

fn said(value: &Value) -> Reply {
    Reply::text(200, JSON, &value.to_string())
}

async fn answers_that_are_none(database: Database) {
    let providers = Providers::start().await;
    let ids = ["discord", "github", "google", "twitter"];
    let mut both = both_with(&database, &providers, &ids, ("", &json!({}))).await;
    let endless = Reply::text(200, JSON, &format!("{{\"access_token\":\"{}\"}}", "a".repeat(2 << 20)));
    for id in ids {
        let recorded = Recorded::of(id);
        let wrong = [
            ("an error", Reply::text(400, JSON, r#"{"error":"invalid_grant","error_description":"Bad code"}"#)),
            ("an error in words", Reply::text(500, HTML, "<h1>Oops</h1>")),
            ("an error as a success", said(&json!({ "error": "bad_verification_code" }))),
            ("nothing", said(&json!({}))),
            ("a page", Reply::text(200, HTML, "<h1>Maintenance</h1>")),
            ("another place", Reply::text(302, &[("location", "/elsewhere")], "")),
            ("no answer", Reply::close()),
            (
                "half an answer",
                Reply::head(200, &[("content-length", "100")]).then(Step::Send(b"{".to_vec())).then(Step::Close),
            ),
        ];
        for (what, reply) in wrong {
            providers.on(&recorded.token, &reply);
            let place = both.fails(&format!("token: {what}"), &providers, id).await;
            assert!(place.starts_with("/oops?error="), "{id}: {what}: {place}");
        }
        providers.restore(&recorded.token);
        if recorded.user_info.is_empty() {
            continue;
        }
        for (what, reply) in [
            ("an error", Reply::text(403, JSON, r#"{"message":"Forbidden"}"#)),
            ("an error in words", Reply::text(503, HTML, "<h1>Oops</h1>")),
            ("no answer", Reply::close()),
            ("nothing", said(&json!({}))),
        ] {
            providers.on(&recorded.user_info, &reply);
            let place = both.fails(&format!("profile: {what}"), &providers, id).await;
            assert_eq!(place, "/oops?error=unable_to_get_user_info", "{id}: {what}");
        }
        providers.restore(&recorded.user_info);
    }
    // Here the original reads on, and waits.
    providers.on(&Recorded::of("github").token, &endless);
    let slow = Reply::head(200, JSON).then(Step::Pause(Duration::from_secs(40)));
    providers.on(&Recorded::of("discord").token, &slow);
    for id in ["github", "discord"] {
        let wish = json!({ "provider": id, "callbackURL": "/home", "errorCallbackURL": "/oops" });
        let sent = both.ours.post("/api/auth/sign-in/social", wish).await.expect(200).json();
        let back = providers.sign_in(sent["url"].as_str().unwrap()).await.follow(&both.ours).await.expect(302);
        assert_eq!(back.header("location"), Some("/oops?error=invalid_code"), "{id}");
    }
    both.end();
}

async fn profiles_that_say_too_little(database: Database) {
    let providers = Providers::start().await;
    let ids = ["apple", "facebook", "github", "gitlab", "google", "microsoft", "slack", "spotify", "twitter"];
    let mut both = both_with(&database, &providers, &ids, ("", &json!({}))).await;
    let without = |pointer: &'static str, name: &'static str| {
        move |value: &mut Value| {
            value.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap().remove(name);
        }
    };
    for (id, name) in [
        ("apple", "sub"),
        ("apple", "email"),
        ("google", "email"),
        ("google", "sub"),
        ("microsoft", "oid"),
        ("microsoft", "email"),
    ] {
        providers.change(id, |recorded| without("", name)(recorded.claims.as_mut().unwrap()));
        both.fails(&format!("no {name}"), &providers, id).await;
        providers.change(id, |recorded| *recorded = Recorded::of(id));
    }
    for (id, pointer, name) in [
        ("facebook", "", "email"),
        ("facebook", "", "id"),
        ("github", "", "id"),
        ("gitlab", "", "state"),
        ("slack", "", "https://slack.com/user_id"),
        ("slack", "", "email"),
        ("spotify", "", "email"),
    ] {
        let address = Recorded::of(id).user_info;
        providers.change(id, |recorded| without(pointer, name)(recorded.profiles.get_mut(&address).unwrap()));
        both.fails(&format!("no {name}"), &providers, id).await;
        providers.change(id, |recorded| *recorded = Recorded::of(id));
    }
    let inspected = "https://graph.facebook.com/debug_token";
    for (name, value) in [("is_valid", json!(false)), ("app_id", json!("another-app")), ("user_id", json!("7"))] {
        providers.change("facebook", |recorded| recorded.profiles.get_mut(inspected).unwrap()["data"][name] = value);
        let place = both.fails(&format!("{name} is another"), &providers, "facebook").await;
        assert_eq!(place, "/oops?error=unable_to_get_user_info");
        providers.change("facebook", |recorded| *recorded = Recorded::of("facebook"));
    }
    both.end();
}
