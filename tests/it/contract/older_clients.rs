//! The official clients of Better Auth 1.3, 1.4 and 1.6 against the gateway: what they call differs, what comes of it
//! does not.

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::peers::OfficialClient;
use serde_json::{Value, json};

use super::alone;

on_both!(clients_of_1_3, clients_of_1_4, clients_of_1_6);

const ADA: &str = "ada@example.com";
const NEW: &str = "another phrase of Ada";

async fn clients_of_1_3(database: Database) {
    let gateway = start(&database).await;
    tokio::task::block_in_place(|| {
        let mut client = OfficialClient::older(gateway.origin(), "1.3");
        from_sign_up_to_the_end(&mut client);
        let reset = json!({ "email": ADA, "redirectTo": "/reset" });
        assert_eq!(client.call("ada", "forgetPassword", reset).ok()["status"], true);
    });
}

async fn clients_of_1_4(database: Database) {
    let gateway = start(&database).await;
    tokio::task::block_in_place(|| from_sign_up_to_the_end(&mut OfficialClient::older(gateway.origin(), "1.4")));
}

async fn clients_of_1_6(database: Database) {
    let gateway = start(&database).await;
    tokio::task::block_in_place(|| from_sign_up_to_the_end(&mut OfficialClient::older(gateway.origin(), "1.6")));
}

async fn start(database: &Database) -> Gateway {
    alone(database).config("[users]\nsend_delete_account_verification = false").start().await
}

fn from_sign_up_to_the_end(client: &mut OfficialClient) {
    let user = json!({ "email": ADA, "password": PASSWORD, "name": "Ada" });
    assert_eq!(client.call("ada", "signUp.email", user).ok()["user"]["email"], ADA);
    client.call("ada", "updateUser", json!({ "name": "Ada Lovelace" })).ok();
    assert_eq!(client.call("ada", "getSession", json!({})).ok()["user"]["name"], "Ada Lovelace");
    let asked = json!({ "email": ADA, "redirectTo": "/reset" });
    assert_eq!(client.call("ada", "requestPasswordReset", asked).ok()["status"], true);
    accounts(client);
    sessions(client);
    let wrong = client.call("ada", "deleteUser", json!({ "password": "wrong" })).refused();
    assert_eq!(wrong, (400, "INVALID_PASSWORD".to_owned()));
    client.call("ada", "deleteUser", json!({ "password": NEW })).ok();
    assert!(client.call("ada", "getSession", json!({})).ok().is_null());
}

fn accounts(client: &mut OfficialClient) {
    let listed = client.call("ada", "listAccounts", json!({})).ok();
    let account: &Value = &listed[0];
    let provider = account.get("providerId").or_else(|| account.get("provider"));
    assert_eq!(provider, Some(&json!("credential")), "{listed}");
    let refusals = [
        ("unlinkAccount", json!({ "providerId": "credential" }), "FAILED_TO_UNLINK_LAST_ACCOUNT"),
        ("getAccessToken", json!({ "providerId": "google" }), "PROVIDER_NOT_SUPPORTED"),
        ("refreshToken", json!({ "providerId": "google", "accountId": "x" }), "PROVIDER_NOT_SUPPORTED"),
        ("signIn.social", json!({ "provider": "google" }), "PROVIDER_NOT_FOUND"),
        ("linkSocial", json!({ "provider": "google" }), "PROVIDER_NOT_FOUND"),
    ];
    for (call, argument, expected) in refusals {
        let (status, code) = client.call("ada", call, argument).refused();
        assert!(status == 400 || status == 404, "{call}: {status}");
        assert_eq!(code, expected, "{call}");
    }
}

fn sessions(client: &mut OfficialClient) {
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    client.call("phone", "signIn.email", credentials).ok();
    assert_eq!(client.call("ada", "listSessions", json!({})).ok().as_array().map(Vec::len), Some(2));
    let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW, "revokeOtherSessions": true });
    client.call("ada", "changePassword", change).ok();
    assert!(client.call("phone", "getSession", json!({})).ok().is_null());
    client.call("phone", "signIn.email", json!({ "email": ADA, "password": NEW, "rememberMe": false })).ok();
    client.call("ada", "revokeOtherSessions", json!({})).ok();
    assert!(client.call("phone", "getSession", json!({})).ok().is_null());
    client.call("phone", "signIn.email", json!({ "email": ADA, "password": NEW })).ok();
    client.call("phone", "signOut", json!({})).ok();
    assert!(client.call("phone", "getSession", json!({})).ok().is_null());
}
