//! The pages, used as forms without any script.

use gateway_tests::client::{Answer, PASSWORD, Person};
use gateway_tests::gateway::Gateway;
use gateway_tests::raw::Raw;
use gateway_tests::upstream::Upstream;
use http::Method;

async fn gateway() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    (Gateway::before(upstream.address()).await, upstream)
}

async fn page(person: &Person, path: &str) -> Answer {
    person.ask(Method::GET, path).as_navigation().send().await
}

/// Sends a form as a browser does: navigation, same origin.
async fn submit(person: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
    let ask = person.ask(Method::POST, path).as_navigation().header("sec-fetch-site", "same-origin");
    ask.form(fields).send().await
}

fn sign_up(back: &str) -> [(&str, &str); 4] {
    [("rd", back), ("name", "Ada"), ("email", "ada@example.com"), ("password", PASSWORD)]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_signs_up_in_and_out_without_scripts() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.anon();
    let sent = page(&ada, "/items?page=2").await.expect(302);
    let sign_in = sent.header("location").unwrap().replace(gateway.origin(), "");
    let form = page(&ada, &sign_in).await.expect(200).text();
    assert!(form.contains("value=\"/items?page=2\""), "the way back is in the form:\n{form}");

    let answer = submit(&ada, "/auth/sign-up", &sign_up("/items?page=2")).await.expect(303);
    assert_eq!(answer.header("location"), Some("/items?page=2"));
    page(&ada, "/items?page=2").await.expect(200);
    assert_eq!(upstream.last().header("x-user-email"), Some("ada@example.com"));

    let account = page(&ada, "/auth/account").await.expect(200).text();
    assert!(account.contains("ada@example.com"), "{account}");
    let again = page(&ada, "/auth/sign-in").await;
    assert!(again.status == 200 || again.status == 303 || again.status == 302, "{again:?}");

    submit(&ada, "/auth/sign-out", &[]).await;
    assert!(ada.jar.is_empty(), "{:?}", ada.jar);
    page(&ada, "/items").await.expect(302);

    let wrong = [("rd", "/items"), ("email", "ada@example.com"), ("password", "not the password")];
    let answer = submit(&ada, "/auth/sign-in", &wrong).await;
    let text = answer.text();
    assert!(answer.status.is_client_error() && text.contains("<form"), "{answer:?}");
    assert!(text.contains("ada@example.com") && !text.contains("not the password"), "{text}");
    assert!(text.contains("value=\"/items\""), "the way back is kept");
    let right = [("rd", "/items"), ("email", "ada@example.com"), ("password", PASSWORD)];
    let answer = submit(&ada, "/auth/sign-in", &right).await.expect(303);
    assert_eq!(answer.header("location"), Some("/items"));
    let cookie = answer.sets("session_token").unwrap();
    assert!(
        !cookie.attributes.iter().any(|attribute| attribute.starts_with("Max-Age")),
        "the box was not ticked: {cookie:?}"
    );
    page(&ada, "/items").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_leads_nowhere_else() {
    let (gateway, _upstream) = gateway().await;
    gateway.user("ada").await;
    for back in [
        "http://evil.com/",
        "//evil.com",
        "/\\evil.com",
        "javascript:alert(1)",
        "/%2f/evil.com",
        "https:evil.com",
        "\t//evil.com",
        "evil.com",
    ] {
        let ada = gateway.anon();
        let fields = [("rd", back), ("email", "ada@example.com"), ("password", PASSWORD)];
        let answer = submit(&ada, "/auth/sign-in", &fields).await;
        let location = answer.header("location").unwrap_or_default().to_owned();
        assert!(!location.contains("evil") && !location.contains("alert"), "{back} → {location}");
        let form = page(&ada, &format!("/auth/sign-in?rd={}", back.replace('\t', "%09"))).await;
        let text = form.text();
        assert!(!text.contains("value=\"javascript") && !text.contains("evil"), "{back}:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_can_not_submit_our_forms() {
    let (gateway, _upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    let stranger = gateway.anon();
    for (person, path) in [(&ada, "/auth/sign-out"), (&stranger, "/auth/sign-in"), (&stranger, "/auth/sign-up")] {
        let ask = person.ask(Method::POST, path).as_navigation();
        let ask = ask.header("sec-fetch-site", "cross-site").header("origin", "http://evil.com");
        let answer = ask.form(&sign_up("/")).send().await;
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
        assert_eq!(answer.set_cookies(), []);
    }
    assert!(!ada.session().await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_escaped_and_well_protected() {
    let (gateway, _upstream) = gateway().await;
    let eve = gateway.anon();
    let name = "<script>alert(1)</script>\"'&";
    let fields = [("rd", "/"), ("name", name), ("email", "eve@example.com"), ("password", PASSWORD)];
    submit(&eve, "/auth/sign-up", &fields).await.expect(303);
    let answer = page(&eve, "/auth/account").await.expect(200);
    assert!(!answer.text().contains("<script>alert"), "{}", answer.text());
    let policy = answer.header("content-security-policy").unwrap_or_default();
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri", "form-action"] {
        assert!(policy.contains(part), "{part} is missing: {policy}");
    }
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("referrer-policy").is_some());
    assert!(answer.header("cache-control").unwrap_or_default().contains("no-store"));
    let text = answer.text();
    let assets: Vec<_> = text.split(['"', '\'']).filter(|part| part.starts_with("/auth/assets/")).collect();
    assert!(!assets.is_empty(), "{text}");
    for asset in assets {
        let answer = gateway.anon().get(asset).await.expect(200);
        assert!(answer.header("cache-control").unwrap_or_default().contains("immutable"), "{asset}: {answer:?}");
    }
    let target = "GET /auth/assets/../../Cargo.toml HTTP/1.1";
    let answer = Raw::exchange(gateway.address(), &[target, "host: localhost"]).await.expect("an answer");
    assert!(matches!(answer.status, 400..=404), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn password_managers_find_the_way() {
    let (gateway, upstream) = gateway().await;
    let answer = page(&gateway.anon(), "/.well-known/change-password").await.expect(302);
    assert_eq!(answer.header("location"), Some("/auth/account"));
    let answer = page(&gateway.anon(), "/auth/account").await;
    assert!(answer.header("location").unwrap_or_default().starts_with("/auth/sign-in"), "{answer:?}");
    assert_eq!(upstream.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changes_and_ends_an_account_without_scripts() {
    let upstream = Upstream::start().await;
    let setup = Gateway::on(&gateway_tests::db::Database::sqlite()).upstream(upstream.address());
    let gateway = setup.config("[users]\nsend_delete_account_verification = false").start().await;
    let ada = gateway.user("ada").await;
    let answer = submit(&ada, "/auth/account/name", &[("name", "Ada Lovelace")]).await.expect(303);
    let account = page(&ada, answer.header("location").unwrap()).await.expect(200).text();
    assert!(account.contains("Ada Lovelace") && account.contains("Your name is saved."), "{account}");
    page(&ada, "/items").await.expect(200);
    assert_eq!(upstream.last().header("x-user-name"), Some("Ada Lovelace"));

    let new = "another phrase of Ada";
    let fields = [("current_password", PASSWORD), ("new_password", new), ("sign_out_others", "true")];
    let phone = ada.clone();
    phone.jar.clear();
    phone.sign_in().await.expect(200);
    submit(&ada, "/auth/account/password", &fields).await.expect(303);
    assert!(phone.session().await.is_null() && !ada.session().await.is_null());

    submit(&ada, "/auth/account/delete", &[("password", PASSWORD)]).await.expect(400);
    let answer = submit(&ada, "/auth/account/delete", &[("password", new)]).await.expect(303);
    assert_eq!(answer.header("location"), Some("/auth/sign-in?notice=account-deleted"));
    page(&ada, "/items").await.expect(302);
    let found = ada.get("/.well-known/change-password").await;
    assert!(found.status.is_redirection() && found.header("location").unwrap().ends_with("/auth/account"), "{found:?}");
}
