//! The rest of the core through the official client of 1.7: own account, own sessions, ways to sign in. What goes by mail
//! is in `by_mail`, sign-up and sign-in with an app behind them in `sign_up`.

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::peers::OfficialClient;
use serde_json::{Value, json};

use super::alone;

on_both!(
    an_account_is_looked_after,
    sessions_are_seen_and_ended,
    ways_to_sign_in_are_told,
    an_account_is_deleted_by_its_owner
);

const ADA: &str = "ada@example.com";

async fn client(database: &Database) -> (Gateway, OfficialClient) {
    let config = "[users]\nsend_delete_account_verification = false";
    let gateway = alone(database).config(config).start().await;
    let mut client = OfficialClient::of(gateway.origin());
    let new = json!({ "name": "Ada", "email": ADA, "password": PASSWORD });
    client.call("ada", "signUp.email", new).ok();
    (gateway, client)
}

fn sign_in(client: &mut OfficialClient, jar: &str) -> Value {
    client.call(jar, "signIn.email", json!({ "email": ADA, "password": PASSWORD })).ok()
}

fn user(client: &mut OfficialClient) -> Value {
    client.call("ada", "getSession", json!({})).ok()["user"].clone()
}

async fn an_account_is_looked_after(database: Database) {
    let (_gateway, mut client) = client(&database).await;
    assert_eq!(client.call("ada", "ok", json!({})).ok(), json!({ "ok": true }));
    let change = json!({ "name": "Ada Lovelace", "image": "/ada.png", "emailVerified": true, "id": "mine" });
    assert_eq!(client.call("ada", "updateUser", change).ok(), json!({ "status": true }));
    let changed = user(&mut client);
    assert_eq!((&changed["name"], &changed["image"]), (&json!("Ada Lovelace"), &json!("/ada.png")));
    assert_eq!(changed["emailVerified"], false, "that is not hers to say");
    let role = client.call("ada", "updateUser", json!({ "name": "Ada", "role": "admin" }));
    assert_eq!(role.refused(), (400, "FIELD_NOT_ALLOWED".into()));
    assert_eq!(user(&mut client)["role"], "user");
    let moved = client.call("ada", "updateUser", json!({ "email": "b@example.com" }));
    assert_eq!(moved.refused(), (400, "EMAIL_CAN_NOT_BE_UPDATED".into()));
    let right = client.call("ada", "verifyPassword", json!({ "password": PASSWORD })).ok();
    assert_eq!(right, json!({ "status": true }));
    let wrong = client.call("ada", "verifyPassword", json!({ "password": "guessed" }));
    assert_eq!(wrong.refused(), (400, "INVALID_PASSWORD".into()));
    assert_eq!(client.call("ada", "updateSession", json!({ "theme": "dark" })).refused().0, 400);
    assert_eq!(client.call("nobody", "updateUser", json!({ "name": "X" })).refused(), (401, "UNAUTHORIZED".into()));
}

async fn sessions_are_seen_and_ended(database: Database) {
    let (_gateway, mut client) = client(&database).await;
    let of_phone = sign_in(&mut client, "phone")["token"].clone();
    sign_in(&mut client, "tablet");
    let listed = client.call("ada", "listSessions", json!({})).ok();
    assert_eq!(listed.as_array().map(Vec::len), Some(3));
    assert!(listed.as_array().unwrap().iter().any(|session| session["token"] == of_phone));
    client.call("ada", "revokeSession", json!({ "token": of_phone })).ok();
    assert!(client.call("phone", "getSession", json!({})).ok().is_null());
    client.call("ada", "revokeOtherSessions", json!({})).ok();
    assert!(client.call("tablet", "getSession", json!({})).ok().is_null());
    assert_eq!(user(&mut client)["email"], ADA);
    client.call("ada", "revokeSessions", json!({})).ok();
    assert!(client.call("ada", "getSession", json!({})).ok().is_null());
    assert_eq!(client.call("ada", "listSessions", json!({})).refused(), (401, "UNAUTHORIZED".into()));
}

async fn ways_to_sign_in_are_told(database: Database) {
    let (_gateway, mut client) = client(&database).await;
    let listed = client.call("ada", "listAccounts", json!({})).ok();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!((&listed[0]["providerId"], &listed[0]["scopes"]), (&json!("credential"), &json!([])));
    let account = json!({ "accountId": listed[0]["id"] });
    let refusals = [
        ("unlinkAccount", account.clone(), "FAILED_TO_UNLINK_LAST_ACCOUNT"),
        ("getAccessToken", account.clone(), "PROVIDER_NOT_SUPPORTED"),
        ("refreshToken", account.clone(), "PROVIDER_NOT_SUPPORTED"),
        ("accountInfo", json!({ "query": account }), "PROVIDER_NOT_CONFIGURED"),
        ("getAccessToken", json!({ "accountId": "of nobody" }), "ACCOUNT_NOT_FOUND"),
    ];
    for (call, argument, expected) in refusals {
        assert_eq!(client.call("ada", call, argument).refused(), (400, expected.to_owned()), "{call}");
    }
}

async fn an_account_is_deleted_by_its_owner(database: Database) {
    let (_gateway, mut client) = client(&database).await;
    sign_in(&mut client, "phone");
    let wrong = client.call("ada", "deleteUser", json!({ "password": "guessed" }));
    assert_eq!(wrong.refused(), (400, "INVALID_PASSWORD".into()));
    let deleted = client.call("ada", "deleteUser", json!({ "password": PASSWORD })).ok();
    assert_eq!(deleted, json!({ "success": true, "message": "User deleted" }));
    for jar in ["ada", "phone"] {
        assert!(client.call(jar, "getSession", json!({})).ok().is_null(), "{jar}");
    }
    assert_eq!(database.count(r#"select count(*) from "user""#).await, 0);
    let again = client.call("ada", "signIn.email", json!({ "email": ADA, "password": PASSWORD }));
    assert_eq!(again.refused(), (401, "INVALID_EMAIL_OR_PASSWORD".into()));
}
