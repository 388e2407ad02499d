//! The cookie that remembers by which way somebody signed in last, beside the original server.

use gateway_tests::db::Database;
use gateway_tests::peers::OfficialClient;
use http::Method;
use serde_json::json;

use super::{
    alone,
    both::{ADA, Both, Original, PASSWORD},
    mails::codes,
};

on_both!(every_way_is_remembered_alike, it_is_kept_with_the_user_alike, the_official_client_reads_it);

const FLOWS: &str = "[magic_link]\nenabled = true\n[email_otp]\nenabled = true\n[last_login_method]\nenabled = true";
const PLUGINS: &str = "magic-link,email-otp,last-login-method";

async fn every_way_is_remembered_alike(database: Database) {
    let original = Original {
        plugins: PLUGINS,
        options: json!({ "session": { "cookieCache": { "enabled": true } } }),
        ..Original::default()
    };
    let config = format!("{FLOWS}\n[session]\ncookie_cache.enabled = true");
    let mut both = Both::set_up(&database, &config, &original).await;
    both.new_user().await;
    let sign_in = json!({ "email": ADA, "password": PASSWORD, "rememberMe": false });
    both.post("not remembered", "/sign-in/email", sign_in).await;
    both.post("refused", "/sign-in/email", json!({ "email": ADA, "password": "a guess" })).await;
    both.post("out", "/sign-out", json!({})).await;
    both.post("a link", "/sign-in/magic-link", json!({ "email": ADA, "callbackURL": "/in" })).await;
    let mailed = both.mailed(1).await;
    both.follow("by link", &mailed).await;
    both.get("reading sets nothing", "/get-session").await;
    both.end();
}

async fn it_is_kept_with_the_user_alike(database: Database) {
    let options = json!({ "last-login-method": { "storeInDatabase": true, "cookieName": "last", "maxAge": 60 } });
    let config = format!("{FLOWS}\nstore_in_database = true\ncookie_name = \"last\"\nmax_age = \"1m\"");
    let mut both = Both::plugged(&database, &config, PLUGINS, &options).await;
    both.new_user().await;
    both.get("by password", "/get-session").await;
    both.post("a link", "/sign-in/magic-link", json!({ "email": ADA })).await;
    let paths = both.mailed(1).await.map(|mailed| format!("/api/auth/magic-link/verify?token={}", mailed.token()));
    both.step_at("by link", Method::GET, &paths, |ask, _| ask).await;
    both.get("it shows", "/get-session").await;
    both.post("somebody new", "/sign-in/magic-link", json!({ "email": "bob@example.com" })).await;
    let paths = both.mailed(2).await.map(|mailed| format!("/api/auth/magic-link/verify?token={}", mailed.token()));
    both.step_at("by link", Method::GET, &paths, |ask, _| ask).await;
    both.get("it shows", "/get-session").await;
    both.post("not theirs to say", "/update-user", json!({ "lastLoginMethod": "none" })).await;
    both.end();
}

async fn the_official_client_reads_it(database: Database) {
    let gateway = alone(&database).config(&format!("{FLOWS}\nmax_age = \"1d\"")).start().await;
    let mut client = OfficialClient::with_plugins(gateway.origin(), "email-otp,last-login-method");
    assert_eq!(client.call("ada", "getLastUsedLoginMethod", json!({})).data, json!(null));
    client.call("ada", "emailOtp.sendVerificationOtp", json!({ "email": ADA, "type": "sign-in" })).ok();
    let code = codes(&gateway, 1).await.pop().unwrap();
    let signed_in = client.call("ada", "signIn.emailOtp", json!({ "email": ADA, "otp": code.digits }));
    let set = signed_in.response["setCookie"].to_string();
    assert!(set.contains("better-auth.last_used_login_method=email-otp; Max-Age=86400; Path=/; SameSite=Lax"), "{set}");
    assert_eq!(client.call("ada", "getLastUsedLoginMethod", json!({})).data, json!("email-otp"));
    assert_eq!(client.call("ada", "isLastUsedLoginMethod", json!("email")).data, json!(false));
}
