//! The admin API: through the official client, and where the gateway is stricter than the original server.

use gateway_tests::client::{PASSWORD, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::peers::OfficialClient;
use http::Method;
use serde_json::{Value, json};

use super::alone;

on_both!(
    the_official_client_governs,
    hostile_input_is_refused_or_finds_nobody,
    an_impersonated_session_has_no_admin_rights_and_no_extension,
    who_loses_the_role_no_longer_acts_as_others,
    unknown_roles_are_refused_unless_allowed,
    admins_by_address,
    an_address_of_an_admin_takes_the_right_to_set_roles,
    the_first_admin_comes_from_the_command_line_or_an_id
);

fn admin_of(setup: Setup, email: &str) -> Setup {
    let ended = setup.cli(&["user", "set-role", email, "admin"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    setup
}

/// A gateway with Ada, an admin, and Bob, and Bob's id.
async fn town(database: &Database, config: &str) -> (Gateway, Person, Person, String) {
    let gateway = alone(database).config(config).start().await;
    let (ada, bob) = (gateway.user("ada").await, gateway.user("bob").await);
    admin_of(alone(database).config(config), "ada@example.com");
    let id = bob.session().await["user"]["id"].as_str().unwrap().to_owned();
    (gateway, ada, bob, id)
}

async fn post(person: &Person, path: &str, body: Value) -> (u16, Value) {
    let answer = person.post(&format!("/api/auth/admin/{path}"), body).await;
    let status = answer.status;
    (status.as_u16(), serde_json::from_str(&answer.text()).unwrap_or_default())
}

async fn the_official_client_governs(database: Database) {
    let gateway = alone(&database).start().await;
    let mut client = OfficialClient::with_plugins(gateway.origin(), "admin");
    let new = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
    client.call("ada", "signUp.email", new).ok();
    admin_of(alone(&database), "ada@example.com");
    let made = json!({ "name": "Bob", "email": "bob@example.com", "password": PASSWORD, "role": "user" });
    let bob = client.call("ada", "admin.createUser", made).ok()["user"]["id"].clone();
    let query = json!({ "query": { "searchValue": "bob", "limit": 10, "sortBy": "name" } });
    let listed = client.call("ada", "admin.listUsers", query).ok();
    assert_eq!((&listed["users"][0]["id"], &listed["total"], &listed["limit"]), (&bob, &json!(1), &json!(10)));
    let shown = client.call("ada", "admin.getUser", json!({ "query": { "id": bob } })).ok();
    assert_eq!(shown["email"], "bob@example.com");
    let changed = client.call("ada", "admin.updateUser", json!({ "userId": bob, "data": { "name": "Bobby" } })).ok();
    assert_eq!(changed["name"], "Bobby");
    let roles = client.call("ada", "admin.setRole", json!({ "userId": bob, "role": ["user", "admin"] })).ok();
    assert_eq!(roles["user"]["role"], "user,admin");
    client.call("ada", "admin.setRole", json!({ "userId": bob, "role": "user" })).ok();
    let password = json!({ "userId": bob, "newPassword": "another pass phrase" });
    assert_eq!(client.call("ada", "admin.setUserPassword", password).ok(), json!({ "status": true }));
    let sign_in = json!({ "email": "bob@example.com", "password": "another pass phrase" });
    client.call("bob", "signIn.email", sign_in.clone()).ok();
    let refused = client.call("bob", "admin.listUsers", json!({ "query": {} })).refused();
    assert_eq!(refused, (403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS".into()));
    let sessions = client.call("ada", "admin.listUserSessions", json!({ "userId": bob })).ok();
    let token = &sessions["sessions"][0]["token"];
    client.call("ada", "admin.revokeUserSession", json!({ "sessionToken": token })).ok();
    assert!(client.call("bob", "getSession", json!({})).ok().is_null());
    client.call("bob", "signIn.email", sign_in.clone()).ok();
    client.call("ada", "admin.revokeUserSessions", json!({ "userId": bob })).ok();
    assert!(client.call("bob", "getSession", json!({})).ok().is_null());
    client.call("ada", "admin.banUser", json!({ "userId": bob, "banReason": "spam", "banExpiresIn": 3600 })).ok();
    assert_eq!(client.call("bob", "signIn.email", sign_in.clone()).refused(), (403, "BANNED_USER".into()));
    client.call("ada", "admin.unbanUser", json!({ "userId": bob })).ok();
    client.call("bob", "signIn.email", sign_in).ok();
    let asked = json!({ "permissions": { "user": ["ban"], "session": ["list"] } });
    assert_eq!(client.call("ada", "admin.hasPermission", asked.clone()).ok()["success"], true);
    assert_eq!(client.call("bob", "admin.hasPermission", asked).ok()["success"], false);
    client.call("ada", "admin.impersonateUser", json!({ "userId": bob })).ok();
    assert_eq!(client.call("ada", "getSession", json!({})).ok()["user"]["id"], bob);
    client.call("ada", "admin.stopImpersonating", json!({})).ok();
    assert_eq!(client.call("ada", "getSession", json!({})).ok()["user"]["email"], "ada@example.com");
    assert_eq!(client.call("ada", "admin.removeUser", json!({ "userId": bob })).ok(), json!({ "success": true }));
    assert_eq!(database.count(r#"select count(*) from "user""#).await, 1);
}

async fn hostile_input_is_refused_or_finds_nobody(database: Database) {
    let (_gateway, ada, _, bob) = town(&database, "").await;
    for query in [
        "limit=-1",
        "offset=-1",
        "limit=9223372036854775807999",
        "limit=Infinity",
        "filterField=createdAt&filterValue=yesterday",
        "filterField=password&filterValue=x",
        "sortBy=(select%20password%20from%20account)",
        "searchOperator=ends_with&searchValue=%25nobody%5C",
    ] {
        let answer = ada.get(&format!("/api/auth/admin/list-users?{query}")).await.expect(200).json();
        assert_eq!(answer, json!({ "users": [], "total": 0 }), "{query}");
    }
    let huge = ada.get("/api/auth/admin/list-users?limit=4000000000").await.expect(200).json();
    assert_eq!((huge["users"].as_array().unwrap().len(), &huge["total"]), (2, &json!(2)));
    let many: String = (0..300).map(|number| format!("&filterValue=u{number}")).collect();
    let several = format!("/api/auth/admin/list-users?filterField=name&filterOperator=in{many}");
    assert_eq!(ada.get(&several).await.expect(200).json()["total"], 0);
    for (path, body) in [
        ("ban-user", json!({ "userId": bob, "banExpiresIn": 1e300 })),
        ("update-user", json!({ "userId": bob, "data": { "name": null } })),
        ("update-user", json!({ "userId": bob, "data": { "name": ["x"] } })),
        ("update-user", json!({ "userId": bob, "data": { "banExpires": 5 } })),
        ("update-user", json!({ "userId": bob, "data": { "emailVerified": "yes" } })),
        ("set-role", json!({ "userId": bob, "role": "x".repeat(5_000) })),
        ("create-user", json!({ "email": ["a@example.com"], "name": "X" })),
    ] {
        assert_eq!(post(&ada, path, body.clone()).await.0, 400, "{path} {body}");
    }
    let forged = json!({ "email": "z@example.com", "name": "Z", "data": { "id": "mine", "createdAt": "2001-01-01" } });
    let (status, made) = post(&ada, "create-user", forged).await;
    assert_eq!(status, 200);
    assert!(made["user"]["id"] != "mine" && !made["user"]["createdAt"].as_str().unwrap().starts_with("2001"));
}

async fn an_impersonated_session_has_no_admin_rights_and_no_extension(database: Database) {
    let (_gateway, ada, _, bob) = town(&database, "[admin]\nallow_impersonating_admins = true").await;
    assert_eq!(post(&ada, "set-role", json!({ "userId": bob, "role": "admin" })).await.0, 200);
    let (status, begun) = post(&ada, "impersonate-user", json!({ "userId": bob })).await;
    assert_eq!((status, &begun["user"]["role"]), (200, &json!("admin")));
    let (status, refused) = post(&ada, "ban-user", json!({ "userId": bob })).await;
    assert_eq!((status, &refused["code"]), (403, &json!("YOU_ARE_NOT_ALLOWED_TO_BAN_USERS")));
    let asked = json!({ "permissions": { "user": ["list"] } });
    assert_eq!(post(&ada, "has-permission", asked).await.1["success"], false);
    let end = begun["session"]["expiresAt"].clone();
    let bearer = ada.ask(Method::GET, "/api/auth/get-session").bearer(&ada.token()).without_cookies().send().await;
    assert_eq!(bearer.expect(200).json()["session"]["expiresAt"], end, "not even without its cookies");
}

async fn who_loses_the_role_no_longer_acts_as_others(database: Database) {
    let (gateway, ada, _, bob) = town(&database, "").await;
    assert_eq!(post(&ada, "impersonate-user", json!({ "userId": bob })).await.0, 200);
    assert_eq!(ada.session().await["user"]["id"], bob);
    let ended = alone(&database).cli(&["user", "set-role", "ada@example.com", "user"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    gateway_tests::eventually("the session has ended", async || ada.session().await.is_null()).await;
    drop(gateway);
}

async fn unknown_roles_are_refused_unless_allowed(database: Database) {
    let config = "[[routes]]\npath = \"/edit/*\"\nupstream = \"app\"\nroles = [\"editor\"]";
    let (gateway, ada, _, bob) = town(&database, config).await;
    for role in ["owner", "user,owner", "Admin", " admin"] {
        let (status, refused) = post(&ada, "set-role", json!({ "userId": bob, "role": role })).await;
        assert_eq!(
            (status, &refused["code"]),
            (400, &json!("YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE")),
            "{role}"
        );
    }
    assert_eq!(post(&ada, "set-role", json!({ "userId": bob, "role": "editor" })).await.0, 200, "a route names it");
    drop(gateway);
    let _gateway = alone(&database).config("[admin]\nallow_unknown_roles = true").start().await;
    let ada = ada.at(&_gateway.url(""), _gateway.origin());
    assert_eq!(post(&ada, "set-role", json!({ "userId": bob, "role": "owner" })).await.0, 200);
}

async fn admins_by_address(database: Database) {
    let gateway = alone(&database).config("[admin]\nadmin_emails = [\"Ada@Example.com\"]").start().await;
    let ada = gateway.user("ada").await;
    ada.sign_in().await.expect(200);
    assert_eq!(ada.session().await["user"]["role"], "user", "nobody has proved the address");
    database.execute("update \"user\" set \"emailVerified\" = true").await;
    ada.sign_in().await.expect(200);
    assert_eq!(ada.session().await["user"]["role"], "admin");
    let bob = gateway.user("bob").await;
    database.execute("update \"user\" set \"emailVerified\" = true").await;
    bob.sign_in().await.expect(200);
    assert_eq!(bob.session().await["user"]["role"], "user");
}

async fn an_address_of_an_admin_takes_the_right_to_set_roles(database: Database) {
    let config = "[admin]\nadmin_emails = [\"root@example.com\"]\n\
        roles.support = { user = [\"create\", \"update\", \"set-email\"] }";
    let (_gateway, _, bob, id) = town(&database, config).await;
    let ended = alone(&database).config(config).cli(&["user", "set-role", "bob@example.com", "support"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let proved = json!({ "email": "root@example.com", "emailVerified": true });
    let refused = "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE";
    let (status, answer) = post(&bob, "update-user", json!({ "userId": id, "data": proved })).await;
    assert_eq!((status, &answer["code"]), (403, &json!(refused)));
    let made =
        json!({ "email": "root@example.com", "name": "R", "password": PASSWORD, "data": { "emailVerified": true } });
    let (status, answer) = post(&bob, "create-user", made).await;
    assert_eq!((status, &answer["code"]), (403, &json!(refused)));
    let other = json!({ "email": "b@example.com", "emailVerified": true });
    assert_eq!(post(&bob, "update-user", json!({ "userId": id, "data": other })).await.0, 200);
}

async fn the_first_admin_comes_from_the_command_line_or_an_id(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let (file, email) = (file.to_str().unwrap(), "ada@example.com");
    let ended = alone(&database).cli(&["user", "create", email, "--role", "admin", "--password-file", file]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let id = database.text(r#"select id from "user""#).await.unwrap();
    let gateway = alone(&database).config(&format!("[admin]\nadmin_user_ids = [\"{id}\"]")).start().await;
    let mut ada = gateway.anon();
    ada.email = email.to_owned();
    ada.sign_in().await.expect(200);
    assert_eq!(ada.session().await["user"]["role"], "admin");
    ada.get("/api/auth/admin/list-users").await.expect(200);
    database.execute("update \"user\" set role = 'user'").await;
    ada.get("/api/auth/admin/list-users").await.expect(200);
    let asked = json!({ "permissions": { "moon": ["land"] } });
    assert_eq!(post(&ada, "has-permission", asked).await.1["success"], true, "everything, whatever the role");
}
