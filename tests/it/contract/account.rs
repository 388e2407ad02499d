//! The ways to sign in that belong to an account: listing them, taking one away, what providers gave.

use gateway_tests::client::{Ask, Person};
use gateway_tests::db::Database;
use http::Method;
use serde_json::{Value, json};

use super::both::Both;

on_both!(
    accounts_like_node,
    selecting_an_account_like_node,
    providers_that_are_not_there_like_node,
    coming_back_from_nowhere_like_node
);

/// The id of the persona's only account, at one server.
async fn account_id(person: &Person) -> String {
    let list = person.get("/api/auth/list-accounts").await.expect(200).json();
    list[0]["id"].as_str().unwrap().to_owned()
}

async fn accounts_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    both.get("signed out", "/list-accounts").await;
    both.post("signed out", "/unlink-account", json!({ "accountId": "x" })).await;
    both.new_user().await;
    both.get("one account", "/list-accounts").await;
    let bodies =
        [json!({}), json!([]), json!({ "accountId": 1 }), json!({ "accountId": "" }), json!({ "accountId": "x" })];
    for body in bodies {
        both.post("take away", "/unlink-account", body).await;
    }
    both.step("nothing", Method::POST, "/unlink-account", |ask, _| ask).await;
    let (ours, theirs) = (account_id(&both.ours).await, account_id(&both.theirs).await);
    let own = |ask: Ask, us: bool| ask.json(&json!({ "accountId": if us { &ours } else { &theirs } }));
    both.step("the last one", Method::POST, "/unlink-account", own).await;
    both.end();
}

async fn selecting_an_account_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    let malformed: &[Value] = &[
        json!({}),
        json!([]),
        json!(null),
        json!({ "accountId": 1 }),
        json!({ "accountId": null }),
        json!({ "accountId": "x", "userId": 1 }),
        json!({ "useAccountCookie": false }),
        json!({ "useAccountCookie": true, "accountId": "x" }),
        json!({ "accountId": "x", "colour": "red" }),
        json!({ "accountId": "x", "colour": "red", "size": 1 }),
        json!({ "useAccountCookie": true, "colour": "red" }),
    ];
    let wellformed = [json!({ "accountId": "x" }), json!({ "accountId": "" }), json!({ "useAccountCookie": true })];
    let queries = [
        "",
        "?accountId=",
        "?accountId=x",
        "?accountId=x&userId=y",
        "?useAccountCookie=true",
        "?accountId=x&colour=red",
        "?accountId=a&accountId=b",
    ];
    for signed_in in [false, true] {
        for path in ["/get-access-token", "/refresh-token"] {
            for body in malformed.iter().chain(&wellformed) {
                both.post(&format!("signed in: {signed_in}, {body}"), path, body.clone()).await;
            }
            both.step("nothing", Method::POST, path, |ask, _| ask).await;
        }
        for query in queries {
            both.get(&format!("signed in: {signed_in}"), &format!("/account-info{query}")).await;
        }
        if !signed_in {
            both.new_user().await;
        }
    }
    let ids = [account_id(&both.ours).await, account_id(&both.theirs).await];
    for path in ["/get-access-token", "/refresh-token"] {
        let own = |ask: Ask, us: bool| ask.json(&json!({ "accountId": ids[usize::from(!us)] }));
        both.step("the password", Method::POST, path, own).await;
    }
    let paths = ids.map(|id| format!("/api/auth/account-info?accountId={id}"));
    both.step_at("the password", Method::GET, &paths, |ask, _| ask).await;
    both.end();
}

async fn providers_that_are_not_there_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    let bodies = [
        json!({}),
        json!([]),
        json!({ "provider": "google" }),
        json!({ "provider": "nothing", "callbackURL": "/there", "colour": "red" }),
        json!({ "provider": 1 }),
        json!({ "provider": "google", "callbackURL": "http://evil.test" }),
        json!({ "provider": "google", "errorCallbackURL": "http://evil.test" }),
        json!({ "provider": "google", "newUserCallbackURL": "http://evil.test" }),
        json!({ "provider": "google", "scopes": "all" }),
        json!({ "provider": "google", "scopes": ["a", 1] }),
        json!({ "provider": "google", "additionalParams": { "hd": "example.com" }, "additionalData": { "a": 1 } }),
        json!({ "provider": "google", "additionalParams": { "state": "x" } }),
        json!({ "provider": "google", "additionalParams": { "state": 1 }, "additionalData": 1 }),
        json!({ "provider": "google", "additionalParams": [] }),
        json!({ "provider": "google", "idToken": {} }),
        json!({ "provider": "google", "idToken": "x" }),
        json!({ "provider": "google", "idToken": { "token": "x", "nonce": 1, "accessToken": null } }),
        json!({ "provider": "google", "idToken": { "token": "x", "expiresAt": "x", "user": { "name": { "firstName": 1 } } } }),
        json!({ "provider": 1, "disableRedirect": "x", "requestSignUp": "x", "loginHint": 1, "scopes": {} }),
    ];
    for path in ["/sign-in/social", "/link-social"] {
        for body in &bodies {
            both.post(&format!("signed out, {body}"), path, body.clone()).await;
        }
    }
    both.new_user().await;
    for path in ["/sign-in/social", "/link-social"] {
        both.post("signed in", path, json!({ "provider": "google" })).await;
        both.step("nothing", Method::POST, path, |ask, _| ask).await;
    }
    both.end();
}

async fn coming_back_from_nowhere_like_node(database: Database) {
    let mut both = Both::start(&database).await;
    let queries = [
        "",
        "?",
        "?state=",
        "?state=x",
        "?state=x&code=y&colour=red",
        "?code=y",
        "?error=access_denied&error_description=no+way",
        "?error=access_denied&state=x",
        "?state=a&state=b",
        "?code=1&device_id=2&iss=https%3A%2F%2Fa.test&user=%7B%7D&state=%26%3D+x",
    ];
    for signed_in in [false, true] {
        for query in queries {
            let path = format!("/callback/google{query}");
            both.get(&format!("signed in: {signed_in}"), &path).await;
            both.step(&format!("signed in: {signed_in}"), Method::POST, &path, |ask, _| ask).await;
            let form = [("state", "from the form"), ("code", "ä&b"), ("colour", "red")];
            both.step(&format!("signed in: {signed_in}, a form"), Method::POST, &path, |ask, _| ask.form(&form)).await;
        }
        both.post("JSON", "/callback/google", json!({ "state": "x", "code": "y" })).await;
        both.post("not texts", "/callback/google", json!({ "state": 1, "code": null })).await;
        both.post("a list", "/callback/google", json!([])).await;
        both.get("no provider", "/callback/").await;
        both.get("another", "/callback/a%20b?state=x").await;
        if !signed_in {
            both.new_user().await;
        }
    }
    both.end();
}
