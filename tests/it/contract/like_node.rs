//! Every step is taken at the gateway and at the original server, in the same run, and the answers are compared.

use gateway_tests::client::Ask;
use gateway_tests::db::Database;
use http::Method;
use serde_json::json;

use super::both::{ADA, Both, PASSWORD};

on_both!(sign_up, sign_in, sessions, credentials, bodies_and_paths);

async fn sign_up(database: Database) {
    let mut both = Both::start(&database).await;
    let refused = [
        ("nothing", json!({})),
        ("no password", json!({ "name": "A", "email": ADA })),
        ("no name", json!({ "email": ADA, "password": PASSWORD })),
        ("wrong types", json!({ "name": 1, "email": true, "password": 7 })),
        ("null", json!({ "name": null, "email": ADA, "password": PASSWORD })),
        ("rememberMe is text", json!({ "name": "A", "email": ADA, "password": PASSWORD, "rememberMe": "yes" })),
        ("image is a number", json!({ "name": "A", "email": ADA, "password": PASSWORD, "image": 1 })),
        ("no address", json!({ "name": "A", "email": "ada", "password": PASSWORD })),
        ("empty address", json!({ "name": "A", "email": "", "password": PASSWORD })),
        ("two dots", json!({ "name": "A", "email": "a..b@example.com", "password": PASSWORD })),
        ("empty password", json!({ "name": "A", "email": ADA, "password": "" })),
        ("short password", json!({ "name": "A", "email": ADA, "password": "1234567" })),
        ("long password", json!({ "name": "A", "email": ADA, "password": "x".repeat(129) })),
        (
            "callback elsewhere",
            json!({ "name": "A", "email": ADA, "password": PASSWORD, "callbackURL": "http://evil.test" }),
        ),
        ("callback is a number", json!({ "name": "A", "email": ADA, "password": PASSWORD, "callbackURL": 7 })),
    ];
    for (what, body) in refused {
        both.post(what, "/sign-up/email", body).await;
    }
    let with_image = json!({ "name": "Ada", "email": "ADA@Example.com", "password": PASSWORD, "image": "/a.png" });
    both.post("capitals and an image", "/sign-up/email", with_image).await;
    both.get("session after sign-up", "/get-session").await;
    both.post("the same address", "/sign-up/email", json!({ "name": "B", "email": ADA, "password": PASSWORD })).await;
    let callback = json!({ "name": "B", "email": "b@example.com", "password": PASSWORD, "callbackURL": "/welcome" });
    both.post("with a callback", "/sign-up/email", callback).await;
    let unknown =
        json!({ "name": "", "email": "c@example.com", "password": PASSWORD, "colour": "red", "emailVerified": true });
    both.post("empty name, fields of others", "/sign-up/email", unknown).await;
    let role = json!({ "name": "D", "email": "d@example.com", "password": PASSWORD, "role": "admin" });
    both.post("with a role", "/sign-up/email", role).await;
    let brief = json!({ "name": "E", "email": "e@example.com", "password": PASSWORD, "rememberMe": false });
    both.post("not remembered", "/sign-up/email", brief).await;
    both.end();
}

async fn sign_in(database: Database) {
    let mut both = Both::start(&database).await;
    both.new_user().await;
    let cases = [
        ("nothing", json!({})),
        ("wrong types", json!({ "email": 1, "password": {} })),
        ("no address", json!({ "email": "ada", "password": PASSWORD })),
        ("wrong password", json!({ "email": ADA, "password": "wrong" })),
        ("empty password", json!({ "email": ADA, "password": "" })),
        ("long password", json!({ "email": ADA, "password": "x".repeat(129) })),
        ("unknown address", json!({ "email": "nobody@example.com", "password": PASSWORD })),
        ("right", json!({ "email": ADA, "password": PASSWORD })),
        ("capitals", json!({ "email": "ADA@EXAMPLE.COM", "password": PASSWORD })),
        ("not remembered", json!({ "email": ADA, "password": PASSWORD, "rememberMe": false })),
        ("remembered again", json!({ "email": ADA, "password": PASSWORD, "rememberMe": true })),
        ("rememberMe is null", json!({ "email": ADA, "password": PASSWORD, "rememberMe": null })),
    ];
    for (what, body) in cases {
        both.post(what, "/sign-in/email", body).await;
        both.get("session", "/get-session").await;
    }
    let callbacks = [
        "/dash",
        "/dash?x=1&y=a%2Fb",
        "/a b",
        "//evil.com",
        "/\\evil.com",
        "/a%2fb",
        "/a%5cb",
        "dash",
        "javascript:alert(1)",
        "http://evil.test/",
        "",
        "https://localhost.evil.com",
        "/\u{1}x",
    ];
    for callback in callbacks {
        let body = json!({ "email": ADA, "password": PASSWORD, "callbackURL": callback });
        both.post(&format!("callback {callback:?}"), "/sign-in/email", body).await;
    }
    both.end();
}

