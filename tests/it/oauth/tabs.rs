//! Several sign-ins of one browser at once, and states that are not to be believed.

use futures_util::future::join_all;
use gateway_tests::db::Database;
use serde_json::json;

use super::{begin, come_back, sign_in, wish, with_provider};

on_both!(
    ten_tabs_that_begin_at_once_all_finish,
    ten_tabs_that_begin_one_by_one_all_finish_and_no_cookie_grows,
    a_new_user_in_ten_tabs_is_one_user,
    a_state_is_good_once,
    a_state_is_good_in_its_own_browser_only,
    a_state_is_good_with_its_own_provider_only
);

const TABS: usize = 10;

async fn ten_tabs_that_begin_at_once_all_finish(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let browser = provider.visitor();
    sign_in(&gateway.anon(), &browser, "ada").await;
    let ada = gateway.anon();
    let urls = join_all((0..TABS).map(|_| begin(&ada, wish()))).await;
    let returns = join_all(urls.iter().map(|url| browser.sign_in(url, "ada"))).await;
    let ends = join_all(returns.iter().map(|back| come_back(&ada, back))).await;
    let places: Vec<_> = ends.iter().map(|answer| answer.header("location").unwrap_or_default()).collect();
    assert_eq!(places, ["/dash"; TABS]);
    assert!(ada.session().await["session"].is_object());
    assert!(!ada.jar.header().contains(".state"), "what is left over: {}", ada.jar.header());
}

async fn ten_tabs_that_begin_one_by_one_all_finish_and_no_cookie_grows(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let browser = provider.visitor();
    sign_in(&gateway.anon(), &browser, "ada").await;
    let ada = gateway.anon();
    let mut returns = Vec::new();
    let mut sizes = Vec::new();
    for _ in 0..TABS {
        let url = begin(&ada, wish()).await;
        returns.push(browser.sign_in(&url, "ada").await);
        sizes.push(ada.jar.header().len());
    }
    assert!(sizes.iter().all(|size| size.abs_diff(sizes[0]) <= 16), "the cookies grow: {sizes:?}");
    // The last begun is finished first.
    for back in returns.iter().rev() {
        assert_eq!(come_back(&ada, back).await.header("location"), Some("/dash"));
    }
    assert!(!ada.jar.header().contains(".state"), "what is left over: {}", ada.jar.header());
}

async fn a_new_user_in_ten_tabs_is_one_user(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let browser = provider.visitor();
    // Known there, and not yet here.
    let refused = begin(&gateway.anon(), wish()).await;
    browser.sign_in(&refused, "eve").await;
    let eve = gateway.anon();
    let urls = join_all((0..TABS).map(|_| begin(&eve, wish()))).await;
    let returns = join_all(urls.iter().map(|url| browser.sign_in(url, "eve"))).await;
    let ends = join_all(returns.iter().map(|back| come_back(&eve, back))).await;
    let places: Vec<_> = ends.iter().map(|answer| answer.header("location").unwrap_or_default()).collect();
    assert_eq!(places.iter().filter(|place| **place == "/welcome").count(), 1, "{places:?}");
    assert_eq!(places.iter().filter(|place| **place == "/dash").count(), TABS - 1, "{places:?}");
    assert_eq!(super::provider_accounts(&eve).await.len(), 1);
}

async fn a_state_is_good_once(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let (ada, browser) = (gateway.anon(), provider.visitor());
    let url = begin(&ada, wish()).await;
    let back = browser.sign_in(&url, "ada").await;
    // The same answer in several requests at once: one of them signs in.
    let ends = join_all((0..4).map(|_| come_back(&ada, &back))).await;
    let places: Vec<_> = ends.iter().map(|answer| answer.header("location").unwrap_or_default()).collect();
    assert_eq!(places.iter().filter(|place| **place == "/welcome").count(), 1, "{places:?}");
    let failed = come_back(&ada, &back).await;
    assert!(
        failed.header("location").unwrap().ends_with("/error?error=state_mismatch"),
        "{:?}",
        failed.header("location")
    );
}

async fn a_state_is_good_in_its_own_browser_only(database: Database) {
    let (gateway, provider) = with_provider(&database).await;
    let (mallory, ada) = (gateway.anon(), gateway.anon());
    let url = begin(&mallory, wish()).await;
    let back = provider.visitor().sign_in(&url, "mallory").await;
    // A browser without any state, then one that has begun a sign-in of its own.
    for _ in 0..2 {
        let answer = come_back(&ada, &back).await;
        assert_eq!(answer.header("location"), Some("/failed?error=state_mismatch"));
        assert!(ada.session().await.is_null());
        begin(&ada, wish()).await;
    }
    let invented = come_back(&ada, "/api/auth/callback/acme?code=x&state=made-up").await;
    assert!(invented.header("location").unwrap().ends_with("/error?error=state_mismatch"));
    let none = come_back(&ada, "/api/auth/callback/acme?code=x").await;
    assert!(none.header("location").unwrap().ends_with("/error?error=state_not_found"));
    assert_eq!(come_back(&mallory, &back).await.header("location"), Some("/welcome"), "it is good where it began");
}

async fn a_state_is_good_with_its_own_provider_only(database: Database) {
    let provider = tokio::task::block_in_place(gateway_tests::peers::OpenIdProvider::start);
    let twin = provider.section("").replace("[oauth.acme]", "[oauth.twin]");
    let gateway = super::set_up(&database, &provider, "", &twin).start().await;
    let ada = gateway.anon();
    let url = begin(&ada, json!({ "provider": "twin", "callbackURL": "/dash", "errorCallbackURL": "/failed" })).await;
    let back = provider.visitor().sign_in(&url, "ada").await;
    let mixed = come_back(&ada, &back.replace("/callback/twin", "/callback/acme")).await;
    assert_eq!(mixed.header("location"), Some("/failed?error=state_mismatch"));
    assert_eq!(come_back(&ada, &back).await.header("location"), Some("/dash"));
}
