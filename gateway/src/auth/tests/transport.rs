//! Paths, methods and bodies.

use expect_test::expect;
use serde_json::json;

use super::gate::Gate;

#[tokio::test]
async fn what_is_not_there_is_answered_by_nothing() {
    let gate = Gate::new().await;
    for (method, path) in [
        ("GET", "/api/auth"),
        ("GET", "/api/auth/"),
        ("GET", "/api/auth/nope"),
        ("POST", "/api/auth/nope"),
        ("GET", "/api/auth/ok/"),
        ("GET", "/api/auth//ok"),
        ("GET", "/api/auth/%6fk"),
        ("GET", "/api/auth/OK"),
        ("GET", "/API/auth/ok"),
        ("GET", "/api/authx/ok"),
        ("POST", "/api/auth/ok"),
        ("HEAD", "/api/auth/ok"),
        ("HEAD", "/api/auth/get-session"),
        ("OPTIONS", "/api/auth/ok"),
        ("OPTIONS", "/api/auth/sign-in/email"),
        ("GET", "/api/auth/sign-in/email"),
        ("PUT", "/api/auth/sign-in/email"),
        ("DELETE", "/api/auth/sign-out"),
        ("PATCH", "/api/auth/sign-out"),
        ("TRACE", "/api/auth/ok"),
        ("GET", "/nope"),
    ] {
        for cookie in [true, false] {
            let mut anon = gate.anon();
            let asking = anon.visit(method, path);
            let asking = if cookie { asking.header("cookie", "a=b") } else { asking };
            let answer = asking.send().await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (404, ""), "{method} {path}");
            assert_eq!((answer.header("content-type"), answer.header("allow")), ("", ""), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn status() {
    let gate = Gate::new().await;
    let answer = gate.anon().get("/ok?x=1").await;
    assert_eq!((answer.body.as_str(), answer.header("content-type")), (r#"{"ok":true}"#, "application/json"));
    assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), ("no-store", "nosniff"));
    for (query, code, text) in [
        ("", "UNKNOWN", "Something unexpected"),
        ("?error=state_mismatch", "state_mismatch", "Something unexpected"),
        ("?error=%3Cx%3E&error_description=a%3Cb%22%27%26", "UNKNOWN", "a&#60;b&#34;&#39;&#38;"),
    ] {
        let answer = gate.anon().get(&format!("/error{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(answer.body.contains(&format!("Code: {code}")) && answer.body.contains(text), "{}", answer.body);
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn bodies() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let good = r#"{"email":"ann@example.com","password":"password123"}"#;
    let nested = format!("{{\"email\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let shallow =
        format!(r#"{{"email":"ann@example.com","password":"password123","x":{}1{}}}"#, "[".repeat(20), "]".repeat(20));
    for (content_type, body, expected) in [
        ("application/json", good, "200"),
        ("application/json; charset=utf-8", good, "200"),
        ("APPLICATION/JSON", good, "200"),
        ("application/json", shallow.as_str(), "200"),
        ("application/json", &format!("\u{feff}{good}"), "200"),
        ("application/x-www-form-urlencoded", "email=ann%40example.com&password=password123", "200"),
        ("application/x+json", good, "415 UNSUPPORTED_MEDIA_TYPE"),
        ("text/plain", good, "415 UNSUPPORTED_MEDIA_TYPE"),
        ("multipart/form-data; boundary=x", "--x--", "415 UNSUPPORTED_MEDIA_TYPE"),
        ("", good, "415 UNSUPPORTED_MEDIA_TYPE"),
        ("application/json", "{oops", "400 BAD_REQUEST"),
        ("application/json", "{} {}", "400 BAD_REQUEST"),
        (
            "application/json",
            r#"{"email":"x@y.de","email":"ann@example.com","password":"password123"}"#,
            "400 BAD_REQUEST",
        ),
        ("application/json", r#"{"email":"ann@example.com","password":"a\u0000b"}"#, "400 BAD_REQUEST"),
        ("application/json", nested.as_str(), "400 BAD_REQUEST"),
        ("application/json", r#"{"email":1e999}"#, "400 BAD_REQUEST"),
        ("application/x-www-form-urlencoded", "email=a&email=b", "400 BAD_REQUEST"),
        ("application/json", "[]", "400 VALIDATION_ERROR"),
        ("application/json", "null", "400 VALIDATION_ERROR"),
        ("application/json", "", "400 VALIDATION_ERROR"),
        ("text/plain", "", "400 VALIDATION_ERROR"),
    ] {
        let mut anon = gate.anon();
        let answer = anon.ask("POST", "/sign-in/email").body(content_type, body).send().await;
        assert_eq!(answer.short(), expected, "{content_type} {body}");
    }
}

#[tokio::test]
async fn messages_about_bodies() {
    let gate = Gate::new().await;
    let mut anon = gate.anon();
    let asking = anon.ask("POST", "/sign-up/email").body("text/plain", "x");
    expect![[r#"{"message":"Content-Type \"text/plain\" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json","code":"UNSUPPORTED_MEDIA_TYPE"}"#]].assert_eq(&asking.send().await.body);
    let asking = anon.ask("POST", "/sign-out").body("text/\"plain", "x");
    expect![[r#"{"message":"Content-Type \"text/\"plain\" is not allowed. Allowed types: application/json","code":"UNSUPPORTED_MEDIA_TYPE"}"#]].assert_eq(&asking.send().await.body);
    let asking = anon.ask("POST", "/sign-in/email").body("application/json", "{");
    expect![[r#"{"message":"Invalid JSON in request body","code":"BAD_REQUEST"}"#]]
        .assert_eq(&asking.send().await.body);
    // Without a type it is as if there were no body.
    let asking = anon.ask("POST", "/sign-up/email").json(&json!({})).without("content-type");
    expect![[r#"{"message":"[body] Invalid input: expected object, received undefined; [body] Invalid input: expected record, received undefined","code":"VALIDATION_ERROR"}"#]].assert_eq(&asking.send().await.body);
    let asking = anon.ask("POST", "/sign-in/email").json(&json!("x"));
    expect![[r#"{"message":"[body] Invalid input: expected object, received string","code":"VALIDATION_ERROR"}"#]]
        .assert_eq(&asking.send().await.body);
    let asking = anon.ask("POST", "/sign-in/email").json(&json!({})).header("content-encoding", "gzip");
    expect![[r#"415 {"message":"Content-Encoding is not allowed","code":"UNSUPPORTED_MEDIA_TYPE"}"#]]
        .assert_eq(&asking.send().await.masked());
    let asking = anon.ask("POST", "/sign-in/email").body("application/json", vec![b' '; (1 << 20) + 1]);
    expect![[r#"413 {"message":"The request body is too large","code":"PAYLOAD_TOO_LARGE"}"#]]
        .assert_eq(&asking.send().await.masked());
    let asking = anon
        .ask("POST", "/sign-in/email")
        .body("application/json", b"{\"email\":\"\xff\",\"password\":\"x\"}".as_slice());
    expect![[r#"400 {"message":"Invalid JSON in request body","code":"BAD_REQUEST"}"#]]
        .assert_eq(&asking.send().await.masked());
}

#[tokio::test]
async fn without_a_database_it_says_when_to_come_back() {
    let gate = Gate::new().await;
    let ann = gate.user("ann@example.com").await;
    gate.app.store.close().await;
    for answer in [
        gate.anon().sign_in("ann@example.com").await,
        gate.anon().sign_up("bo@example.com").await,
        ann.clone().post("/revoke-sessions", json!({})).await,
        ann.clone().post("/sign-out", json!({})).await,
    ] {
        assert_eq!((answer.short().as_str(), answer.header("retry-after")), ("503 SERVICE_UNAVAILABLE", "1"));
    }
    let form = "email=ann%40example.com&password=password123";
    let page = gate.anon().visit("POST", "/auth/sign-in").form(form).send().await;
    assert!(page.status == 503 && page.body.contains("Busy right now"));
}

#[tokio::test]
async fn bodies_of_get_are_not_looked_at() {
    let gate = Gate::new().await;
    let mut anon = gate.anon();
    for (content_type, body) in [("application/json", "{"), ("text/plain", "x")] {
        assert_eq!(anon.ask("GET", "/ok").body(content_type, body).send().await.status, 200);
    }
}
