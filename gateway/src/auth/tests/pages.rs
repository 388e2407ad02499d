//! The pages, as a browser without scripts uses them.

use chrono::TimeDelta;
use expect_test::expect;

use super::{
    browser::{Answer, Browser},
    gate::{Gate, ORIGIN},
};

pub(super) async fn submit(browser: &mut Browser<'_>, path: &str, form: &str) -> Answer {
    let asking = browser.visit("POST", path).form(form).header("origin", ORIGIN);
    asking.header("sec-fetch-site", "same-origin").header("sec-fetch-mode", "navigate").send().await
}

pub(super) async fn see(browser: &mut Browser<'_>, path: &str) -> Answer {
    browser.visit("GET", path).send().await
}

#[tokio::test]
async fn from_sign_up_to_sign_out() {
    let gate = Gate::new().await;
    let mut ann = gate.anon();
    let page = see(&mut ann, "/auth/sign-up?rd=/dash").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(r#"name="rd" value="/dash""#));
    let form = "name=Ann&email=+Ann%40Example.com+&password=password123&rd=%2Fdash";
    let answer = submit(&mut ann, "/auth/sign-up", form).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/dash"));
    assert!(ann.is_signed_in().await);

    let account = see(&mut ann, "/auth/account").await;
    assert!(account.body.contains("ann@example.com") && account.body.contains("This device"));
    let already = see(&mut ann, "/auth/sign-in?rd=/dash").await;
    assert!(already.body.contains("You are signed in") && already.body.contains(r#"href="/dash""#));

    let out = submit(&mut ann, "/auth/sign-out", "rd=").await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/auth/sign-out"));
    assert!(!ann.is_signed_in().await);
    assert!(see(&mut ann, "/auth/sign-out").await.body.contains("You are signed out"));

    let back = submit(&mut ann, "/auth/sign-in", "email=ann%40example.com&password=password123&rd=").await;
    assert_eq!((back.status.as_u16(), back.header("location")), (303, "/auth/account"));
    // Without the box ticked the session ends with the browser.
    assert!(ann.cookies.contains_key("better-auth.dont_remember"));
    submit(&mut ann, "/auth/sign-in", "email=ann%40example.com&password=password123&remember_me=true").await;
    assert!(!ann.cookies.contains_key("better-auth.dont_remember"));
    let switch = submit(&mut ann, "/auth/sign-out", "rd=%2Fdash%3Fa%3D1").await;
    assert_eq!(switch.header("location"), "/auth/sign-in?rd=%2Fdash%3Fa%3D1");
}

#[tokio::test]
async fn a_form_that_fails_comes_back_with_what_was_typed() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    for (path, form, status, text) in [
        ("/auth/sign-in", "email=ann%40example.com&password=x", 401, "That email and password do not go together."),
        ("/auth/sign-in", "email=nobody%40example.com&password=x", 401, "That email and password do not go together."),
        ("/auth/sign-in", "email=nope&password=x", 400, "That is not an email address."),
        ("/auth/sign-in", "", 400, "That is not an email address."),
        (
            "/auth/sign-up",
            "name=A&email=ann%40example.com&password=password123",
            422,
            "There is an account with that email already.",
        ),
        ("/auth/sign-up", "name=A&email=b%40example.com&password=short", 400, "That password is too short."),
        ("/auth/sign-up", "name=&email=b%40example.com&password=password123", 400, "Tell us your name"),
        ("/auth/sign-up", "name=A&email=b&password=password123", 400, "That is not an email address."),
    ] {
        let answer = submit(&mut gate.anon(), path, form).await;
        assert_eq!(answer.status, status, "{path} {form}");
        assert!(answer.body.contains(text), "{path} {form}\n{}", answer.body);
        assert!(!answer.body.contains("password123"));
    }
    let answer = submit(&mut gate.anon(), "/auth/sign-in", "email=%22%3E%3Cscript%3E&password=x&rd=%2Fx").await;
    assert!(answer.body.contains(r#"name="rd" value="/x""#) && !answer.body.contains("<script>"));
}

#[tokio::test]
async fn only_trusted_addresses_are_returned_to() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    for (wish, expected) in [
        ("/dash?x=1", "/dash?x=1"),
        ("http://localhost:3000/x", "http://localhost:3000/x"),
        ("https://a.example.com/", "https://a.example.com/"),
        ("//evil.com", "/auth/account"),
        ("/\\evil.com", "/auth/account"),
        ("https://evil.com/", "/auth/account"),
        ("javascript:alert(1)", "/auth/account"),
        ("myapp://x", "/auth/account"),
        ("/%0d%0aset-cookie:x", "/auth/account"),
        ("", "/auth/account"),
    ] {
        let rd: String = url::form_urlencoded::byte_serialize(wish.as_bytes()).collect();
        let form = format!("email=ann%40example.com&password=password123&rd={rd}");
        let answer = submit(&mut gate.anon(), "/auth/sign-in", &form).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, expected), "{wish}");
    }
    let page = see(&mut gate.anon(), "/auth/sign-in?rd=http%3A%2F%2Flocalhost%3A3000%2Fx").await;
    assert!(page.header("content-security-policy").contains("form-action 'self' http://localhost:3000"));
    assert!(page.body.contains("You will continue to <strong>localhost</strong>"));
}

#[tokio::test]
async fn sessions_are_ended_from_the_account_page() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let (mut phone, mut tablet) = (gate.anon(), gate.anon());
    let phone_id = {
        phone.sign_in("ann@example.com").await;
        phone.get("/get-session").await.json()["session"]["id"].as_str().unwrap().to_owned()
    };
    tablet.sign_in("ann@example.com").await;
    let mut bo = gate.user("bo@example.com").await;
    let bo_id = bo.get("/get-session").await.json()["session"]["id"].as_str().unwrap().to_owned();

    let answer = submit(&mut ann, "/auth/sessions/revoke", &format!("id={phone_id}")).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/auth/account?notice=ended"));
    assert!(see(&mut ann, "/auth/account?notice=ended").await.body.contains("Signed out there."));
    submit(&mut ann, "/auth/sessions/revoke", &format!("id={bo_id}")).await;
    assert!(!phone.is_signed_in().await && bo.is_signed_in().await && tablet.is_signed_in().await);
    submit(&mut ann, "/auth/sessions/revoke", "id=all").await;
    assert!(ann.is_signed_in().await && !tablet.is_signed_in().await);
    assert_eq!(submit(&mut gate.anon(), "/auth/sessions/revoke", "id=all").await.status, 401);
}

