//! Passwords: forgotten, reset, changed and checked.

use gateway_tests::client::Ask;
use gateway_tests::db::Database;
use http::Method;
use serde_json::{Value, json};

use super::both::{ADA, Both, PASSWORD};

on_both!(
    asking_like_node,
    resetting_like_node,
    ending_sessions_by_reset_like_node,
    changing_like_node,
    checking_like_node
);

const NEW: &str = "another phrase of Ada";

async fn asking_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    let bodies = [
        json!({}),
        json!([]),
        json!({ "email": 7 }),
        json!({ "email": "ada" }),
        json!({ "email": "" }),
        json!({ "email": null }),
        json!({ "email": ADA, "redirectTo": 7 }),
        json!({ "email": ADA, "redirectTo": null }),
        json!({ "email": ADA, "redirectTo": "http://evil.test/" }),
        json!({ "email": ADA, "redirectTo": "//evil.test/" }),
        json!({ "email": ADA, "redirectTo": "javascript:alert(1)" }),
        json!({ "email": "nobody@example.com" }),
        json!({ "email": "nobody@example.com", "redirectTo": "/reset" }),
    ];
    for body in &bodies {
        both.post(&body.to_string(), "/request-password-reset", body.clone()).await;
    }
    both.step("nothing", Method::POST, "/request-password-reset", |ask, _| ask).await;
    both.step("a form", Method::POST, "/request-password-reset", |ask, _| ask.form(&[("email", ADA)])).await;
    both.get("by GET", "/request-password-reset").await;
    both.new_user().await;
    let wishes = [
        json!({ "email": "ADA@Example.com" }),
        json!({ "email": ADA, "redirectTo": "" }),
        json!({ "email": ADA, "redirectTo": "/reset" }),
        json!({ "email": ADA, "redirectTo": "/reset?a=b c&d='(!*)~#x" }),
        json!({ "email": ADA, "callbackURL": "/other", "redirectTo": "/r" }),
    ];
    for (count, body) in wishes.iter().enumerate() {
        both.post(&body.to_string(), "/request-password-reset", body.clone()).await;
        let mailed = both.mailed(count + 1).await;
        both.follow("the link", &mailed).await;
    }
    both.post(
        "the callback of somebody else",
        "/request-password-reset",
        json!({ "email": ADA, "callbackURL": "http://evil.test" }),
    )
    .await;
    for path in [
        "/reset-password/unknown",
        "/reset-password/unknown?callbackURL=",
        "/reset-password/unknown?callbackURL=/reset",
        "/reset-password/unknown?callbackURL=%2Freset%3Fa%3Db%26error%3Dold%26token%3D1%23end",
        "/reset-password/unknown?callbackURL=%2Fa%20b",
        "/reset-password/unknown?callbackURL=http%3A%2F%2Fevil.test",
        "/reset-password/unknown?callbackURL=%2F%2Fevil.test",
        "/reset-password/unknown?callbackURL=/a&callbackURL=/b",
        "/reset-password/",
        "/reset-password",
    ] {
        both.get("following", path).await;
    }
    both.end();
}

