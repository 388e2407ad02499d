//! Proving that an address is the user's.

use gateway_tests::db::Database;
use http::Method;
use serde_json::{Value, json};

use super::both::{ADA, Both, PASSWORD};

on_both!(asking_like_node, following_like_node, requiring_like_node, signing_in_by_link_like_node);

async fn asking_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    let bodies = [
        json!({}),
        json!({ "email": "ada" }),
        json!({ "email": 7, "callbackURL": 7 }),
        json!({ "email": ADA, "callbackURL": "http://evil.test" }),
        json!({ "email": "nobody@example.com" }),
    ];
    for body in &bodies {
        both.post(&body.to_string(), "/send-verification-email", body.clone()).await;
    }
    both.new_user().await;
    both.post("another address", "/send-verification-email", json!({ "email": "nobody@example.com" })).await;
    both.post("signed in", "/send-verification-email", json!({ "email": "ADA@example.com" })).await;
    both.mailed(1).await;
    both.post("with a callback", "/send-verification-email", json!({ "email": ADA, "callbackURL": "/in?a=b" })).await;
    both.mailed(2).await;
    both.post("sign out", "/sign-out", json!({})).await;
    both.post("signed out", "/send-verification-email", json!({ "email": ADA, "callbackURL": "" })).await;
    let mailed = both.mailed(3).await;
    both.follow("the link", &mailed).await;
    both.post("verified", "/send-verification-email", json!({ "email": ADA })).await;
    both.post("sign in", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.post("verified, signed in", "/send-verification-email", json!({ "email": ADA })).await;
    both.mailed(3).await;
    both.end();
}

async fn following_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    both.new_user().await;
    both.post("asking", "/send-verification-email", json!({ "email": ADA, "callbackURL": "/in?a=b" })).await;
    let mailed = both.mailed(1).await;
    let tokens = mailed.each_ref().map(|mailed| mailed.token());
    type Wrong = fn(&str) -> String;
    let wrong: [(&str, Wrong); 6] = [
        ("no token", |_| String::new()),
        ("another signature", |token| format!("token={}AAAA", &token[..token.len() - 4])),
        ("without a signature", |token| format!("token={}", token.rsplit_once('.').unwrap().0)),
        ("nonsense", |_| "token=nonsense".into()),
        ("an empty token", |_| "token=".into()),
        ("twice", |token| format!("token={token}&token={token}")),
    ];
    let ends = [
        "",
        "&callbackURL=",
        "&callbackURL=/in",
        "&callbackURL=%2Fin%3Fa%3Db%26error%3Dold%23end",
        "&callbackURL=%2Fin%3F",
        "&callbackURL=%2Fa%20b%3Fx%3D%26",
        "&callbackURL=http%3A%2F%2Fevil.test",
        "&callbackURL=/a&callbackURL=/b",
    ];
    for (what, query) in wrong {
        for end in ends {
            let paths = tokens.each_ref().map(|token| format!("/api/auth/verify-email?{}{end}", query(token)));
            both.step_at(&format!("{what}{end}"), Method::GET, &paths, |ask, _| ask).await;
        }
    }
    both.get("not yet", "/get-session").await;
    both.follow("the link", &mailed).await;
    both.get("verified", "/get-session").await;
    both.follow("the link again", &mailed).await;
    let paths = tokens.each_ref().map(|token| format!("/api/auth/verify-email?token={token}"));
    both.step_at("without a callback", Method::GET, &paths, |ask, _| ask).await;
    both.step_at("signed out", Method::GET, &paths, |ask, _| ask.without_cookies()).await;
    both.step_at("by POST", Method::POST, &paths, |ask, _| ask.json(&json!({}))).await;
    both.end();
}

async fn requiring_like_node(database: Database) {
    let required = json!({ "emailAndPassword": { "requireEmailVerification": true } });
    let with = |more: Value| {
        let mut options = required.clone();
        options["emailVerification"] = more;
        options
    };
    let cases = [
        ("", with(json!({})), [1, 1]),
        ("send_on_sign_up = false", with(json!({ "sendOnSignUp": false })), [0, 0]),
        ("send_on_sign_in = true", with(json!({ "sendOnSignIn": true })), [1, 2]),
    ];
    for (key, options, [after_sign_up, after_sign_in]) in cases {
        let config = format!("[email_password]\nrequire_verification = true\n[email_verification]\n{key}");
        let mut both = Both::with(&Database::sqlite(), &config, &options).await;
        both.new_user().await;
        if after_sign_up > 0 {
            both.mailed(after_sign_up).await;
        }
        both.get("not signed in", "/get-session").await;
        // The original tells a taken address by a role that is missing, which ours does not.
        let again = json!({ "name": "Ada", "email": ADA, "password": PASSWORD });
        let answer = both.ours.post("/api/auth/sign-up/email", again.clone()).await.expect(200).json();
        assert_eq!((&answer["token"], &answer["user"]["role"]), (&json!(null), &json!("user")));
        both.theirs.post("/api/auth/sign-up/email", again).await.expect(200);
        both.post("a wrong password", "/sign-in/email", json!({ "email": ADA, "password": "wrong password" })).await;
        both.post("unverified", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD, "callbackURL": "/in" }))
            .await;
        if after_sign_in > 0 {
            let mailed = both.mailed(after_sign_in).await;
            both.follow("the link", &mailed).await;
            both.get("not signed in by it", "/get-session").await;
            both.post("verified", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        }
        both.end();
    }
    let config = "[email_verification]\nsend_on_sign_up = true";
    let mut both = Both::with(&database, config, &json!({ "emailVerification": { "sendOnSignUp": true } })).await;
    let body = json!({ "name": "Ada", "email": "ADA@example.com", "password": PASSWORD, "callbackURL": "/welcome" });
    both.post("sign up", "/sign-up/email", body).await;
    let mailed = both.mailed(1).await;
    both.follow("the link", &mailed).await;
    both.get("verified", "/get-session").await;
    both.end();
}

async fn signing_in_by_link_like_node(database: Database) {
    let options = json!({ "emailVerification": { "autoSignInAfterVerification": true, "sendOnSignUp": true } });
    let config = "[email_verification]\nauto_sign_in = true\nsend_on_sign_up = true";
    let mut both = Both::with(&database, config, &options).await;
    both.new_user().await;
    let mailed = both.mailed(1).await;
    both.follow("signed in already", &mailed).await;
    both.get("the same session", "/list-sessions").await;
    both.follow("verified already", &mailed).await;
    both.post("sign out", "/sign-out", json!({})).await;
    both.follow("verified already, signed out", &mailed).await;
    both.get("not signed in", "/get-session").await;
    let bob = json!({ "name": "Bob", "email": "bob@example.com", "password": PASSWORD });
    both.post("another account", "/sign-up/email", bob).await;
    let mailed = both.mailed(2).await;
    both.post("sign out", "/sign-out", json!({})).await;
    both.follow("signed in by the link", &mailed).await;
    both.get("signed in", "/get-session").await;
    let eve = json!({ "name": "Eve", "email": "eve@example.com", "password": PASSWORD });
    both.post("a third account", "/sign-up/email", eve).await;
    let mailed = both.mailed(3).await;
    both.post("signed in as another", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.follow("signed in as the one of the link", &mailed).await;
    both.get("who", "/get-session").await;
    both.end();
}
