//! Whose account it becomes.

use futures_util::future::join_all;
use gateway_tests::db::Database;
use gateway_tests::peers::OpenIdProvider;
use serde_json::{Value, json};

use super::{begin_at, come_back, provider_accounts, set_up, sign_in, wish, with_provider};
use gateway_tests::client::Person;

on_both!(
    nobody_is_joined_without_proof_on_both_sides,
    somebody_with_proof_on_both_sides_is_joined,
    a_trusted_provider_is_believed_and_lax_settings_are_obeyed,
    an_account_is_linked_by_its_user,
    an_account_of_another_address_is_linked_only_if_that_is_allowed,
    one_account_never_belongs_to_two_users,
    sign_up_by_a_provider_can_be_closed,
    a_banned_user_is_turned_away,
    what_the_provider_says_is_taken_if_that_is_wanted,
    the_last_way_to_sign_in_stays
);

const UNVERIFIED: &str = "[account_linking]\nrequire_local_email_verified = false\n";

/// Begins to link; gives where the browser ends.
async fn link(person: &Person, provider: &OpenIdProvider, who: &str) -> String {
    let wish = json!({ "provider": "acme", "callbackURL": "/linked", "errorCallbackURL": "/failed?from=link" });
    let url = begin_at(person, "/api/auth/link-social", wish).await;
    let answer = come_back(person, &provider.visitor().sign_in(&url, who).await).await;
    answer.header("location").expect("it leads on").to_owned()
}

async fn nobody_is_joined_without_proof_on_both_sides(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.user("ada").await;
    let elsewhere = gateway.anon();
    let place = sign_in(&elsewhere, &provider.visitor(), "ada").await;
    assert_eq!(place, "/failed?error=account_not_linked", "her own address is not proved here");
    assert!(elsewhere.session().await.is_null() && provider_accounts(&ada).await.is_empty());
    let new = gateway.anon();
    assert_eq!(sign_in(&new, &provider.visitor(), "unverified-eve").await, "/welcome", "nobody else has the address");
    assert_eq!(new.session().await["user"]["emailVerified"], false);
    assert_eq!(sign_in(&gateway.anon(), &provider.visitor(), "nobody-1").await, "/failed?error=email_not_found");
}

async fn somebody_with_proof_on_both_sides_is_joined(database: Database) {
    let provider = tokio::task::block_in_place(OpenIdProvider::start);
    let twin = provider.section("").replace("[oauth.acme]", "[oauth.twin]");
    let gateway = set_up(&database, &provider, "", &twin).start().await;
    let (ada, browser) = (gateway.anon(), provider.visitor());
    assert_eq!(sign_in(&ada, &browser, "ada").await, "/welcome");
    let url = super::begin(&ada, json!({ "provider": "twin", "callbackURL": "/dash" })).await;
    assert_eq!(come_back(&ada, &browser.sign_in(&url, "ada").await).await.header("location"), Some("/dash"));
    let names: Vec<Value> = provider_accounts(&ada).await.iter().map(|account| account["providerId"].clone()).collect();
    assert_eq!(names, [json!("acme"), json!("twin")]);
}

async fn a_trusted_provider_is_believed_and_lax_settings_are_obeyed(database: Database) {
    let provider = tokio::task::block_in_place(OpenIdProvider::start);
    let lax = format!("{UNVERIFIED}trusted_providers = [\"acme\"]\n");
    let gateway = set_up(&database, &provider, "", &lax).start().await;
    let eve = gateway.user("unverified-eve").await;
    let elsewhere = gateway.anon();
    assert_eq!(sign_in(&elsewhere, &provider.visitor(), "unverified-eve").await, "/dash");
    assert_eq!(provider_accounts(&eve).await.len(), 1);
    assert_eq!(elsewhere.session().await["user"]["emailVerified"], false, "trust is no proof");
    let ada = gateway.user("ada").await;
    assert_eq!(sign_in(&gateway.anon(), &provider.visitor(), "ada").await, "/dash");
    assert_eq!(ada.session().await["user"]["emailVerified"], true, "the provider has proof");
}

async fn an_account_is_linked_by_its_user(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.user("ada").await;
    assert_eq!(link(&ada, &provider, "ada").await, "/linked");
    assert_eq!(link(&ada, &provider, "ada").await, "/linked", "once more changes nothing");
    assert_eq!(provider_accounts(&ada).await.len(), 1);
    assert_eq!(sign_in(&gateway.anon(), &provider.visitor(), "ada").await, "/dash");

    let bob = gateway.user("bob").await;
    let url = begin_at(&bob, "/api/auth/link-social", json!({ "provider": "acme", "callbackURL": "/linked" })).await;
    let back = provider.visitor().sign_in(&url, "bob").await;
    bob.post("/api/auth/sign-out", json!({})).await.expect(200);
    let over = come_back(&bob, &back).await;
    assert!(over.header("location").unwrap().ends_with("/error?error=unable_to_link_account"));
    gateway.anon().post("/api/auth/link-social", json!({ "provider": "acme" })).await.expect(401);
}