async fn resetting_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    both.new_user().await;
    let bodies = [
        json!({}),
        json!({ "newPassword": NEW }),
        json!({ "newPassword": 7, "token": [] }),
        json!({ "newPassword": null }),
        json!({ "newPassword": NEW, "token": null }),
        json!({ "newPassword": NEW, "token": "" }),
        json!({ "newPassword": NEW, "token": "unknown" }),
        json!({ "newPassword": "short", "token": "unknown" }),
        json!({ "newPassword": "", "token": "unknown" }),
        json!({ "newPassword": "x".repeat(129), "token": "unknown" }),
    ];
    for body in &bodies {
        both.post(&body.to_string(), "/reset-password", body.clone()).await;
    }
    for path in ["/reset-password?token=unknown", "/reset-password?token=", "/reset-password?token=a&token=b"] {
        both.post("token in the address", path, json!({ "newPassword": NEW })).await;
    }
    both.post("asking", "/request-password-reset", json!({ "email": ADA, "redirectTo": "/reset" })).await;
    let mailed = both.mailed(1).await;
    let tokens = mailed.each_ref().map(|mailed| mailed.token());
    let with = |password: &str, token: &str| json!({ "newPassword": password, "token": token });
    let given = |ask: Ask, us: bool, password: &str| ask.json(&with(password, &tokens[usize::from(!us)]));
    both.follow("the link", &mailed).await;
    both.follow("the link again", &mailed).await;
    for password in ["1234567", "", &"x".repeat(129)] {
        both.step("a bad password keeps the token", Method::POST, "/reset-password", |ask, us| {
            given(ask, us, password)
        })
        .await;
    }
    both.step("reset", Method::POST, "/reset-password", |ask, us| given(ask, us, NEW)).await;
    both.step("reset again", Method::POST, "/reset-password", |ask, us| given(ask, us, NEW)).await;
    both.follow("the link afterwards", &mailed).await;
    both.get("the session goes on", "/get-session").await;
    both.post("the old password", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.post("the new password", "/sign-in/email", json!({ "email": ADA, "password": NEW })).await;

    both.post("asking", "/request-password-reset", json!({ "email": ADA })).await;
    let mailed = both.mailed(2).await;
    let paths = mailed.each_ref().map(|mailed| format!("/api/auth/reset-password?token={}", mailed.token()));
    both.step_at("token in the address", Method::POST, &paths, |ask, _| ask.json(&json!({ "newPassword": PASSWORD })))
        .await;
    both.post("the first password", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;

    both.post("asking", "/request-password-reset", json!({ "email": ADA })).await;
    let tokens = both.mailed(3).await.each_ref().map(|mailed| mailed.token());
    both.step("from elsewhere", Method::POST, "/reset-password", |ask, us| {
        ask.header("origin", "http://evil.test").json(&with(NEW, &tokens[usize::from(!us)]))
    })
    .await;
    both.step("without cookies, from elsewhere", Method::POST, "/reset-password", |ask, us| {
        ask.without_cookies().header("origin", "http://evil.test").json(&with(NEW, &tokens[usize::from(!us)]))
    })
    .await;
    both.end();
}

async fn ending_sessions_by_reset_like_node(database: Database) {
    let options = json!({ "emailAndPassword": { "revokeSessionsOnPasswordReset": true } });
    let config = "[email_password]\nrevoke_sessions_on_reset = true";
    let mut both = Both::with(&database, config, &options).await;
    both.new_user().await;
    both.get("signed in", "/get-session").await;
    both.post("asking", "/request-password-reset", json!({ "email": ADA })).await;
    let tokens = both.mailed(1).await.each_ref().map(|mailed| mailed.token());
    both.step("reset", Method::POST, "/reset-password", |ask, us| {
        ask.json(&json!({ "newPassword": NEW, "token": tokens[usize::from(!us)] }))
    })
    .await;
    both.get("signed out", "/get-session").await;
    both.end();
}

async fn changing_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    let change = |new: &str, current: &str| json!({ "newPassword": new, "currentPassword": current });
    both.post("signed out", "/change-password", change(NEW, PASSWORD)).await;
    both.post("signed out, nothing", "/change-password", json!({})).await;
    both.new_user().await;
    let bodies = [
        json!({}),
        json!({ "newPassword": 1, "currentPassword": [], "revokeOtherSessions": "yes" }),
        json!({ "newPassword": NEW, "currentPassword": PASSWORD, "revokeOtherSessions": null }),
        change("short", PASSWORD),
        change(&"x".repeat(129), PASSWORD),
        change(NEW, &"x".repeat(129)),
        change("short", &"x".repeat(129)),
        change(NEW, "wrong"),
        change(NEW, ""),
        change(NEW, PASSWORD),
        change(NEW, PASSWORD),
        change(PASSWORD, NEW),
    ];
    for body in &bodies {
        both.post(&body.to_string(), "/change-password", body.clone()).await;
        both.get("session", "/get-session").await;
    }
    let revoking = json!({ "newPassword": NEW, "currentPassword": PASSWORD, "revokeOtherSessions": true });
    both.post("sign in again", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    let old = (both.ours.clone(), both.theirs.clone());
    let cookies = [old.0.session_cookie(), old.1.session_cookie()];
    both.post("ending the others", "/change-password", revoking).await;
    both.get("a new session", "/get-session").await;
    both.get("the only one", "/list-sessions").await;
    both.step("the old session", Method::GET, "/get-session", |ask, us| {
        ask.without_cookies().header("cookie", &cookies[usize::from(!us)])
    })
    .await;
    both.post("not remembered", "/sign-in/email", json!({ "email": ADA, "password": NEW, "rememberMe": false })).await;
    let revoking = json!({ "newPassword": PASSWORD, "currentPassword": NEW, "revokeOtherSessions": true });
    both.post("ending the others", "/change-password", revoking).await;
    both.step("from elsewhere", Method::POST, "/change-password", |ask, _| {
        ask.header("origin", "http://evil.test").json(&change(NEW, PASSWORD))
    })
    .await;
    both.end();
}

async fn checking_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    both.post("signed out", "/verify-password", json!({ "password": PASSWORD })).await;
    both.new_user().await;
    let passwords: [Value; 7] = [
        json!(PASSWORD),
        json!("wrong"),
        json!(""),
        json!(null),
        json!(7),
        json!("x".repeat(129)),
        json!("x".repeat(128)),
    ];
    for password in passwords {
        both.post(&password.to_string(), "/verify-password", json!({ "password": password })).await;
    }
    both.post("nothing", "/verify-password", json!({})).await;
    both.step("no body", Method::POST, "/verify-password", |ask, _| ask).await;
    both.get("by GET", "/verify-password").await;
    both.post("server side only", "/set-password", json!({ "newPassword": NEW })).await;
    both.end();
}