#[tokio::test]
async fn visitors_are_led_to_where_they_can_be() {
    let gate = Gate::new().await;
    let mut anon = gate.anon();
    for (path, expected) in [
        ("/auth", "/auth/account"),
        ("/auth/", "/auth/account"),
        ("/auth/account", "/auth/sign-in?rd=%2Fauth%2Faccount"),
    ] {
        let answer = see(&mut anon, path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, expected), "{path}");
    }
    let missing = see(&mut anon, "/auth/nope").await;
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(missing.body.contains("Page not found"));
    assert_eq!(anon.visit("DELETE", "/auth/sign-in").send().await.status, 404);
    assert_eq!(anon.visit("POST", "/auth/sign-in").json(&serde_json::json!({})).send().await.status, 415);
    let closed = Gate::with(|config| config.email_password.sign_up = false).await;
    assert_eq!(see(&mut closed.anon(), "/auth/sign-up").await.status, 404);
    assert!(!see(&mut closed.anon(), "/auth/sign-in").await.body.contains("/auth/sign-up"));
}

#[tokio::test]
async fn an_account_made_without_signing_in_leads_to_the_sign_in_page() {
    let gate = Gate::with(|config| config.email_password.auto_sign_in = false).await;
    let mut ann = gate.anon();
    for _ in 0..2 {
        let answer =
            submit(&mut ann, "/auth/sign-up", "name=Ann&email=ann%40example.com&password=password123&rd=%2Fx").await;
        assert_eq!(answer.header("location"), "/auth/sign-in?notice=account-made&rd=%2Fx");
    }
    let page = see(&mut ann, "/auth/sign-in?notice=account-made&rd=%2Fx").await;
    assert!(page.body.contains("your account is ready"));
}

#[tokio::test]
async fn every_page_is_protected_and_files_are_kept() {
    let gate = Gate::with(|config| config.server.public_url = "https://auth.example.com".into()).await;
    let mut anon = gate.anon();
    let names = [
        "content-security-policy",
        "referrer-policy",
        "x-content-type-options",
        "x-frame-options",
        "cross-origin-opener-policy",
        "cache-control",
        "strict-transport-security",
    ];
    let mut seen = Vec::new();
    for path in ["/auth/sign-in", "/auth/sign-up", "/auth/sign-out", "/auth/nope", "/auth/account"] {
        let answer = see(&mut anon, path).await;
        let lines = names.map(|name| {
            let values: Vec<_> = answer.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            format!("{name}: {}", values.join(" | "))
        });
        seen.push(lines.join("\n"));
    }
    seen.dedup();
    expect![[r#"
        content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'
        referrer-policy: same-origin
        x-content-type-options: nosniff
        x-frame-options: DENY
        cross-origin-opener-policy: same-origin
        cache-control: no-store
        strict-transport-security: max-age=15552000"#]].assert_eq(&seen.join("\n\n"));
    let page = see(&mut anon, "/auth/sign-in").await.body;
    let start = page.find("/auth/assets/").unwrap();
    let file = &page[start..start + page[start..].find('"').unwrap()];
    let answer = see(&mut anon, file).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "public, max-age=31536000, immutable"));
    assert_eq!(see(&mut anon, "/auth/assets/app.css").await.status, 404);
    assert_eq!(see(&mut anon, "/auth/assets/..%2f..%2fCargo.toml").await.status, 404);
}

#[tokio::test]
async fn a_page_extends_the_session_too() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    gate.wait(TimeDelta::days(2));
    assert_eq!(see(&mut ann, "/auth/account").await.cookies().len(), 1);
}