async fn sessions(database: Database) {
    let mut both = Both::start(&database).await;
    for (method, path) in [
        (Method::GET, "/list-sessions"),
        (Method::POST, "/revoke-session"),
        (Method::POST, "/revoke-sessions"),
        (Method::POST, "/revoke-other-sessions"),
        (Method::POST, "/sign-out"),
    ] {
        let get = method == Method::GET;
        let step = |ask: Ask, _| if get { ask } else { ask.json(&json!({ "token": "x" })) };
        both.step("signed out", method, path, step).await;
    }
    both.new_user().await;
    both.get("session", "/get-session").await;
    both.get("cookie cache off", "/get-session?disableCookieCache=true").await;
    both.get("no refresh", "/get-session?disableRefresh=true").await;
    both.post("get-session by POST", "/get-session", json!({})).await;
    both.get("one session", "/list-sessions").await;
    both.post("revoke nothing", "/revoke-session", json!({})).await;
    both.post("revoke a number", "/revoke-session", json!({ "token": 7 })).await;
    both.post("revoke an unknown one", "/revoke-session", json!({ "token": "unknown" })).await;
    both.post("sign in again", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.post("revoke others", "/revoke-other-sessions", json!({})).await;
    both.get("one is left", "/list-sessions").await;
    let (ours, theirs) = (both.ours.token(), both.theirs.token());
    let own = |ask: Ask, us: bool| ask.json(&json!({ "token": if us { &ours } else { &theirs } }));
    both.step("revoke the current one", Method::POST, "/revoke-session", own).await;
    both.get("gone", "/get-session").await;
    both.post("sign in", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.post("revoke all", "/revoke-sessions", json!({})).await;
    both.get("gone", "/get-session").await;
    both.post(
        "sign in, not remembered",
        "/sign-in/email",
        json!({ "email": ADA, "password": PASSWORD, "rememberMe": false }),
    )
    .await;
    let (ours, theirs) = (both.ours.jar.clone(), both.theirs.jar.clone());
    both.post("sign out", "/sign-out", json!({})).await;
    both.get("signed out", "/get-session").await;
    (both.ours.jar, both.theirs.jar) = (ours, theirs);
    both.get("the old cookie", "/get-session").await;
    both.post("sign out twice", "/sign-out", json!({})).await;
    both.end();
}

async fn credentials(database: Database) {
    let mut both = Both::start(&database).await;
    both.new_user().await;
    let (ours, theirs) = (both.ours.clone(), both.theirs.clone());
    let me = |us: bool| if us { &ours } else { &theirs };
    let cookie = |us: bool| me(us).session_cookie();
    type Credential<'a> = (&'a str, &'a str, Box<dyn Fn(bool) -> String + 'a>);
    let given: Vec<Credential<'_>> = vec![
        ("right", "cookie", Box::new(cookie)),
        ("among others", "cookie", Box::new(|us| format!("a=1; {}; b=2", cookie(us)))),
        ("in quotes", "cookie", Box::new(|us| cookie(us).replacen('=', "=\"", 1) + "\"")),
        (
            "twice, the wrong one last",
            "cookie",
            Box::new(|us| format!("{}; better-auth.session_token=x.y", cookie(us))),
        ),
        ("another signature", "cookie", Box::new(|us| cookie(us).replacen('.', ".A", 2))),
        ("unsigned", "cookie", Box::new(|us| format!("better-auth.session_token={}", me(us).token()))),
        ("empty", "cookie", Box::new(|_| "better-auth.session_token=".into())),
        ("broken escapes", "cookie", Box::new(|_| "better-auth.session_token=%zz.%".into())),
        (
            "another token, our signature",
            "cookie",
            Box::new(|us| cookie(us).replacen(&me(us).token(), &"x".repeat(32), 1)),
        ),
        ("secure name", "cookie", Box::new(|us| format!("__Secure-{}", cookie(us)))),
        ("raw", "authorization", Box::new(|us| format!("Bearer {}", me(us).token()))),
        ("raw, small letters", "authorization", Box::new(|us| format!("bearer {}", me(us).token()))),
        ("signed", "authorization", Box::new(|us| format!("Bearer {}", me(us).signed_token()))),
        (
            "signed and escaped",
            "authorization",
            Box::new(|us| format!("Bearer {}", cookie(us).split_once('=').unwrap().1)),
        ),
        ("wrongly signed", "authorization", Box::new(|us| format!("Bearer {}.AAAA", me(us).token()))),
        ("unknown", "authorization", Box::new(|_| format!("Bearer {}", "x".repeat(32)))),
        ("empty", "authorization", Box::new(|_| "Bearer ".into())),
        ("basic", "authorization", Box::new(|us| format!("Basic {}", me(us).token()))),
    ];
    for (what, header, value) in &given {
        let step = |ask: Ask, us| ask.without_cookies().header(header, &value(us));
        both.step(&format!("{header}: {what}"), Method::GET, "/get-session", step).await;
    }
    let step = |ask: Ask, us| ask.without_cookies().without("origin").bearer(&me(us).token()).json(&json!({}));
    both.step("sign out by bearer", Method::POST, "/sign-out", step).await;
    both.end();
}

