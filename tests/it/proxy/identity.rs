//! Who the upstream is told the caller is: set by the gateway alone, whatever the client sends.

use gateway_tests::raw::Raw;
use gateway_tests::upstream::Seen;
use http::Method;
use serde_json::json;

use super::{gateway, gateway_with};

const NAMES: [&str; 5] = ["x-user-id", "x-user-role", "x-user-email", "x-user-name", "x-session-id"];

/// The values of the identity headers, however they are spelled; each must be there once at most.
fn identity(seen: &Seen) -> [Option<String>; 5] {
    NAMES.map(|name| {
        let mut spelled = seen.spelled(name);
        assert!(spelled.len() <= 1, "several of {name}: {spelled:?}");
        spelled.pop().map(|(_, value)| value)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_is_told_who_it_is() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    let session = ada.session().await;
    ada.get("/items?page=2").await.expect(200);
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let (user, session) = (&session["user"], &session["session"]);
    let expected =
        [text(&user["id"]), text(&json!("user")), text(&user["email"]), text(&user["name"]), text(&session["id"])];
    assert_eq!(identity(&upstream.last()), expected);
    assert_eq!(upstream.last().target, "/items?page=2");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_identity_headers_never_arrive() {
    let (gateway, upstream) = gateway_with(
        r#"
        routes = [
            { path = "/open/*", upstream = "app", access = "public" },
            { path = "/maybe/*", upstream = "app", access = "optional" },
            { path = "/*", upstream = "app" },
        ]
        "#,
    )
    .await;
    let ada = gateway.user("ada").await;
    let id = ada.session().await["user"]["id"].as_str().unwrap().to_owned();
    let forgeries: [&[(&str, &str)]; 8] = [
        &[("X-User-Id", "root")],
        &[("x-user-id", "root"), ("X-USER-ID", "admin")],
        &[("X_User_Id", "root")],
        &[("X-User_Id", "root"), ("x_user-id", "admin")],
        &[("X.User.Id", "root")],
        &[("Connection", "X-User-Id"), ("X-User-Id", "root")],
        &[("Connection", "close, x-user-id, X-User-Role"), ("X-User-Role", "admin")],
        &[("X-User-Role", "admin"), ("X_Session_Id", "1"), ("X-User~Name", "Root"), ("X_USER_EMAIL", "root@x")],
    ];
    for forgery in forgeries {
        let lines: String = forgery.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        for (path, cookie, expected) in [
            ("/items", Some(ada.session_cookie()), id.as_str()),
            ("/maybe/items", Some(ada.session_cookie()), id.as_str()),
            ("/maybe/items", None, ""),
            ("/open/items", None, ""),
            ("/open/items", Some(ada.session_cookie()), ""),
        ] {
            let cookie = cookie.map(|cookie| format!("cookie: {cookie}\r\n")).unwrap_or_default();
            let mut raw = Raw::connect(gateway.address()).await;
            raw.send(format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{cookie}{lines}\r\n", gateway.address())).await;
            let answer = raw.answer().await.expect("an answer");
            assert!(matches!(answer.status, 200 | 400), "{forgery:?}: {answer:?}");
            if answer.status == 200 {
                let seen = identity(&upstream.last());
                assert_eq!(seen[0].as_deref().unwrap_or_default(), expected, "{path} {forgery:?}");
                let all = upstream.last().head;
                assert!(!all.contains("root") && !all.contains("admin"), "{forgery:?} arrived:\n{all}");
            }
        }
    }
    assert!(upstream.count() > 20, "most of these requests are honest but for the header");
}

#[tokio::test(flavor = "multi_thread")]
async fn nominated_headers_do_not_vanish() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    let cookie = format!("cookie: {}", ada.session_cookie());
    let nominated = "connection: keep-alive, x-user-id, x-user-role, x-forwarded-for, x-request-id";
    let request = ["GET /items HTTP/1.1", "host: localhost", &cookie, nominated];
    let answer = Raw::exchange(gateway.address(), &request).await.expect("an answer");
    if answer.status == 200 {
        assert!(identity(&upstream.last()).iter().all(Option::is_some), "{}", upstream.last().head);
        assert!(upstream.last().header("x-forwarded-for").is_some(), "{}", upstream.last().head);
    } else {
        assert_eq!(answer.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_credentials_stay_here_and_others_pass() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    ada.jar.put("theme", "dark");
    ada.jar.put("better-auth.other", "x");
    ada.get("/items").await.expect(200);
    let cookies = upstream.last().header("cookie").unwrap_or_default().to_owned();
    assert!(cookies.contains("theme=dark"), "{cookies}");
    assert!(!upstream.last().head.contains(&ada.token()), "{}", upstream.last().head);

    ada.ask(Method::GET, "/items").without_cookies().bearer(&ada.token()).send().await.expect(200);
    assert_eq!(upstream.last().header("authorization"), None);
    ada.ask(Method::GET, "/items").header("authorization", "Basic dTpw").send().await.expect(200);
    assert_eq!(upstream.last().header("authorization"), Some("Basic dTpw"), "not ours to take");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_forwarded_when_asked_for() {
    let (gateway, upstream) = gateway_with("[identity_headers]\nforward_credentials = true").await;
    let ada = gateway.user("ada").await;
    ada.get("/items").await.expect(200);
    assert!(upstream.last().header("cookie").unwrap_or_default().contains(&ada.session_cookie()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_the_headers_are_a_setting() {
    let (gateway, upstream) = gateway_with("[identity_headers]\npreset = \"remote\"\nuser_id = \"X-Who\"").await;
    let ada = gateway.user("ada").await;
    ada.ask(Method::GET, "/items").header("remote-email", "root@x").header("x_who", "root").send().await.expect(200);
    let seen = upstream.last();
    assert_eq!(seen.spelled("remote-email").len(), 1, "{}", seen.head);
    assert_eq!(seen.header("remote-email"), Some("ada@example.com"));
    assert_eq!(seen.header("x-who"), ada.session().await["user"]["id"].as_str());
    assert_eq!(seen.spelled("x-who").len(), 1, "{}", seen.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_all_languages_are_legal_header_values() {
    let (gateway, upstream) = gateway().await;
    let zoe = gateway.anon();
    let name = "Zoë 田中 \u{202e}\u{7f}";
    let body = json!({ "name": name, "email": "zoe@example.com", "password": gateway_tests::client::PASSWORD });
    zoe.post("/api/auth/sign-up/email", body).await.expect(200);
    zoe.get("/items").await.expect(200);
    let sent = upstream.last().header("x-user-name").unwrap_or_default().to_owned();
    assert!(sent.chars().all(|c| c.is_ascii() && !c.is_ascii_control()), "{sent:?}");
    assert_eq!(zoe.session().await["user"]["name"], name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_credential_is_nobody() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    let (token, cookie) = (ada.token(), ada.session_cookie());
    let forged = cookie.replacen(&token, &"x".repeat(32), 1);
    for value in [
        &forged,
        "better-auth.session_token=",
        "better-auth.session_token=%",
        "\u{ff}=;;=",
        &cookie[..cookie.len() - 9],
    ] {
        let answer = ada.ask(Method::GET, "/items").without_cookies().header("cookie", value).send().await;
        assert_eq!(answer.status, 401, "{value}");
    }
    for value in ["Bearer", "Bearer  ", "Bearer x.y.z", &format!("Bearer {token}x"), &format!("Token {token}")] {
        let answer = ada.ask(Method::GET, "/items").without_cookies().header("authorization", value).send().await;
        assert_eq!(answer.status, 401, "{value}");
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_explicit_header_wins_over_the_cookie() {
    let (gateway, upstream) = gateway().await;
    let (ada, eve) = (gateway.user("ada").await, gateway.user("eve").await);
    ada.ask(Method::GET, "/items").bearer(&eve.token()).send().await.expect(200);
    assert_eq!(upstream.last().header("x-user-email"), Some("eve@example.com"));
}
