//! What the provider gave with an account.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use gateway_tests::db::Database;
use gateway_tests::peers::OpenIdProvider;
use serde_json::json;

use super::{provider_accounts, set_up, sign_in, with_provider};

on_both!(
    tokens_and_profile_are_told_to_their_owner_only,
    a_refresh_token_is_used_once_however_many_ask,
    a_renewal_on_demand_is_one_for_all_who_ask_at_once
);

async fn tokens_and_profile_are_told_to_their_owner_only(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    let account = provider_accounts(&ada).await[0].clone();
    let chosen = json!({ "accountId": account["id"] });
    let tokens = ada.post("/api/auth/get-access-token", chosen.clone()).await.expect(200).json();
    assert!(tokens["accessToken"].is_string() && tokens["idToken"].is_string(), "{tokens}");
    assert_eq!(tokens["scopes"], json!(["openid", "email", "profile"]));
    let older = json!({ "providerId": "acme" });
    let same = ada.post("/api/auth/get-access-token", older).await.expect(200).json();
    assert_eq!(same["accessToken"], tokens["accessToken"]);

    let path = format!("/api/auth/account-info?accountId={}", account["id"].as_str().unwrap());
    let info = ada.get(&path).await.expect(200).json();
    assert_eq!(info["user"]["email"], "ada@example.com");
    assert_eq!((&info["data"]["sub"], &info["account"]["accountId"]), (&json!("ada"), &json!("ada")));

    let bob = gateway.user("bob").await;
    assert_eq!(bob.post("/api/auth/get-access-token", chosen.clone()).await.expect(400).code(), "ACCOUNT_NOT_FOUND");
    assert_eq!(bob.get(&path).await.expect(400).code(), "ACCOUNT_NOT_FOUND");
    gateway.anon().post("/api/auth/refresh-token", chosen).await.expect(401);
}

async fn a_refresh_token_is_used_once_however_many_ask(database: Database) {
    let provider = tokio::task::block_in_place(|| OpenIdProvider::with(&json!({ "accessTokenLife": 3 })));
    let gateway = set_up(&database, &provider, "", "").start().await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    let chosen = json!({ "accountId": provider_accounts(&ada).await[0]["id"] });
    // Whatever lives for three seconds is about to end: the first round renews it.
    let answers = join_all((0..12).map(|_| ada.post("/api/auth/get-access-token", chosen.clone()))).await;
    for answer in answers {
        assert!(answer.expect(200).json()["accessToken"].is_string());
    }
    assert_eq!(provider.granted("refresh_token refused").await, 0, "a used token was sent again");
    ada.post("/api/auth/refresh-token", chosen).await.expect(200);
    assert_eq!(provider.granted("refresh_token refused").await, 0);
}

async fn a_renewal_on_demand_is_one_for_all_who_ask_at_once(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    let account = provider_accounts(&ada).await[0].clone();
    let chosen = json!({ "accountId": account["id"] });
    let answers = join_all((0..8).map(|_| ada.post("/api/auth/refresh-token", chosen.clone()))).await;
    let mut tokens = BTreeSet::new();
    for answer in answers {
        let renewed = answer.expect(200).json();
        assert_eq!((&renewed["providerId"], &renewed["accountId"]), (&json!("acme"), &account["id"]));
        assert!(renewed["refreshToken"].is_string(), "{renewed}");
        tokens.insert(renewed["accessToken"].as_str().unwrap().to_owned());
    }
    let renewals = provider.granted("refresh_token done").await;
    assert_eq!((renewals, provider.granted("refresh_token refused").await), (tokens.len() as u64, 0));
}
