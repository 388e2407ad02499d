//! Providers that are down, slow, or answer nonsense: every request ends, and the browser learns why.

use std::time::Duration;

use gateway_tests::client::Answer;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{UNLIMITED, begin, come_back, set_up, wish, with_provider};
use gateway_tests::peers::OpenIdProvider;

on_both!(
    a_provider_that_never_answers_holds_nobody_up,
    a_provider_that_went_away_meanwhile_ends_at_the_error_address,
    nonsense_ends_at_the_error_address,
    what_the_provider_refuses_is_passed_on,
    a_provider_that_nobody_configured_is_not_there
);

/// Longer than any request to a provider may take, and far longer than it does.
const PATIENCE: Duration = Duration::from_secs(40);

/// A server that takes connections and, unless it has something to say to every request, never answers.
async fn odd_server(says: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            let Some(says) = says else {
                held.push(connection);
                continue;
            };
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                connection.write_all(says.as_bytes()).await.ok();
            });
        }
    });
    format!("http://{address}")
}

/// A gateway whose provider is taken for an OAuth 2 provider at these addresses.
async fn gateway_with(database: &Database, base: &str, token: &str) -> Gateway {
    let section = format!(
        "[oauth.acme]\nclient_id = \"x\"\nclient_secret = \"y\"\nauthorization_url = \"{base}/authorize\"\n\
         token_url = \"{token}/token\"\nuser_info_url = \"{base}/me\"\n"
    );
    Gateway::on(database).upstream("127.0.0.1:9").config(UNLIMITED).config(&section).start().await
}

/// Begins and comes back with a code that nobody has looked at.
async fn end_of(gateway: &Gateway) -> Answer {
    let person = gateway.anon();
    let url = begin(&person, wish()).await;
    let state = url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
    let path = format!("/api/auth/callback/acme?code=x&state={state}");
    tokio::time::timeout(PATIENCE, come_back(&person, &path)).await.expect("it ends")
}

async fn a_provider_that_never_answers_holds_nobody_up(database: Database) {
    let silent = odd_server(None).await;
    let section = format!(
        "[oauth.acme]\ndiscovery_url = \"{silent}/.well-known/openid-configuration\"\nclient_id = \"x\"\nclient_secret = \"y\"\n"
    );
    let gateway = Gateway::on(&database).upstream("127.0.0.1:9").config(UNLIMITED).config(&section).start().await;
    let person = gateway.anon();
    let refused =
        tokio::time::timeout(PATIENCE, person.post("/api/auth/sign-in/social", wish())).await.expect("it ends");
    assert_eq!(refused.expect(404).code(), "PROVIDER_NOT_FOUND");
    let known = Database::sqlite();
    let gateway = gateway_with(&known, &silent, &silent).await;
    assert_eq!(end_of(&gateway).await.header("location"), Some("/failed?error=invalid_code"));
}

async fn a_provider_that_went_away_meanwhile_ends_at_the_error_address(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    let url = begin(&ada, wish()).await;
    let back = provider.visitor().sign_in(&url, "ada").await;
    drop(provider);
    assert_eq!(come_back(&ada, &back).await.header("location"), Some("/failed?error=invalid_code"));
    assert!(ada.session().await.is_null());
}

async fn nonsense_ends_at_the_error_address(database: Database) {
    let page = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let endless = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{";
    for (says, code) in [(page, "unable_to_get_user_info"), (redirect, "invalid_code"), (endless, "invalid_code")] {
        let own = Database::sqlite();
        let odd = odd_server(Some(says)).await;
        let gateway = gateway_with(&own, &odd, &odd).await;
        assert_eq!(end_of(&gateway).await.header("location"), Some(format!("/failed?error={code}").as_str()), "{says}");
    }
    let token = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\nconnection: close\r\n\r\n{\"access_token\":\"t\"}";
    let odd = odd_server(Some(token)).await;
    let gateway = gateway_with(&database, &odd, &odd).await;
    assert_eq!(end_of(&gateway).await.header("location"), Some("/failed?error=unable_to_get_user_info"));
}

async fn what_the_provider_refuses_is_passed_on(database: Database) {
    let provider = tokio::task::block_in_place(OpenIdProvider::start);
    let gateway = set_up(&database, &provider, "", "").start().await;
    let ada = gateway.anon();
    let cases = [
        ("error=access_denied&error_description=not+today", "/failed?error=access_denied&error_description=not+today"),
        ("code=bogus", "/failed?error=invalid_code"),
        ("device_id=1", "/failed?error=no_code"),
        ("code=x&iss=http://evil.example", "/failed?error=issuer_mismatch"),
    ];
    for (returned, place) in cases {
        let url = begin(&ada, wish()).await;
        let state = url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let answer = come_back(&ada, &format!("/api/auth/callback/acme?{returned}&state={state}")).await;
        assert_eq!(answer.header("location"), Some(place));
    }
}

async fn a_provider_that_nobody_configured_is_not_there(database: Database) {
    let (gateway, _provider) = with_provider(&database).await;
    let ada = gateway.anon();
    let refused = ada.post("/api/auth/sign-in/social", json!({ "provider": "google" })).await.expect(404);
    assert_eq!(refused.code(), "PROVIDER_NOT_FOUND");
    let unsupported = json!({ "provider": "acme", "idToken": { "token": "a.b.c" } });
    assert_eq!(ada.post("/api/auth/sign-in/social", unsupported).await.expect(401).code(), "INVALID_TOKEN");
}