async fn an_account_of_another_address_is_linked_only_if_that_is_allowed(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.user("ada").await;
    assert_eq!(link(&ada, &provider, "carl").await, "/failed?from=link&error=email_does_not_match");
    assert_eq!(link(&ada, &provider, "unverified-9").await, "/failed?from=link&error=unable_to_link_account");
    drop(gateway);
    let other = "[account_linking]\nallow_different_emails = true\n";
    let gateway = set_up(&database, &provider, "", other).start().await;
    let bob = gateway.user("bob").await;
    assert_eq!(link(&bob, &provider, "carl").await, "/linked");
    assert_eq!(bob.session().await["user"]["email"], "bob@example.com");
}

async fn one_account_never_belongs_to_two_users(database: Database) {
    let provider = tokio::task::block_in_place(OpenIdProvider::start);
    let other = "[account_linking]\nallow_different_emails = true\n";
    let gateway = set_up(&database, &provider, "", other).start().await;
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(gateway.user(&format!("person-{n}")).await);
    }
    let places = join_all(people.iter().map(|person| link(person, &provider, "shared"))).await;
    assert_eq!(places.iter().filter(|place| *place == "/linked").count(), 1, "{places:?}");
    let taken = "/failed?from=link&error=account_already_linked_to_different_user";
    assert_eq!(places.iter().filter(|place| *place == taken).count(), 5, "{places:?}");
    let mut owners = 0;
    for person in &people {
        owners += provider_accounts(person).await.len();
    }
    assert_eq!(owners, 1);
}

async fn sign_up_by_a_provider_can_be_closed(database: Database) {
    let provider = tokio::task::block_in_place(OpenIdProvider::start);
    let twin = provider.section("disable_sign_up = true").replace("[oauth.acme]", "[oauth.twin]");
    let gateway = set_up(&database, &provider, "disable_implicit_sign_up = true", &twin).start().await;
    let ada = gateway.anon();
    assert_eq!(sign_in(&ada, &provider.visitor(), "ada").await, "/failed?error=signup_disabled");
    for (provider_id, place) in [("twin", "/failed?error=signup_disabled"), ("acme", "/welcome")] {
        let mut asked = wish();
        asked["requestSignUp"] = true.into();
        asked["provider"] = provider_id.into();
        let url = super::begin(&ada, asked).await;
        let answer = come_back(&ada, &provider.visitor().sign_in(&url, "ada").await).await;
        assert_eq!(answer.header("location"), Some(place));
    }
}

async fn a_banned_user_is_turned_away(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    let banned = set_up(&database, &provider, "", "").cli(&["user", "ban", "ada@example.com"]);
    assert_eq!(banned.code, Some(0), "{banned:?}");
    let place = sign_in(&gateway.anon(), &provider.visitor(), "ada").await;
    assert!(place.starts_with("/failed?error=BANNED_USER&error_description=You+have+been+banned"), "{place}");
}

async fn what_the_provider_says_is_taken_if_that_is_wanted(database: Database) {
    let provider = tokio::task::block_in_place(OpenIdProvider::start);
    let gateway = set_up(&database, &provider, "override_user_info_on_sign_in = true", "").start().await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    ada.post("/api/auth/update-user", json!({ "name": "Countess", "image": "/mine.png" })).await.expect(200);
    sign_in(&ada, &provider.visitor(), "ada").await;
    let user = ada.session().await["user"].clone();
    assert_eq!((&user["name"], &user["image"]), (&json!("Ada"), &json!("https://img.example.com/ada.png")));
}

async fn the_last_way_to_sign_in_stays(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let ada = gateway.anon();
    sign_in(&ada, &provider.visitor(), "ada").await;
    let only = provider_accounts(&ada).await[0]["id"].clone();
    let kept = ada.post("/api/auth/unlink-account", json!({ "accountId": only })).await.expect(400);
    assert_eq!(kept.code(), "FAILED_TO_UNLINK_LAST_ACCOUNT");
    let bob = gateway.user("bob").await;
    link(&bob, &provider, "bob").await;
    let second = provider_accounts(&bob).await[0]["id"].clone();
    bob.post("/api/auth/unlink-account", json!({ "accountId": second })).await.expect(200);
    assert!(provider_accounts(&bob).await.is_empty());
}
