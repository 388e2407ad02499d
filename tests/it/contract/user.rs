//! What users change about themselves, and their end.

use gateway_tests::db::Database;
use http::Method;
use serde_json::json;

use super::both::{ADA, Both, PASSWORD};

on_both!(
    changing_oneself_like_node,
    changing_a_session_like_node,
    deleting_switched_off_like_node,
    deleting_like_node,
    deleting_by_link_like_node,
    deleting_ends_sessions_everywhere
);

/// Bodies that are refused before the account is in danger.
fn wrong_wishes() -> Vec<serde_json::Value> {
    vec![
        json!([]),
        json!(null),
        json!({ "password": 1 }),
        json!({ "password": null }),
        json!({ "token": 2 }),
        json!({ "callbackURL": 3 }),
        json!({ "callbackURL": "http://evil.test" }),
        json!({ "password": "wrong" }),
        json!({ "password": "x".repeat(200) }),
        json!({ "token": "unknown" }),
        json!({ "token": "unknown", "password": "wrong" }),
        json!({ "token": "unknown", "password": PASSWORD }),
        json!({ "token": "", "password": "wrong" }),
    ]
}

/// Links that lead nowhere.
const WRONG_LINKS: &[&str] = &[
    "/delete-user/callback",
    "/delete-user/callback?token=",
    "/delete-user/callback?token=x",
    "/delete-user/callback?token=x&callbackURL=/bye",
    "/delete-user/callback?token=x&callbackURL=http%3A%2F%2Fevil.test",
    "/delete-user/callback?callbackURL=http%3A%2F%2Fevil.test",
    "/delete-user/callback?token=a&token=b",
];

async fn try_in_vain(both: &mut Both) {
    for signed_in in [false, true] {
        for body in wrong_wishes() {
            both.post(&format!("signed in: {signed_in}, {body}"), "/delete-user", body).await;
        }
        both.step("nothing", Method::POST, "/delete-user", |ask, _| ask).await;
        for link in WRONG_LINKS {
            both.get(&format!("signed in: {signed_in}"), link).await;
        }
        if !signed_in {
            both.new_user().await;
        }
    }
    both.get("still there", "/get-session").await;
}

async fn deleting_switched_off_like_node(database: Database) {
    let mut both = Both::with(&database, "[users]\ndelete_user = false", &json!({})).await;
    try_in_vain(&mut both).await;
    both.post("right password", "/delete-user", json!({ "password": PASSWORD })).await;
    both.end();
}

async fn deleting_like_node(database: Database) {
    let config = "[users]\nsend_delete_account_verification = false";
    let options = json!({ "user": { "deleteUser": { "enabled": true } } });
    let mut both = Both::with(&database, config, &options).await;
    try_in_vain(&mut both).await;
    both.post("right password", "/delete-user", json!({ "password": PASSWORD, "callbackURL": "/bye" })).await;
    both.get("gone", "/get-session").await;
    both.post("gone", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.new_user().await;
    both.post("freshly signed in", "/delete-user", json!({ "password": "" })).await;
    both.get("gone", "/get-session").await;
    both.end();
}

async fn deleting_by_link_like_node(database: Database) {
    let options = json!({ "user": { "deleteUser": { "enabled": true, "sendDeleteAccountVerification": true } } });
    let mut both = Both::with(&database, "", &options).await;
    try_in_vain(&mut both).await;
    both.post("by link", "/delete-user", json!({ "password": PASSWORD, "callbackURL": "/bye?x=1 2" })).await;
    let links = both.mailed(1).await;
    let ada = (both.ours.jar.clone(), both.theirs.jar.clone());
    both.ours.jar.clear();
    both.theirs.jar.clear();
    both.follow("by nobody", &links).await;
    both.post(
        "somebody else",
        "/sign-up/email",
        json!({ "name": "Eve", "email": "eve@example.com", "password": PASSWORD }),
    )
    .await;
    both.follow("by somebody else", &links).await;
    both.get("who is still there", "/get-session").await;
    (both.ours.jar, both.theirs.jar) = ada;
    both.follow("used up", &links).await;
    both.post("by another link", "/delete-user", json!({})).await;
    let links = both.mailed(2).await;
    both.follow("the right one", &links).await;
    both.get("gone", "/get-session").await;
    both.follow("twice", &links).await;

    both.new_user().await;
    both.post("by token", "/delete-user", json!({ "callbackURL": "/bye" })).await;
    let [ours, theirs] = both.mailed(3).await.map(|mailed| mailed.token());
    let token =
        |ask: gateway_tests::client::Ask, us: bool| ask.json(&json!({ "token": if us { &ours } else { &theirs } }));
    both.step("by token", Method::POST, "/delete-user", token).await;
    both.get("gone", "/get-session").await;
    both.end();
}

async fn deleting_ends_sessions_everywhere(database: Database) {
    let config = "[users]\nsend_delete_account_verification = false";
    let one = super::alone(&database).config(config).start().await;
    let laptop = one.user("ada").await;
    let phone = laptop.clone();
    phone.jar.clear();
    phone.sign_in().await.expect(200);
    let other = super::alone(&database).config(config).start().await;
    let elsewhere = phone.at(&other.url(""), other.origin());
    assert_eq!(elsewhere.session().await["user"]["email"], ADA);
    laptop.post("/api/auth/delete-user", json!({ "password": gateway_tests::client::PASSWORD })).await.expect(200);
    assert!(phone.session().await.is_null());
    gateway_tests::eventually("the other gateway knows", async || elsewhere.session().await.is_null()).await;
    for table in ["\"user\"", "session", "account"] {
        assert_eq!(database.count(&format!("select count(*) from {table}")).await, 0, "{table}");
    }
}

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
    both.post("not remembered", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD, "rememberMe": false }))
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
