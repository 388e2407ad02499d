//! One sign-in from the first request to the session.

use gateway_tests::db::Database;
use gateway_tests::peers::OfficialClient;
use reqwest::Url;
use serde_json::json;

use super::{begin, come_back, provider_accounts, set_up, sign_in, wish, with_provider};
use gateway_tests::peers::OpenIdProvider;

on_both!(
    a_new_user_is_welcomed_and_known_the_next_time,
    what_is_sent_there_is_bound_to_the_browser_and_the_flow,
    profiles_come_from_the_user_info_endpoint_too,
    a_posted_return_is_repeated_by_get,
    older_clients_have_their_paths,
    the_official_client_signs_in_and_links,
    the_pages_lead_there_and_tell_what_went_wrong
);

async fn a_new_user_is_welcomed_and_known_the_next_time(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let (ada, browser) = (gateway.anon(), provider.visitor());
    assert_eq!(sign_in(&ada, &browser, "ada").await, "/welcome");
    let session = ada.session().await;
    let user = &session["user"];
    assert_eq!((&user["email"], &user["name"]), (&json!("ada@example.com"), &json!("Ada")));
    assert_eq!((&user["emailVerified"], &user["image"]), (&json!(true), &json!("https://img.example.com/ada.png")));
    let accounts = provider_accounts(&ada).await;
    assert_eq!(accounts.len(), 1);
    assert_eq!((&accounts[0]["providerId"], &accounts[0]["accountId"]), (&json!("acme"), &json!("ada")));
    assert_eq!(accounts[0]["scopes"], json!(["openid", "email", "profile"]));

    let elsewhere = gateway.anon();
    assert_eq!(sign_in(&elsewhere, &provider.visitor(), "ada").await, "/dash", "she is not new any more");
    assert_eq!(elsewhere.session().await["user"]["id"], user["id"]);
    assert_eq!(provider_accounts(&elsewhere).await.len(), 1);
}

async fn what_is_sent_there_is_bound_to_the_browser_and_the_flow(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    let answer = ada.post("/api/auth/sign-in/social", wish()).await.expect(200);
    let cookie = answer.sets("better-auth.state").expect("the browser is bound");
    assert_eq!(cookie.attributes, ["Max-Age=300", "Path=/", "HttpOnly", "SameSite=Lax"]);
    let url = Url::parse(answer.json()["url"].as_str().unwrap()).unwrap();
    assert_eq!(answer.header("location"), Some(url.as_str()));
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let order = "response_type client_id state scope redirect_uri nonce code_challenge_method code_challenge";
    assert_eq!(names.join(" "), order);
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(value("redirect_uri"), format!("{}/api/auth/callback/acme", gateway.origin()));
    assert_eq!((value("code_challenge_method"), value("code_challenge").len()), ("S256".to_owned(), 43));
    assert_eq!(value("state").len(), 32);
    assert!(url.as_str().starts_with(&provider.url()), "{url}");
}

async fn profiles_come_from_the_user_info_endpoint_too(database: Database) {
    let provider = tokio::task::block_in_place(|| OpenIdProvider::with(&json!({ "userInfoOnly": true })));
    let gateway = set_up(&database, &provider, "", "").start().await;
    let ada = gateway.anon();
    assert_eq!(sign_in(&ada, &provider.visitor(), "ada").await, "/welcome");
    assert_eq!(ada.session().await["user"]["email"], "ada@example.com");
}

async fn a_posted_return_is_repeated_by_get(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let (ada, browser) = (gateway.anon(), provider.visitor());
    let url = begin(&ada, wish()).await;
    let back = browser.sign_in(&url, "ada").await;
    let returned = Url::parse(&back).unwrap();
    let pairs: Vec<(String, String)> = returned.query_pairs().into_owned().collect();
    let form: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let posted = ada.ask(http::Method::POST, "/api/auth/callback/acme").without_cookies();
    let posted = posted.header("origin", &provider.url()).form(&form).send().await.expect(302);
    assert!(posted.set_cookies().is_empty());
    let answer = come_back(&ada, posted.header("location").unwrap()).await;
    assert_eq!(answer.header("location"), Some("/welcome"));
    assert!(ada.session().await["session"].is_object());
}