async fn bodies_and_paths(database: Database) {
    let mut both = Both::start(&database).await;
    both.new_user().await;
    both.get("ok", "/ok").await;
    for path in [
        "/",
        "",
        "/nothing",
        "/ok/",
        "/sign-in",
        "/sign-in/email",
        "/sign-up/email",
        "/sign-out",
        "/set-password",
        "/OK",
    ] {
        both.get("wrong path or method", path).await;
    }
    for (method, path) in [
        (Method::POST, "/ok"),
        (Method::PUT, "/sign-in/email"),
        (Method::DELETE, "/get-session"),
        (Method::PATCH, "/sign-out"),
        (Method::HEAD, "/get-session"),
        (Method::HEAD, "/ok"),
        (Method::POST, "/list-sessions"),
        (Method::POST, "/nothing"),
    ] {
        both.step("wrong method", method, path, |ask, _| ask).await;
    }
    let right = json!({ "email": ADA, "password": PASSWORD }).to_string();
    let form = format!("email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let cases: Vec<(&str, Option<&str>, &str)> = vec![
        ("charset", Some("application/json; charset=utf-8"), &right),
        ("capitals", Some("Application/JSON"), &right),
        ("text", Some("text/plain"), &right),
        ("almost", Some("application/x+json"), &right),
        ("no type", None, &right),
        ("form", Some("application/x-www-form-urlencoded"), &form),
        ("form with a boolean", Some("application/x-www-form-urlencoded"), "email=a%40b.de&password=x&rememberMe=true"),
        ("broken JSON", Some("application/json"), "{\"email\":"),
        ("a list", Some("application/json"), "[]"),
        ("a number", Some("application/json"), "1"),
        ("null", Some("application/json"), "null"),
        ("empty", Some("application/json"), ""),
        ("nothing", None, ""),
    ];
    for (what, content_type, body) in cases {
        let step = |ask: Ask, _| {
            let ask = ask.body(body.to_owned());
            content_type.map(str::to_owned).into_iter().fold(ask, |ask, value| ask.header("content-type", &value))
        };
        both.step(&format!("body: {what}"), Method::POST, "/sign-in/email", step).await;
    }
    both.step("sign out without a body", Method::POST, "/sign-out", |ask, _| ask).await;
    both.end();
}
