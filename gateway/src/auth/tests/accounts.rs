//! Ways to sign in, fields of the user and of the session.

use serde_json::json;

use super::gate::Gate;
use crate::store::{Keep, Unlinked};

#[tokio::test]
async fn forbidden_fields_change_nothing() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let before = gate.stored("ann@example.com").await;
    for (field, expected) in [
        (json!({ "role": "admin" }), "400 FIELD_NOT_ALLOWED"),
        (json!({ "name": "X", "banned": true }), "400 FIELD_NOT_ALLOWED"),
        (json!({ "email": "eve@example.com" }), "400 EMAIL_CAN_NOT_BE_UPDATED"),
        (json!({ "emailVerified": true, "id": "x", "createdAt": 1 }), "400 No fields to update"),
        (json!({ "name": 7 }), "400 VALIDATION_ERROR"),
        (json!({ "name": null }), "400 VALIDATION_ERROR"),
        (json!({ "name": "x".repeat(257) }), "400 VALIDATION_ERROR"),
        (json!({ "image": ["x"] }), "400 VALIDATION_ERROR"),
    ] {
        assert_eq!(ann.post("/update-user", field.clone()).await.short(), expected, "{field}");
    }
    assert_eq!(gate.stored("ann@example.com").await, before);
    let answer = ann.post("/update-user", json!({ "name": "Anna", "emailVerified": true, "id": "x" })).await;
    assert_eq!(answer.status, 200);
    let after = gate.stored("ann@example.com").await;
    assert_eq!((after.name.as_str(), after.email_verified, &after.id), ("Anna", false, &before.id));
}

#[tokio::test]
async fn the_last_way_to_sign_in_stays() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let user = gate.stored("ann@example.com").await;
    let own = gate.app.store.accounts_of(&user.id).await.unwrap();
    assert_eq!(own.len(), 1);
    assert_ne!(own[0].id, user.id.as_str());
    assert_eq!(gate.app.store.unlink_account(&user.id, &own[0].id, Keep::LastOne).await.unwrap(), Unlinked::Last);
    for body in [
        json!({ "accountId": own[0].id }),
        json!({ "providerId": "credential" }),
        json!({ "providerId": "credential", "accountId": own[0].account_id }),
    ] {
        let answer = ann.post("/unlink-account", body).await;
        assert_eq!(answer.short(), "400 FAILED_TO_UNLINK_LAST_ACCOUNT");
    }
}

#[tokio::test]
async fn what_older_clients_send_selects_an_account() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let user = gate.stored("ann@example.com").await;
    for path in ["/get-access-token", "/refresh-token"] {
        for body in [
            json!({ "providerId": "credential" }),
            json!({ "providerId": "google", "accountId": "x", "userId": "y" }),
            json!({ "providerId": "google", "accountId": user.id.as_str() }),
        ] {
            assert_eq!(ann.post(path, body).await.short(), "400 PROVIDER_NOT_SUPPORTED");
        }
        let answer = ann.post(path, json!({ "providerId": 7 })).await;
        assert_eq!(answer.body, r#"{"message":"[body] Invalid input","code":"VALIDATION_ERROR"}"#);
        assert_eq!(gate.anon().post(path, json!({ "providerId": "google" })).await.masked(), "401 ");
    }
    let by_post = ann.post("/account-info", json!({ "accountId": user.id.as_str() })).await;
    assert_eq!(by_post.short(), "400 PROVIDER_NOT_CONFIGURED");
    assert_eq!(ann.post("/account-info", json!({ "accountId": "x" })).await.short(), "400 ACCOUNT_NOT_FOUND");
    let by_get = format!("/account-info?providerId=credential&accountId={}", user.id.as_str());
    assert_eq!(ann.get(&by_get).await.short(), "400 PROVIDER_NOT_CONFIGURED");
    let asked = ann.post("/forget-password", json!({ "email": "ann@example.com" })).await;
    assert_eq!(asked.status, 200);
    assert_eq!(gate.mail().await.kind, "reset-password");
}

#[tokio::test]
async fn what_postgresql_can_not_store_is_refused() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    assert_eq!(ann.get("/account-info?accountId=%00").await.short(), "400 BAD_REQUEST");
    assert_eq!(ann.get("/delete-user/callback?token=%00").await.short(), "400 BAD_REQUEST");
}
