//! Moving an account to another address.

use gateway_tests::db::Database;
use http::Method;
use serde_json::{Value, json};

use super::both::{ADA, Both, PASSWORD};

on_both!(switched_off_like_node, by_the_new_address_like_node, by_both_addresses_like_node, at_once_like_node);

const NEW: &str = "countess@example.com";

/// Both servers, with address changes on and this much more.
async fn with(database: &Database, config: &str, options: Value) -> Both {
    let mut change = json!({ "enabled": true });
    change.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    Both::with(database, &format!("[users]\n{config}"), &json!({ "user": { "changeEmail": change } })).await
}

/// Has the address proved that the user has now.
async fn verify(both: &mut Both, count: usize) {
    both.post("asking", "/send-verification-email", json!({ "email": ADA })).await;
    let mailed = both.mailed(count).await;
    both.follow("the link", &mailed).await;
}

async fn switched_off_like_node(database: Database) {
    let mut both = Both::with(&database, "[users]\nchange_email = false", &json!({})).await;
    both.post("signed out", "/change-email", json!({ "newEmail": NEW })).await;
    both.new_user().await;
    both.post("off", "/change-email", json!({ "newEmail": NEW })).await;
    both.post("off, the same", "/change-email", json!({ "newEmail": ADA })).await;
    both.post("off, no address", "/change-email", json!({ "newEmail": "new" })).await;
    both.end();
}

async fn by_the_new_address_like_node(database: Database) {
    let mut both = with(&database, "", json!({})).await;
    both.post("signed out", "/change-email", json!({ "newEmail": NEW })).await;
    let bob = json!({ "name": "Bob", "email": "bob@example.com", "password": PASSWORD });
    both.post("somebody else", "/sign-up/email", bob).await;
    let bobs = (both.ours.jar.clone(), both.theirs.jar.clone());
    both.ours = both.gateway.anon();
    both.theirs = both.node.anon();
    both.new_user().await;
    let bodies = [
        json!({}),
        json!({ "newEmail": 7, "callbackURL": [] }),
        json!({ "newEmail": "new" }),
        json!({ "newEmail": "ADA@EXAMPLE.COM" }),
        json!({ "newEmail": NEW, "callbackURL": "http://evil.test" }),
        json!({ "newEmail": "bob@example.com" }),
    ];
    for body in &bodies {
        both.post(&body.to_string(), "/change-email", body.clone()).await;
    }
    both.post("unverified", "/change-email", json!({ "newEmail": NEW.to_uppercase(), "callbackURL": "/in?a" })).await;
    let mailed = both.mailed(1).await;
    both.get("nothing has changed", "/get-session").await;
    let own = (both.ours.jar.clone(), both.theirs.jar.clone());
    (both.ours.jar, both.theirs.jar) = bobs;
    both.follow("in the session of somebody else", &mailed).await;
    let paths = mailed.each_ref().map(|mailed| mailed.link.split('&').next().unwrap().to_owned());
    both.step_at("the same, without a callback", Method::GET, &paths, |ask, _| ask).await;
    (both.ours.jar, both.theirs.jar) = own;
    both.follow("the link", &mailed).await;
    both.get("moved", "/get-session").await;
    both.follow("the link again", &mailed).await;
    both.step_at("again, without a callback", Method::GET, &paths, |ask, _| ask).await;
    both.post("the old address", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.post("the new address", "/sign-in/email", json!({ "email": NEW, "password": PASSWORD })).await;

    both.post("back", "/change-email", json!({ "newEmail": ADA })).await;
    let mailed = both.mailed(2).await;
    both.post("sign out", "/sign-out", json!({})).await;
    let paths = mailed.each_ref().map(|mailed| mailed.link.split('&').next().unwrap().to_owned());
    both.step_at("signed out, without a callback", Method::GET, &paths, |ask, _| ask).await;
    both.post("the first address", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    verify(&mut both, 3).await;
    both.post("verified", "/change-email", json!({ "newEmail": NEW })).await;
    let mailed = both.mailed(4).await;
    both.follow("the link", &mailed).await;
    both.get("moved and still verified", "/get-session").await;
    both.end();
}

async fn by_both_addresses_like_node(database: Database) {
    let config = "send_change_email_confirmation = true";
    let mut both = with(&database, config, json!({ "sendChangeEmailConfirmation": true })).await;
    both.new_user().await;
    both.post("unverified", "/change-email", json!({ "newEmail": NEW })).await;
    both.mailed(1).await;
    verify(&mut both, 2).await;
    both.post("verified", "/change-email", json!({ "newEmail": NEW, "callbackURL": "/in" })).await;
    let mailed = both.mailed(3).await;
    both.follow("the old address agrees", &mailed).await;
    let second = both.mailed(4).await;
    both.get("nothing has changed", "/get-session").await;
    let paths = mailed.each_ref().map(|mailed| mailed.link.split('&').next().unwrap().to_owned());
    both.step_at("again, without a callback", Method::GET, &paths, |ask, _| ask).await;
    both.mailed(5).await;
    both.follow("the new address is proved", &second).await;
    both.get("moved", "/get-session").await;
    both.follow("the first link, afterwards", &mailed).await;
    both.follow("the second link, afterwards", &second).await;
    both.end();
}

async fn at_once_like_node(database: Database) {
    let config = "update_email_without_verification = true";
    let mut both = with(&database, config, json!({ "updateEmailWithoutVerification": true })).await;
    let bob = json!({ "name": "Bob", "email": "bob@example.com", "password": PASSWORD });
    both.post("somebody else", "/sign-up/email", bob).await;
    both.new_user().await;
    both.post("taken", "/change-email", json!({ "newEmail": "bob@example.com" })).await;
    both.get("as before", "/get-session").await;
    both.post("unverified", "/change-email", json!({ "newEmail": NEW, "callbackURL": "/in" })).await;
    both.get("moved", "/get-session").await;
    let mailed = both.mailed(1).await;
    both.follow("the link", &mailed).await;
    both.get("verified", "/get-session").await;
    both.post("verified", "/change-email", json!({ "newEmail": ADA })).await;
    both.get("as before", "/get-session").await;
    let mailed = both.mailed(2).await;
    both.follow("the link", &mailed).await;
    both.get("moved", "/get-session").await;
    both.end();
}