async fn older_clients_have_their_paths(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let (ada, browser) = (gateway.anon(), provider.visitor());
    let wish = json!({ "providerId": "acme", "callbackURL": "/dash", "newUserCallbackURL": "/welcome" });
    let url = super::begin_at(&ada, "/api/auth/sign-in/oauth2", wish).await;
    let back = browser.sign_in(&url, "ada").await;
    assert!(back.contains("/api/auth/oauth2/callback/acme?"), "{back}");
    assert_eq!(come_back(&ada, &back).await.header("location"), Some("/welcome"));
    let unknown = ada.post("/api/auth/sign-in/oauth2", json!({ "providerId": "nobody" })).await.expect(400);
    assert_eq!(unknown.json(), json!({ "message": "No config found for provider nobody" }));

    let bob = gateway.user("bob").await;
    let url =
        super::begin_at(&bob, "/api/auth/oauth2/link", json!({ "providerId": "acme", "callbackURL": "/linked" })).await;
    let answer = come_back(&bob, &provider.visitor().sign_in(&url, "bob").await).await;
    assert_eq!(answer.header("location"), Some("/linked"));
    assert_eq!(provider_accounts(&bob).await.len(), 1);
}

async fn the_official_client_signs_in_and_links(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let mut client = OfficialClient::of(gateway.origin());
    let begun = client.call("ada", "signIn.social", json!({ "provider": "acme", "callbackURL": "/dash" })).ok();
    let back = provider.visitor().sign_in(begun["url"].as_str().unwrap(), "ada").await;
    let followed = client.fetch("ada", &back);
    assert_eq!(followed["status"], 302, "{followed}");
    assert_eq!(client.call("ada", "getSession", json!({})).ok()["user"]["email"], "ada@example.com");

    let new = json!({ "name": "Bob", "email": "bob@example.com", "password": "a pass phrase of Bob" });
    client.call("bob", "signUp.email", new).ok();
    let begun = client.call("bob", "linkSocial", json!({ "provider": "acme", "callbackURL": "/linked" })).ok();
    let back = provider.visitor().sign_in(begun["url"].as_str().unwrap(), "bob").await;
    client.fetch("bob", &back);
    let accounts = client.call("bob", "listAccounts", json!({})).ok();
    let acme =
        accounts.as_array().unwrap().iter().find(|account| account["providerId"] == "acme").expect("it is linked");
    let token = client.call("bob", "getAccessToken", json!({ "accountId": acme["id"] })).ok();
    assert!(token["accessToken"].as_str().is_some_and(|token| !token.is_empty()), "{token}");
}

async fn the_pages_lead_there_and_tell_what_went_wrong(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    for page in ["sign-in", "sign-up"] {
        let text = ada.get(&format!("/auth/{page}?rd=/dash")).await.expect(200).text();
        assert!(text.contains("Continue with Acme") && text.contains("/auth/continue/acme?sign_up="), "{text}");
    }
    let way = ada.get("/auth/continue/acme?sign_up=false&rd=/dash").await.expect(303);
    let back = provider.visitor().sign_in(way.header("location").unwrap(), "ada").await;
    assert_eq!(come_back(&ada, &back).await.header("location"), Some("/dash"));
    assert!(ada.session().await["session"].is_object());

    let bob = gateway.user("bob").await;
    bob.jar.clear();
    let way = bob.get("/auth/continue/acme").await.expect(303);
    let back = provider.visitor().sign_in(way.header("location").unwrap(), "bob").await;
    let failed = come_back(&bob, &back).await;
    assert_eq!(failed.header("location"), Some("/auth/sign-in?from=provider&error=account_not_linked"));
    let page = bob.get("/auth/sign-in?from=provider&error=account_not_linked").await.expect(200).text();
    assert!(page.contains("There is an account with that email already."), "{page}");
    bob.get("/auth/continue/nobody").await.expect(404);
}
