//! The whole way with the official client and an unmodified FastAPI app: sign up, sign in, call, sign out.

use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::peers::{FastApi, OfficialClient};
use serde_json::{Value, json};

on_both!(an_app_is_used_from_sign_up_to_sign_out);

async fn an_app_is_used_from_sign_up_to_sign_out(database: Database) {
    let api = FastApi::start();
    let gateway = Gateway::on(&database).upstream(api.address()).start().await;
    let mut browser = OfficialClient::of(gateway.origin());

    let refused = browser.fetch("ada", "/items");
    assert_eq!(refused["status"], 401, "{refused}");
    assert!(browser.call("ada", "getSession", json!({})).ok().is_null());

    let new = json!({ "name": "Ada", "email": "Ada@Example.com", "password": "a pass phrase" });
    let signed_up = browser.call("ada", "signUp.email", new).ok();
    assert_eq!(signed_up["user"]["email"], "ada@example.com");
    assert_eq!(app_saw(&mut browser, "x-user-email"), ["ada@example.com"]);

    assert_eq!(browser.call("ada", "signOut", json!({})).ok()["success"], true);
    assert_eq!(browser.fetch("ada", "/items")["status"], 401);

    let known = json!({ "email": "ada@example.com", "password": "a pass phrase" });
    let signed_in = browser.call("ada", "signIn.email", known).ok();
    assert_eq!(signed_in["user"], signed_up["user"]);
    let session = browser.call("ada", "getSession", json!({})).ok();
    assert_eq!(session["user"]["id"], signed_up["user"]["id"]);
    assert_eq!(app_saw(&mut browser, "x-user-id"), [signed_up["user"]["id"].as_str().unwrap()]);
    assert_eq!(app_saw(&mut browser, "x-session-id"), [session["session"]["id"].as_str().unwrap()]);
    assert_eq!(app_saw(&mut browser, "cookie"), [""; 0], "our cookie stays with us");

    browser.call("ada", "signOut", json!({})).ok();
    assert_eq!(browser.fetch("ada", "/items")["status"], 401);
    assert!(browser.cookies("ada").as_array().unwrap().is_empty());
}

/// The values of a header that reached the app when the page's script fetched `/items`.
fn app_saw(browser: &mut OfficialClient, name: &str) -> Vec<String> {
    let answer = browser.fetch("ada", "/items");
    assert_eq!(answer["status"], 200, "{answer}");
    let echoed: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let headers = echoed["headers"].as_array().unwrap().iter();
    let named = headers.filter(|header| header[0] == name);
    named.map(|header| header[1].as_str().unwrap().to_owned()).collect()
}
