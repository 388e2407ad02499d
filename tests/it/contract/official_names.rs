//! The official client's plugins for user names, anonymous accounts, several sessions and one-time tokens.

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::peers::OfficialClient;
use serde_json::json;

use super::alone;

on_both!(names_and_guests, several_sessions, a_session_is_handed_on);

async fn client(database: &Database, sections: &[&str], plugins: &str) -> (Gateway, OfficialClient) {
    let mut setup = alone(database).config("[rate_limit]\nenabled = false");
    for section in sections {
        setup = setup.config(&format!("[{section}]\nenabled = true"));
    }
    let gateway = setup.start().await;
    let client = OfficialClient::with_plugins(gateway.origin(), plugins);
    (gateway, client)
}

async fn names_and_guests(database: Database) {
    let (_gateway, mut client) = client(&database, &["username", "anonymous"], "username,anonymous").await;
    let free = client.call("ada", "isUsernameAvailable", json!({ "username": "Ada" })).ok();
    assert_eq!(free, json!({ "available": true }));
    let guest = client.call("ada", "signIn.anonymous", json!({})).ok();
    assert_eq!(guest["user"]["isAnonymous"], true);
    let again = client.call("ada", "signIn.anonymous", json!({})).refused();
    assert_eq!(again, (400, "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY".into()));
    let new = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD, "username": "Ada" });
    let made = client.call("ada", "signUp.email", new).ok();
    let user = &made["user"];
    assert_eq!((&user["username"], &user["displayUsername"]), (&json!("ada"), &json!("Ada")));
    let taken = client.call("eve", "isUsernameAvailable", json!({ "username": "ADA" })).ok();
    assert_eq!(taken, json!({ "available": false }));
    let wrong = client.call("eve", "signIn.username", json!({ "username": "ada", "password": "guessed" }));
    assert_eq!(wrong.refused(), (401, "INVALID_USERNAME_OR_PASSWORD".into()));
    client.call("phone", "signIn.username", json!({ "username": "ADA", "password": PASSWORD })).ok();
    assert_eq!(client.call("phone", "getSession", json!({})).ok()["user"]["username"], "ada");
    client.call("phone", "updateUser", json!({ "username": "lovelace" })).ok();
    assert_eq!(client.call("phone", "getSession", json!({})).ok()["user"]["username"], "lovelace");
    client.call("guest", "signIn.anonymous", json!({})).ok();
    assert_eq!(client.call("guest", "deleteAnonymousUser", json!({})).ok(), json!({ "success": true }));
    assert!(client.call("guest", "getSession", json!({})).ok().is_null());
}

async fn several_sessions(database: Database) {
    let (_gateway, mut client) = client(&database, &["multi_session"], "multi-session").await;
    let mut tokens = Vec::new();
    for name in ["ada", "bob"] {
        let new = json!({ "name": name, "email": format!("{name}@example.com"), "password": PASSWORD });
        tokens.push(client.call("browser", "signUp.email", new).ok()["token"].clone());
    }
    let listed = client.call("browser", "multiSession.listDeviceSessions", json!({})).ok();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    client.call("browser", "multiSession.setActive", json!({ "sessionToken": tokens[0] })).ok();
    assert_eq!(client.call("browser", "getSession", json!({})).ok()["user"]["email"], "ada@example.com");
    client.call("browser", "multiSession.revoke", json!({ "sessionToken": tokens[0] })).ok();
    assert_eq!(client.call("browser", "getSession", json!({})).ok()["user"]["email"], "bob@example.com");
    client.call("browser", "signOut", json!({})).ok();
    assert_eq!(client.call("browser", "multiSession.listDeviceSessions", json!({})).ok(), json!([]));
}

async fn a_session_is_handed_on(database: Database) {
    let (_gateway, mut client) = client(&database, &["one_time_token"], "one-time-token").await;
    let new = json!({ "name": "ada", "email": "ada@example.com", "password": PASSWORD });
    client.call("here", "signUp.email", new).ok();
    let token = client.call("here", "oneTimeToken.generate", json!({})).ok()["token"].clone();
    let session = client.call("there", "oneTimeToken.verify", json!({ "token": token })).ok();
    assert_eq!(session["user"]["email"], "ada@example.com");
    assert_eq!(client.call("there", "getSession", json!({})).ok()["user"]["email"], "ada@example.com");
    assert_eq!(client.call("third", "oneTimeToken.verify", json!({ "token": token })).refused().0, 400);
}
