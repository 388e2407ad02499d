//! Getting, listing and ending sessions.

use chrono::TimeDelta;
use expect_test::expect;
use serde_json::{Value, json};

use super::gate::Gate;

#[tokio::test]
async fn without_a_session_the_answer_is_null() {
    let gate = Gate::new().await;
    let answer = gate.anon().get("/get-session").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "null"));
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn forged_cookies_are_passed_over_and_true_ones_of_dead_sessions_cleared() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let name = "better-auth.session_token";
    let good = ann.cookies[name].clone();
    let token = good.split('.').next().unwrap().to_owned();
    let tampered = format!("{token}.{}", "A".repeat(43) + "%3D");
    for bad in [tampered.as_str(), token.as_str(), "", ".", "%%%.", "a.b", good.strip_suffix("%3D").unwrap()] {
        ann.cookies.insert(name.into(), bad.into());
        let answer = ann.get("/get-session").await;
        assert_eq!((answer.body.as_str(), answer.cookies().len()), ("null", 0), "{bad}");
        let answer = ann.get("/list-sessions").await;
        assert_eq!((answer.short().as_str(), answer.cookies().len()), ("401 UNAUTHORIZED", 0), "{bad}");
    }
    let unknown = gate
        .app
        .signer
        .signed("unknownunknownunknownunknown1234")
        .replace('=', "%3D")
        .replace('+', "%2B")
        .replace('/', "%2F");
    ann.cookies.insert(name.into(), unknown.clone());
    expect![[r#"
        200 null
        better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.get("/get-session").await.masked());
    ann.cookies.insert(name.into(), unknown);
    expect![[r#"
        401 {"message":"Unauthorized","code":"UNAUTHORIZED"}
        better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.get("/list-sessions").await.masked());
    for same in [good.clone(), format!("\"{good}\""), good.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")]
    {
        ann.cookies.insert(name.into(), same);
        assert!(ann.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_session_is_extended_after_a_day_and_dies_after_a_week_without_use() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let expiry = |answer: &super::browser::Answer| answer.json()["session"]["expiresAt"].as_str().unwrap().to_owned();
    let first = ann.get("/get-session").await;
    gate.wait(TimeDelta::hours(23));
    let same = ann.get("/get-session").await;
    assert_eq!((expiry(&first), same.cookies().len()), (expiry(&same), 0));

    gate.wait(TimeDelta::hours(2));
    let kept = ann.get("/get-session?disableRefresh=false").await;
    assert_eq!((expiry(&kept), kept.cookies().len()), (expiry(&first), 0));
    let extended = ann.get("/get-session?disableRefresh=").await;
    expect!["better-auth.session_token=TOKEN.SIG; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"]
        .assert_eq(&extended.cookies().join("\n"));
    assert_eq!(extended.json()["session"]["updatedAt"], "2026-11-19T12:06:40.000Z");
    assert_eq!(expiry(&extended), "2026-11-26T12:06:40.000Z");
    assert_eq!(
        extended.header("set-auth-token"),
        gate.app.signer.signed(extended.json()["session"]["token"].as_str().unwrap())
    );
    let after = ann.get("/get-session").await;
    assert_eq!((expiry(&after), after.cookies().len()), (expiry(&extended), 0));

    gate.wait(TimeDelta::days(8));
    expect![[r#"
        200 null
        better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.get("/get-session").await.masked());
    let id = gate.stored("ann@example.com").await.id;
    assert!(gate.app.store.sessions_of(&id, chrono::DateTime::UNIX_EPOCH).await.unwrap().is_empty());
}

#[tokio::test]
async fn other_endpoints_extend_too() {
    let gate = Gate::with(|config| config.session.fresh_age = crate::config::Period::seconds(0)).await;
    let mut ann = gate.user("ann@example.com").await;
    gate.wait(TimeDelta::days(2));
    let answer = ann.get("/list-sessions").await;
    assert_eq!((answer.status.as_u16(), answer.cookies().len()), (200, 1));
}

#[tokio::test]
async fn get_session_by_post_is_not_offered() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let answer = ann.post("/get-session", json!({})).await;
    assert_eq!(answer.short(), "405 METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED");
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let foreign = ann.ask("POST", "/get-session").without("origin").send().await;
    assert_eq!((foreign.short().as_str(), foreign.header("pragma")), ("403 MISSING_OR_NULL_ORIGIN", ""));
}

#[tokio::test]
async fn a_leftover_copy_of_the_session_is_cleared() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    ann.cookies.insert("better-auth.session_data".into(), "abc".into());
    expect!["better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]
        .assert_eq(&ann.get("/get-session").await.cookies().join("\n"));
}

#[tokio::test]
async fn the_list_needs_a_fresh_session_and_leaves_out_the_dead() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    gate.anon().sign_in("ann@example.com").await;
    gate.user("bo@example.com").await;
    let list = ann.get("/list-sessions").await.json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert!(list[0]["token"].is_string());
    gate.wait(TimeDelta::hours(25));
    assert_eq!(ann.get("/list-sessions").await.short(), "403 SESSION_NOT_FRESH");
    gate.wait(TimeDelta::days(6));
    let mut again = gate.anon();
    again.sign_in("ann@example.com").await;
    assert_eq!(again.get("/list-sessions").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn one_session_is_revoked_and_only_ones_own() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let mut phone = gate.anon();
    let phone_token = phone.sign_in("ann@example.com").await.json()["token"].clone();
    let mut bo = gate.user("bo@example.com").await;
    let bo_token = bo.get("/get-session").await.json()["session"]["token"].clone();

    for token in [json!("x"), bo_token, phone_token] {
        let answer = ann.post("/revoke-session", json!({ "token": token })).await;
        assert_eq!(
            (answer.masked().as_str(), answer.headers.contains_key("set-cookie")),
            (r#"200 {"status":true}"#, false)
        );
    }
    assert!(bo.is_signed_in().await);
    assert!(!phone.is_signed_in().await);

    let own = ann.get("/get-session").await.json()["session"]["token"].clone();
    let cookies = ann.cookies.clone();
    expect![[r#"
        200 {"status":true}
        better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.post("/revoke-session", json!({ "token": own })).await.masked());
    ann.cookies = cookies;
    expect![[r#"
        401 {"message":"Unauthorized","code":"UNAUTHORIZED"}
        better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.post("/revoke-session", json!({ "token": own })).await.masked());
    for (body, expected) in [(json!({}), "undefined"), (json!({ "token": 5 }), "number")] {
        let message = format!("[body.token] Invalid input: expected string, received {expected}");
        assert_eq!(gate.anon().post("/revoke-session", body).await.json()["message"], message);
    }
}

#[tokio::test]
async fn many_sessions_are_revoked() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let (mut phone, mut tablet) = (gate.anon(), gate.anon());
    phone.sign_in("ann@example.com").await;
    tablet.sign_in("ann@example.com").await;
    let mut bo = gate.user("bo@example.com").await;
    let others = ann.ask("POST", "/revoke-other-sessions").send().await;
    assert_eq!(others.masked(), r#"200 {"status":true}"#);
    assert!(ann.is_signed_in().await && !phone.is_signed_in().await && !tablet.is_signed_in().await);
    phone.sign_in("ann@example.com").await;
    expect![[r#"
        200 {"status":true}
        better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.post("/revoke-sessions", json!({})).await.masked());
    assert!(!ann.is_signed_in().await && !phone.is_signed_in().await && bo.is_signed_in().await);
    for path in ["/revoke-sessions", "/revoke-other-sessions"] {
        assert_eq!(gate.anon().post(path, json!({})).await.short(), "401 UNAUTHORIZED");
        let mut anon = gate.anon();
        assert_eq!(anon.ask("POST", path).body("text/plain", "x").send().await.short(), "415 UNSUPPORTED_MEDIA_TYPE");
        assert_eq!(anon.ask("POST", path).body("application/json", "{").send().await.short(), "400 BAD_REQUEST");
    }
}

#[tokio::test]
async fn signing_out_always_works_and_clears_everything() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let cookies = ann.cookies.clone();
    let id = gate.stored("ann@example.com").await.id;
    expect![[r#"
        200 {"success":true}
        better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.post("/sign-out", json!({})).await.masked());
    assert!(gate.app.store.sessions_of(&id, gate.app.clock.now()).await.unwrap().is_empty());
    ann.cookies = cookies;
    assert!(!ann.is_signed_in().await);

    let mut anon = gate.anon();
    for body in [json!({}), json!({ "callbackURL": "/bye", "disableRedirect": true, "state": "x" })] {
        let answer = anon.post("/sign-out", body).await;
        assert_eq!((answer.body.as_str(), answer.cookies().len()), (r#"{"success":true}"#, 3));
    }
    for (body, expected) in [
        (json!({ "callbackURL": "http://evil.com" }), "403 INVALID_CALLBACK_URL"),
        (json!({ "callbackURL": 1, "disableRedirect": "x" }), "400 Invalid callbackURL: expected a string"),
        (json!({ "disableRedirect": "x" }), "400 VALIDATION_ERROR"),
        (Value::Array(vec![]), "400 VALIDATION_ERROR"),
    ] {
        assert_eq!(anon.post("/sign-out", body).await.short(), expected);
    }
    assert_eq!(anon.ask("POST", "/sign-out").send().await.status, 200);
    assert_eq!(anon.ask("POST", "/sign-out").form("a=b").send().await.short(), "415 UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn secure_cookies_have_their_name_and_domain() {
    let gate = Gate::with(|config| {
        config.server.public_url = "https://auth.example.com".into();
        config.cookie.domain = ".example.com".into();
    })
    .await;
    let mut ann = gate.user("ann@example.com").await;
    assert!(ann.is_signed_in().await);
    let value = ann.cookies["__Secure-better-auth.session_token"].clone();
    ann.cookies = [("better-auth.session_token".to_owned(), value)].into();
    assert!(!ann.is_signed_in().await);
    expect!["__Secure-better-auth.session_token=TOKEN.SIG; Max-Age=604800; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax"].assert_eq(&gate.anon().sign_in("ann@example.com").await.cookies().join("\n"));
}

#[tokio::test]
async fn address_and_program_are_kept_with_the_session() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    for (address, expected) in [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002:0000:0000:0000:0000"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
    ] {
        let mut ann = gate.anon().at(address);
        let body = json!({ "email": "ann@example.com", "password": super::browser::PASSWORD });
        ann.ask("POST", "/sign-in/email")
            .json(&body)
            .header("user-agent", "UA/1")
            .header("x-forwarded-for", "9.9.9.9")
            .send()
            .await;
        let session = ann.get("/get-session").await.json()["session"].clone();
        assert_eq!((&session["ipAddress"], &session["userAgent"]), (&json!(expected), &json!("UA/1")));
    }
}
