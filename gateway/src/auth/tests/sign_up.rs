//! `POST /sign-up/email`

use chrono::TimeDelta;
use expect_test::expect;
use serde_json::{Value, json};

use super::{
    browser::{Answer, PASSWORD},
    gate::Gate,
};

/// Signs up with these fields instead of, or besides, the usual ones.
async fn with(gate: &Gate, change: Value) -> Answer {
    let mut body = json!({ "name": "Bo", "email": "bo@example.com", "password": PASSWORD });
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    gate.anon().post("/sign-up/email", body).await
}

#[tokio::test]
async fn makes_an_account_and_signs_in() {
    let gate = Gate::new().await;
    let mut ann = gate.anon();
    expect![[r#"
        200 {"token":"ID","user":{"name":"Ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME","role":"user","banned":false,"banReason":null,"banExpires":null,"id":"ID"}}
        better-auth.session_token=TOKEN.SIG; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"#]].assert_eq(&ann.sign_up("Ann@Example.com").await.masked());
    expect![[r#"200 {"session":{"expiresAt":"TIME","token":"ID","createdAt":"TIME","updatedAt":"TIME","ipAddress":"","userAgent":"","userId":"ID","impersonatedBy":null,"id":"ID"},"user":{"name":"Ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME","role":"user","banned":false,"banReason":null,"banExpires":null,"id":"ID"}}"#]].assert_eq(&ann.get("/get-session").await.masked());
    let stored = gate.app.store.credential_of(&gate.stored("ann@example.com").await.id).await.unwrap().unwrap();
    assert_eq!((stored.provider_id.as_str(), stored.account_id), ("credential", stored.user_id.to_string()));
    assert!(stored.password.unwrap().expose().starts_with("$argon2id$"));
}

#[tokio::test]
async fn without_admin_no_roles_are_shown() {
    let gate = Gate::with(|config| config.admin.enabled = false).await;
    expect![[r#"
        200 {"token":"ID","user":{"name":"Ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME","id":"ID"}}
        better-auth.session_token=TOKEN.SIG; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"#]].assert_eq(&gate.anon().sign_up("ann@example.com").await.masked());
    assert_eq!(with(&gate, json!({ "role": "admin" })).await.status, 200);
    assert_eq!(gate.stored("bo@example.com").await.role, None);
}

#[tokio::test]
async fn wrong_fields_are_told_all_at_once() {
    let gate = Gate::new().await;
    for (change, expected) in [
        (json!({ "email": "nope" }), "[body.email] Invalid email address"),
        (json!({ "email": "" }), "[body.email] Invalid email address"),
        (json!({ "email": " b1@example.com " }), "[body.email] Invalid email address"),
        (json!({ "email": "b@exam ple.com" }), "[body.email] Invalid email address"),
        (json!({ "email": "ｂ@example.com" }), "[body.email] Invalid email address"),
        (json!({ "email": "a@b.com, c@d.com" }), "[body.email] Invalid email address"),
        (json!({ "email": "a@b.com\n" }), "[body.email] Invalid email address"),
        (json!({ "email": format!("{}@example.com", "a".repeat(250)) }), "[body.email] Invalid email address"),
        (json!({ "email": ["b@example.com"] }), "[body.email] Invalid input: expected string, received array"),
        (json!({ "email": { "contains": "@" } }), "[body.email] Invalid input: expected string, received object"),
        (json!({ "name": null }), "[body.name] Invalid input: expected string, received null"),
        (json!({ "name": "n".repeat(257) }), "[body.name] Too big: expected string to have <=256 characters"),
        (json!({ "password": "" }), "[body.password] Too small: expected string to have >=1 characters"),
        (
            json!({ "password": [] }),
            "[body.password] Invalid input: expected string, received array; [body.password] Too small: expected array to have >=1 items",
        ),
        (
            json!({ "image": null, "rememberMe": null, "callbackURL": null }),
            "[body.image] Invalid input: expected string, received null; [body.callbackURL] Invalid input: expected string, received null; [body.rememberMe] Invalid input: expected boolean, received null",
        ),
    ] {
        let answer = with(&gate, change).await;
        assert_eq!(
            (answer.short().as_str(), answer.json()["message"].as_str().unwrap()),
            ("400 VALIDATION_ERROR", expected)
        );
    }
    let answer = gate.anon().post("/sign-up/email", json!({})).await;
    expect![[r#"{"message":"[body.name] Invalid input: expected string, received undefined; [body.email] Invalid input: expected string, received undefined; [body.password] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#]].assert_eq(&answer.body);
}

#[tokio::test]
async fn passwords_are_measured_as_javascript_does() {
    let gate = Gate::new().await;
    for (number, (password, expected)) in [
        ("short".to_owned(), "400 PASSWORD_TOO_SHORT"),
        ("1234567".to_owned(), "400 PASSWORD_TOO_SHORT"),
        ("x".repeat(129), "400 PASSWORD_TOO_LONG"),
        ("x".repeat(20_000), "400 PASSWORD_TOO_LONG"),
        ("x".repeat(128), "200"),
        ("ééééééé a".to_owned(), "200"),
        ("😀😀😀😀".to_owned(), "200"),
        ("😀😀😀".to_owned(), "400 PASSWORD_TOO_SHORT"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = with(&gate, json!({ "email": format!("p{number}@example.com"), "password": password })).await;
        assert_eq!(answer.short(), expected, "{password}");
    }
}

#[tokio::test]
async fn common_passwords_are_refused_when_told_to() {
    let gate = Gate::with(|config| config.password.reject_common = true).await;
    assert_eq!(with(&gate, json!({ "password": "Iloveyou" })).await.short(), "400 PASSWORD_COMPROMISED");
    assert_eq!(with(&gate, json!({ "password": "seven odd otters" })).await.short(), "200");
}

#[tokio::test]
async fn protected_fields_are_refused_or_dropped() {
    let gate = Gate::new().await;
    for (change, expected) in [
        (json!({ "role": "admin" }), "400 FIELD_NOT_ALLOWED"),
        (json!({ "role": "user" }), "400 FIELD_NOT_ALLOWED"),
        (json!({ "banReason": "x" }), "400 FIELD_NOT_ALLOWED"),
        (json!({ "banExpires": "2027-01-01T00:00:00.000Z" }), "400 FIELD_NOT_ALLOWED"),
    ] {
        assert_eq!(with(&gate, change).await.short(), expected);
    }
    let dropped = json!({
        "role": "", "banned": true, "emailVerified": true, "id": "mine", "createdAt": "2020-01-01T00:00:00.000Z",
        "__proto__": { "role": "admin" }, "foo": 1,
    });
    let answer = with(&gate, dropped).await.json();
    let user = &answer["user"];
    assert_eq!(
        (&user["role"], &user["banned"], &user["emailVerified"]),
        (&json!("user"), &json!(false), &json!(false))
    );
    assert_ne!(user["id"], "mine");
}

#[tokio::test]
async fn a_taken_address_is_told_unless_that_is_to_stay_hidden() {
    let open = Gate::new().await;
    open.user("ann@example.com").await;
    assert_eq!(open.anon().sign_up("ANN@example.com").await.short(), "422 USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");

    for verify in [true, false] {
        let hidden = Gate::with(|config| {
            config.email_password.auto_sign_in = verify;
            config.email_password.require_verification = verify;
        })
        .await;
        let first = hidden.anon().sign_up("ann@example.com").await;
        let second = hidden.anon().sign_up("ann@example.com").await;
        assert_eq!(first.masked(), second.masked());
        assert_eq!(first.json()["token"], Value::Null);
        assert_ne!(first.json()["user"]["id"], second.json()["user"]["id"]);
        assert!(first.cookies().is_empty());
    }
}

#[tokio::test]
async fn of_many_sign_ups_at_once_one_makes_the_account() {
    let gate = Gate::with(|config| config.password.queue = 1_000).await;
    let tries = futures_util::future::join_all((0..50).map(|_| {
        let mut browser = gate.anon();
        async move { browser.sign_up("ann@example.com").await.status.as_u16() }
    }));
    let mut statuses = tries.await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1], statuses[49]), (200, 422, 422));
}

#[tokio::test]
async fn it_can_be_switched_off() {
    for (gate, sign_in) in [
        (Gate::with(|config| config.email_password.sign_up = false).await, "401 INVALID_EMAIL_OR_PASSWORD"),
        (Gate::with(|config| config.email_password.enabled = false).await, "400 EMAIL_PASSWORD_DISABLED"),
    ] {
        assert_eq!(gate.anon().sign_up("ann@example.com").await.short(), "400 EMAIL_PASSWORD_SIGN_UP_DISABLED");
        assert_eq!(gate.anon().post("/sign-up/email", json!({})).await.short(), "400 VALIDATION_ERROR");
        assert_eq!(gate.anon().sign_in("ann@example.com").await.short(), sign_in);
    }
}

#[tokio::test]
async fn an_unremembered_session_ends_with_the_browser_and_after_a_day() {
    let gate = Gate::new().await;
    let mut bo = gate.anon();
    let body = json!({ "name": "Bo", "email": "bo@example.com", "password": PASSWORD, "rememberMe": false, "image": "https://x.test/a.png" });
    let answer = bo.post("/sign-up/email", body).await;
    expect![[r#"
        better-auth.session_token=TOKEN.SIG; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=true.BFyhMoAFQICgH%2B%2B8ONDt5pnF0t4lX8vI8t0WqggnFC8%3D; Path=/; HttpOnly; SameSite=Lax"#]].assert_eq(&answer.cookies().join("\n"));
    assert_eq!(answer.json()["user"]["image"], "https://x.test/a.png");
    gate.wait(TimeDelta::hours(23));
    assert!(bo.is_signed_in().await);
    gate.wait(TimeDelta::hours(2));
    assert!(!bo.is_signed_in().await);
}

#[tokio::test]
async fn forms_are_taken_too() {
    let gate = Gate::new().await;
    let mut anon = gate.anon();
    let sign_up = anon.ask("POST", "/sign-up/email").form("name=F&email=form%40example.com&password=password123");
    assert_eq!(sign_up.send().await.short(), "200");
    let mut anon = gate.anon();
    let sign_up =
        anon.ask("POST", "/sign-up/email").form("name=F&email=g%40example.com&password=password123&rememberMe=true");
    assert_eq!(
        sign_up.send().await.json()["message"],
        "[body.rememberMe] Invalid input: expected boolean, received string"
    );
}
