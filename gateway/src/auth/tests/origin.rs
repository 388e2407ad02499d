//! Where requests that change something may come from.

use serde_json::json;

use super::{
    browser::{Browser, PASSWORD},
    gate::{Gate, ORIGIN},
};

const COOKIE: &[(&str, &str)] = &[("cookie", "foo=bar")];

/// Posts with these headers; says "ok" or the code.
async fn post(browser: &mut Browser<'_>, path: &str, headers: &[(&'static str, &str)]) -> String {
    let body = match path {
        "/sign-in/email" => json!({ "email": "ann@example.com", "password": PASSWORD }),
        _ => json!({}),
    };
    let mut asking = browser.ask("POST", path).without("origin").json(&body);
    for (name, value) in headers {
        asking = asking.header(name, value);
    }
    let answer = asking.send().await;
    if answer.status == 200 { "ok".into() } else { answer.short() }
}

#[tokio::test]
async fn with_a_cookie_the_origin_decides() {
    let gate = Gate::new().await;
    let ann = gate.user("ann@example.com").await;
    let missing = "403 MISSING_OR_NULL_ORIGIN";
    let invalid = "403 INVALID_ORIGIN";
    let matrix: &[(&[(&'static str, &str)], &str)] = &[
        (&[], missing),
        (&[("origin", ORIGIN)], "ok"),
        (&[("origin", "HTTP://127.0.0.1:4100/")], "ok"),
        (&[("origin", "http://localhost:3000")], "ok"),
        (&[("origin", "http://evil.com")], invalid),
        (&[("origin", "http://evil.com"), ("host", "evil.com")], invalid),
        (&[("origin", "null")], missing),
        (&[("origin", "null"), ("sec-fetch-site", "same-origin")], "ok"),
        (&[("origin", "null"), ("sec-fetch-site", "same-site")], missing),
        (&[("sec-fetch-site", "same-origin")], missing),
        (&[("origin", "")], missing),
        (&[("referer", "http://localhost:3000/a/b")], "ok"),
        (&[("referer", "http://evil.com/")], invalid),
        (&[("origin", ORIGIN), ("referer", "http://evil.com/")], "ok"),
        (&[("origin", "http://evil.com"), ("referer", "http://127.0.0.1:4100/")], invalid),
        (&[("origin", "null"), ("referer", "http://127.0.0.1:4100/")], missing),
        (&[("origin", "https://a.example.com")], "ok"),
        (&[("origin", "https://a.b.example.com")], "ok"),
        (&[("origin", "https://example.com")], invalid),
        (&[("origin", "http://a.example.com")], invalid),
        (&[("origin", "https://a.example.com:8443")], invalid),
        (&[("origin", "https://a.example.com.evil.com")], invalid),
        (&[("origin", "myapp://")], "ok"),
        (&[("origin", "garbage")], invalid),
        (&[("origin", ORIGIN), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], "ok"),
    ];
    for (headers, expected) in matrix {
        assert_eq!(post(&mut ann.clone(), "/revoke-other-sessions", headers).await, *expected, "{headers:?}");
        // Any cookie counts, not only ours.
        let with_cookie = [COOKIE, headers].concat();
        assert_eq!(post(&mut gate.anon(), "/sign-in/email", &with_cookie).await, *expected, "{with_cookie:?}");
        assert_eq!(post(&mut gate.anon(), "/sign-out", &with_cookie).await, *expected, "{with_cookie:?}");
    }
    assert_eq!(post(&mut gate.anon(), "/sign-in/email", &[("cookie", "")]).await, missing);
}

#[tokio::test]
async fn without_a_cookie_only_what_signs_in_is_checked() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let missing = "403 MISSING_OR_NULL_ORIGIN";
    let navigation = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    let blocked = "403 CROSS_SITE_NAVIGATION_LOGIN_BLOCKED";
    let matrix: &[(&[(&'static str, &str)], &str)] = &[
        (&[], "ok"),
        (&[("origin", "http://evil.com")], "403 INVALID_ORIGIN"),
        (&[("origin", ORIGIN)], "ok"),
        (&[("origin", "null")], missing),
        (&[("referer", "http://evil.com/x")], "403 INVALID_ORIGIN"),
        (&[("referer", "http://127.0.0.1:4100/x")], "ok"),
        (&navigation, blocked),
        (&[navigation[0], navigation[1], ("origin", ORIGIN)], blocked),
        (&[("sec-fetch-site", "same-origin")], missing),
        (&[("sec-fetch-site", "none")], missing),
        (&[("sec-fetch-mode", "cors")], missing),
        (&[("sec-fetch-dest", "empty")], missing),
        (&[("sec-fetch-site", "same-origin"), ("origin", ORIGIN)], "ok"),
        (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("origin", "http://localhost:3000")], "ok"),
        (&[("sec-fetch-site", "same-origin"), ("origin", "null")], "ok"),
        (&[("sec-fetch-site", "")], "ok"),
    ];
    for (headers, expected) in matrix {
        assert_eq!(post(&mut gate.anon(), "/sign-in/email", headers).await, *expected, "{headers:?}");
        assert_eq!(post(&mut gate.anon(), "/sign-out", headers).await, "ok", "{headers:?}");
    }
}

#[tokio::test]
async fn every_endpoint_that_changes_something_checks_it() {
    let gate = Gate::new().await;
    for path in [
        "/sign-up/email",
        "/sign-in/email",
        "/sign-out",
        "/get-session",
        "/revoke-session",
        "/revoke-sessions",
        "/revoke-other-sessions",
    ] {
        let headers = [("cookie", "foo=bar"), ("origin", "https://evil.com")];
        assert_eq!(post(&mut gate.anon(), path, &headers).await, "403 INVALID_ORIGIN", "{path}");
    }
    for path in ["/auth/sign-in", "/auth/sign-up", "/auth/sign-out", "/auth/sessions/revoke"] {
        for cookie in [true, false] {
            let mut anon = gate.anon();
            let asking = anon.visit("POST", path).form("").header("origin", "https://evil.com");
            let asking = if cookie { asking.header("cookie", "foo=bar") } else { asking };
            assert_eq!(asking.send().await.status, 403, "{path}");
        }
    }
}

#[tokio::test]
async fn addresses_to_be_sent_to_are_checked() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    for (target, expected) in [
        (json!("/dash"), "200"),
        (json!("/dash?x=1&y=a%2Fb"), "200"),
        (json!("http://localhost:3000/any"), "200"),
        (json!("https://foo.example.com/x"), "200"),
        (json!("myapp://cb"), "200"),
        (json!(ORIGIN), "200"),
        (json!("//evil.com"), "403 INVALID_CALLBACK_URL"),
        (json!("/\\evil.com"), "403 INVALID_CALLBACK_URL"),
        (json!("/a%2fb"), "403 INVALID_CALLBACK_URL"),
        (json!("/\t/evil.com"), "403 INVALID_CALLBACK_URL"),
        (json!("dash"), "403 INVALID_CALLBACK_URL"),
        (json!("javascript:alert(1)"), "403 INVALID_CALLBACK_URL"),
        (json!("http://localhost:3000.evil.com"), "403 INVALID_CALLBACK_URL"),
        (json!("http://127.0.0.1:4100@evil.com/"), "403 INVALID_CALLBACK_URL"),
        (json!("https://foo.example.com:8443/x"), "403 INVALID_CALLBACK_URL"),
        (json!({ "a": 1 }), "400 Invalid callbackURL: expected a string"),
        (json!(7), "400 Invalid callbackURL: expected a string"),
        (json!(0), "400 VALIDATION_ERROR"),
    ] {
        let body = json!({ "email": "ann@example.com", "password": PASSWORD, "callbackURL": target });
        assert_eq!(gate.anon().post("/sign-in/email", body).await.short(), expected, "{target}");
    }
    for (field, expected) in [
        ("redirectTo", "403 INVALID_REDIRECT_URL"),
        ("errorCallbackURL", "403 INVALID_ERROR_CALLBACK_URL"),
        ("newUserCallbackURL", "403 INVALID_NEW_USER_CALLBACK_URL"),
    ] {
        assert_eq!(gate.anon().post("/sign-out", json!({ field: "http://evil.com" })).await.short(), expected);
    }
    for query in ["callbackURL=http://evil.com", "callbackURL=http%3A%2F%2Fevil.com"] {
        let answer = gate.anon().post(&format!("/sign-out?{query}"), json!({})).await;
        assert_eq!(answer.short(), "403 INVALID_CALLBACK_URL");
        assert_eq!(gate.anon().get(&format!("/get-session?{query}")).await.body, "null");
    }
}

#[tokio::test]
async fn body_then_origin_then_targets_then_fields_then_session() {
    let gate = Gate::new().await;
    let mut anon = gate.anon();
    let broken = anon.ask("POST", "/sign-in/email").header("cookie", "a=b").body("application/json", "{").send().await;
    assert_eq!(broken.short(), "400 BAD_REQUEST");
    let plain = anon.ask("POST", "/sign-in/email").header("cookie", "a=b").body("text/plain", "x").send().await;
    assert_eq!(plain.short(), "415 UNSUPPORTED_MEDIA_TYPE");
    let empty = anon.ask("POST", "/sign-in/email").header("cookie", "a=b").json(&json!({})).send().await;
    assert_eq!(empty.short(), "403 MISSING_OR_NULL_ORIGIN");
    assert_eq!(
        anon.post("/sign-in/email", json!({ "callbackURL": "http://evil.com" })).await.short(),
        "403 INVALID_CALLBACK_URL"
    );
    assert_eq!(anon.post("/revoke-session", json!({ "token": 1 })).await.short(), "400 VALIDATION_ERROR");
    assert_eq!(anon.post("/revoke-session", json!({ "token": "x" })).await.short(), "401 UNAUTHORIZED");
}

#[tokio::test]
async fn other_origins_read_answers_only_when_listed() {
    let gate = Gate::new().await;
    for (origin, allowed) in
        [("http://localhost:3000", true), ("https://a.example.com", true), ("https://evil.com", false), ("null", false)]
    {
        let mut anon = gate.anon();
        let answer = anon.ask("GET", "/get-session").header("origin", origin).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), if allowed { origin } else { "" });
        assert_eq!(answer.header("access-control-allow-credentials"), if allowed { "true" } else { "" });
        assert_eq!(answer.header("vary"), "Origin");
        let asking = anon
            .ask("OPTIONS", "/sign-in/email")
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let preflight = asking.send().await;
        assert_eq!(preflight.status, if allowed { 204 } else { 404 });
        assert_eq!(preflight.header("access-control-allow-methods"), if allowed { "GET, POST" } else { "" });
    }
    let narrow = Gate::with(|config| config.cors.origins = vec!["https://only.example.com".into()]).await;
    let mut anon = narrow.anon();
    let answer = anon.ask("GET", "/ok").header("origin", "http://localhost:3000").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let answer = anon.ask("GET", "/nope").header("origin", "https://only.example.com").send().await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("access-control-allow-origin")),
        (404, "https://only.example.com")
    );
}
