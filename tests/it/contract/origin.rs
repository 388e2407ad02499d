//! Who may change something, from which page: origin and CSRF checks, and where one may be sent back to.

use gateway_tests::client::{Ask, PASSWORD, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use http::Method;
use serde_json::json;

use super::alone;

const TRUSTED: &str = r#"
[auth]
trusted_origins = ["http://localhost:3000", "https://*.example.com", "myapp://"]
"#;

async fn gateway() -> Gateway {
    alone(&Database::sqlite()).config(TRUSTED).start().await
}

/// A sign-in of Ada with whatever headers the case adds, as `status code`.
async fn sign_in(person: &Person, case: impl Fn(Ask) -> Ask) -> String {
    let body = json!({ "email": person.email, "password": PASSWORD });
    let ask = person.ask(Method::POST, "/api/auth/sign-in/email").without("origin").json(&body);
    let answer = case(ask).send().await;
    if answer.status == 200 { "200".into() } else { format!("{} {}", answer.status.as_u16(), answer.code()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_cookie_the_origin_must_be_trusted() {
    let gateway = gateway().await;
    let ada = gateway.user("ada").await;
    let own = gateway.origin().to_owned();
    let cases: Vec<(&[(&str, &str)], &str)> = vec![
        (&[], "403 MISSING_OR_NULL_ORIGIN"),
        (&[("origin", "OWN")], "200"),
        (&[("origin", "http://localhost:3000")], "200"),
        (&[("origin", "http://localhost:3001")], "403 INVALID_ORIGIN"),
        (&[("origin", "http://evil.com")], "403 INVALID_ORIGIN"),
        (&[("origin", "http://localhost:3000.evil.com")], "403 INVALID_ORIGIN"),
        (&[("origin", "null")], "403 MISSING_OR_NULL_ORIGIN"),
        (&[("origin", "null"), ("sec-fetch-site", "same-origin")], "200"),
        (&[("referer", "http://localhost:3000/a/b")], "200"),
        (&[("referer", "http://evil.com/http://localhost:3000/")], "403 INVALID_ORIGIN"),
        (&[("origin", "https://a.example.com")], "200"),
        (&[("origin", "https://a.b.example.com")], "200"),
        (&[("origin", "https://example.com")], "403 INVALID_ORIGIN"),
        (&[("origin", "http://a.example.com")], "403 INVALID_ORIGIN"),
        (&[("origin", "https://a.example.com.evil.com")], "403 INVALID_ORIGIN"),
    ];
    for (headers, expected) in cases {
        let found = sign_in(&ada, |ask| add(ask, headers, &own)).await;
        assert_eq!(found, expected, "with a cookie and {headers:?}");
    }
}

fn add(ask: Ask, headers: &[(&str, &str)], own: &str) -> Ask {
    headers.iter().fold(ask, |ask, (name, value)| ask.header(name, if *value == "OWN" { own } else { value }))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cookie_pages_are_checked_and_programs_are_not() {
    let gateway = gateway().await;
    let ada = gateway.user("ada").await;
    ada.jar.clear();
    let cases: Vec<(&[(&str, &str)], &str)> = vec![
        (&[], "200"),
        (&[("origin", "http://localhost:3000")], "200"),
        (&[("origin", "http://evil.com")], "403 INVALID_ORIGIN"),
        (&[("referer", "http://evil.com/x")], "403 INVALID_ORIGIN"),
        (&[("sec-fetch-site", "same-origin")], "403 MISSING_OR_NULL_ORIGIN"),
        (&[("sec-fetch-site", "same-origin"), ("origin", "OWN")], "200"),
        (
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("origin", "http://localhost:3000")],
            "403 CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
        ),
        (
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("origin", "http://evil.com")],
            "403 INVALID_ORIGIN",
        ),
        (&[("cookie", "foo=bar")], "403 MISSING_OR_NULL_ORIGIN"),
    ];
    for (headers, expected) in cases {
        ada.jar.clear();
        let found = sign_in(&ada, |ask| add(ask, headers, gateway.origin())).await;
        assert_eq!(found, expected, "without a cookie and {headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_sent_back_to_trusted_places_only() {
    let gateway = gateway().await;
    let ada = gateway.user("ada").await;
    let own = format!("{}/in/here", gateway.origin());
    let good =
        ["/dash", "/dash?x=1&y=a%2Fb", "http://localhost:3000/any", "https://foo.example.com/x", "myapp://cb", &own];
    let bad = [
        "//evil.com",
        "/\\evil.com",
        "/a%2fb",
        "/a%5Cb",
        "dash",
        "javascript:alert(1)",
        "http://localhost:3000.evil.com",
        "https://foo.example.com:8443/x",
        "http://evil.com/",
        "/\t/evil.com",
        "https://foo.example.com@evil.com/",
        "https:evil.com",
        "data:text/html,x",
        "http://localhost:3000\\@evil.com/",
    ];
    for (targets, expected) in [(&good[..], 200), (&bad[..], 403)] {
        for target in targets {
            let body = json!({ "email": ada.email, "password": PASSWORD, "callbackURL": target });
            let answer = ada.post("/api/auth/sign-in/email", body).await;
            assert_eq!(answer.status, expected, "callbackURL {target:?}: {}", answer.text());
            if expected == 403 {
                assert_eq!(
                    (answer.code().as_str(), answer.set_cookies().len()),
                    ("INVALID_CALLBACK_URL", 0),
                    "{target:?}"
                );
            } else {
                assert_eq!((answer.header("location"), &answer.json()["url"]), (Some(*target), &json!(target)));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_changes_nothing() {
    let gateway = gateway().await;
    let ada = gateway.user("ada").await;
    for path in ["/sign-out", "/revoke-sessions", "/revoke-other-sessions"] {
        let path = format!("/api/auth{path}");
        let ask = ada.ask(Method::POST, &path).header("origin", "http://evil.com").json(&json!({}));
        assert_eq!(ask.send().await.expect(403).code(), "INVALID_ORIGIN");
    }
    assert_eq!(ada.session().await["user"]["email"], "ada@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_pages_of_other_origins_may_read_the_answers() {
    let gateway = gateway().await;
    let anon = gateway.anon();
    let ask = anon.ask(Method::OPTIONS, "/api/auth/sign-in/email").header("origin", "https://a.example.com");
    let ask =
        ask.header("access-control-request-method", "POST").header("access-control-request-headers", "content-type");
    let answer = ask.send().await;
    assert!(answer.status.is_success(), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example.com"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));

    let answer = anon.ask(Method::GET, "/api/auth/get-session").header("origin", "https://a.example.com").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example.com"));
    assert!(answer.header("vary").unwrap_or_default().to_lowercase().contains("origin"));

    let answer = anon.ask(Method::GET, "/api/auth/get-session").header("origin", "http://evil.com").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
