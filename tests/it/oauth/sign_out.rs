//! Signing out at a provider, and by one.

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use serde_json::json;

use super::{sign_in, with_provider};

on_both!(signing_out_leads_to_the_providers_own_page, a_provider_ends_the_sessions_that_it_began, orders_are_checked);

async fn signing_out_leads_to_the_providers_own_page(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    let answer = ada.post("/api/auth/sign-out", json!({ "callbackURL": "/bye" })).await.expect(200);
    let said = answer.json();
    let url = said["url"].as_str().expect("there is an address");
    assert!(url.starts_with(&format!("{}/session/end?id_token_hint=", provider.url())), "{url}");
    assert!(url.contains("post_logout_redirect_uri=") && url.contains("client_id=gateway"), "{url}");
    assert_eq!((said["redirect"].as_bool(), answer.header("location")), (Some(true), Some(url)));
    let bob = gateway.user("bob").await;
    assert_eq!(bob.post("/api/auth/sign-out", json!({})).await.expect(200).json(), json!({ "success": true }));
}

/// Waits until the person's session is over.
async fn wait_for_the_end(person: &Person) {
    for _ in 0..300 {
        if person.session().await.is_null() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the session goes on");
}

async fn a_provider_ends_the_sessions_that_it_began(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    provider.tell_of_sign_outs(&gateway.url("/api/auth/oauth2/backchannel-logout/acme")).await;
    let (browser, phone) = (provider.visitor(), provider.visitor());
    let (ada, at_her_phone, bob) = (gateway.anon(), gateway.anon(), gateway.user("bob").await);
    sign_in(&ada, &browser, "ada").await;
    sign_in(&at_her_phone, &phone, "ada").await;
    browser.sign_out().await;
    wait_for_the_end(&ada).await;
    assert!(at_her_phone.session().await["session"].is_object(), "that is another session at the provider");
    assert!(bob.session().await["session"].is_object());
    assert_eq!(sign_in(&ada, &browser, "ada").await, "/dash", "she may come back");
}

async fn orders_are_checked(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    let account = super::provider_accounts(&ada).await[0].clone();
    let tokens = ada.post("/api/auth/get-access-token", json!({ "accountId": account["id"] })).await.expect(200).json();
    let id_token = tokens["idToken"].as_str().unwrap().to_owned();
    let path = "/api/auth/oauth2/backchannel-logout/acme";
    let nobody = gateway.anon();
    // An ID token is signed by the provider and for us, and yet no order.
    for token in [id_token.as_str(), "a.b.c", ""] {
        let refused = nobody.ask(http::Method::POST, path).form(&[("logout_token", token)]).send().await.expect(400);
        assert_eq!(refused.code(), "INVALID_LOGOUT_TOKEN");
    }
    nobody.ask(http::Method::POST, path).form(&[("other", "x")]).send().await.expect(400);
    let elsewhere = "/api/auth/oauth2/backchannel-logout/nobody";
    nobody.ask(http::Method::POST, elsewhere).form(&[("logout_token", "x")]).send().await.expect(404);
    assert!(ada.session().await["session"].is_object());
}
