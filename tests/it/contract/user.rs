//! What users change about themselves, and their end.

use gateway_tests::db::Database;
use http::Method;
use serde_json::json;

use super::both::Both;

on_both!(changing_oneself_like_node, changing_a_session_like_node);

async fn changing_oneself_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    both.post("signed out", "/update-user", json!({ "name": "A" })).await;
    both.post("signed out, a list", "/update-user", json!([])).await;
    both.new_user().await;
    let bodies = [
        json!({}),
        json!([]),
        json!(null),
        json!(1),
        json!("text"),
        json!({ "name": "Ada Lovelace" }),
        json!({ "name": "", "image": "" }),
        json!({ "image": "/ada.png" }),
        json!({ "name": "Ada", "image": null }),
        json!({ "email": "" }),
        json!({ "email": null, "name": "Countess" }),
        json!({ "email": "eve@example.com", "name": "Eve" }),
        json!({ "email": 7 }),
        json!({ "role": "admin" }),
        json!({ "role": "", "banned": false, "banReason": null }),
        json!({ "banned": true, "name": "Eve" }),
        json!({ "banReason": "x" }),
        json!({ "banExpires": 1 }),
        json!({ "emailVerified": true, "id": "x", "createdAt": 1 }),
        json!({ "name": "N", "emailVerified": true, "id": "x", "updatedAt": "2020", "colour": "red" }),
    ];
    for body in bodies {
        both.post(&body.to_string(), "/update-user", body.clone()).await;
        both.get("what came of it", "/get-session").await;
    }
    both.step("nothing", Method::POST, "/update-user", |ask, _| ask).await;
    both.step("a form", Method::POST, "/update-user", |ask, _| ask.form(&[("name", "x")])).await;
    both.step("from elsewhere", Method::POST, "/update-user", |ask, _| {
        ask.header("origin", "http://evil.test").json(&json!({ "name": "Eve" }))
    })
    .await;
    both.post(
        "not remembered",
        "/sign-in/email",
        json!({ "email": super::both::ADA, "password": super::both::PASSWORD, "rememberMe": false }),
    )
    .await;
    both.post("keeps that", "/update-user", json!({ "name": "Ada" })).await;
    both.end();
}

async fn changing_a_session_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    both.post("signed out", "/update-session", json!({})).await;
    both.new_user().await;
    let bodies = [
        json!({}),
        json!([]),
        json!(null),
        json!({ "token": "x", "userId": "y", "ipAddress": "1", "expiresAt": "2030-01-01", "colour": "red" }),
        json!({ "impersonatedBy": "x" }),
        json!({ "impersonatedBy": null }),
    ];
    for body in bodies {
        both.post(&body.to_string(), "/update-session", body.clone()).await;
    }
    both.step("nothing", Method::POST, "/update-session", |ask, _| ask).await;
    both.get("nothing came of it", "/get-session").await;
    both.end();
}
