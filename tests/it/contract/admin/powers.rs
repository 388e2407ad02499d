//! Bans, sessions, passwords, acting as others, and who may do all that, step by step beside the original server.

use gateway_tests::client::Ask;
use gateway_tests::db::Database;
use http::Method;
use serde_json::json;

use super::super::both::PASSWORD;
use super::Town;

on_both!(bans_and_sessions, passwords_and_removal, acting_as_a_user, roles_of_ones_own, whoever_may_not);

async fn bans_and_sessions(database: Database) {
    let mut town = Town::new(&database, &["bob"]).await;
    for more in [
        json!({}),
        json!({ "banReason": "spam" }),
        json!({ "banReason": "" }),
        json!({ "banExpiresIn": 60 }),
        json!({ "banExpiresIn": 0 }),
        json!({ "banExpiresIn": "5" }),
        json!({ "banReason": 5 }),
    ] {
        let mut body = json!({ "userId": "<bob>" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        town.post("ban-user", body).await;
    }
    town.post("ban-user", json!({ "userId": "<ada>" })).await;
    town.post("ban-user", json!({ "userId": "nobody" })).await;
    town.post("unban-user", json!({ "userId": "nobody" })).await;
    town.sign_in("bob", json!({})).await;
    town.govern();
    town.post("unban-user", json!({ "userId": "<bob>" })).await;
    town.post("ban-user", json!({ "userId": "<bob>", "banExpiresIn": -5 })).await;
    town.sign_in("bob", json!({})).await;
    town.govern();
    town.get("/admin/get-user?id=<bob>").await;
    town.post("list-user-sessions", json!({ "userId": "<bob>" })).await;
    town.post("list-user-sessions", json!({ "userId": "nobody" })).await;
    let tokens = town.both.texts("select token from session order by \"createdAt\" desc limit 1").await;
    let revoke = |ask: Ask, us: bool| ask.json(&json!({ "sessionToken": tokens[usize::from(!us)] }));
    town.both.step("one session", Method::POST, "/admin/revoke-user-session", revoke).await;
    town.both.step("once more", Method::POST, "/admin/revoke-user-session", revoke).await;
    town.post("revoke-user-session", json!({ "sessionToken": 5 })).await;
    town.sign_in("bob", json!({})).await;
    let bob = [town.both.ours.clone(), town.both.theirs.clone()];
    town.govern();
    town.post("revoke-user-sessions", json!({ "userId": "<bob>" })).await;
    town.post("revoke-user-sessions", json!({ "userId": "nobody" })).await;
    [town.both.ours, town.both.theirs] = bob;
    town.get("/get-session").await;
    town.end();
}

async fn passwords_and_removal(database: Database) {
    let mut town = Town::new(&database, &["bob", "cyd"]).await;
    for body in [
        json!({ "userId": "<bob>", "newPassword": "" }),
        json!({ "userId": "", "newPassword": PASSWORD }),
        json!({ "newPassword": 5 }),
        json!({ "userId": "nobody", "newPassword": "short" }),
        json!({ "userId": "nobody", "newPassword": "x".repeat(129) }),
        json!({ "userId": "nobody", "newPassword": PASSWORD }),
        json!({ "userId": "<bob>", "newPassword": "another pass phrase" }),
    ] {
        town.post("set-user-password", body).await;
    }
    town.sign_in("bob", json!({})).await;
    town.sign_in("bob", json!({ "password": "another pass phrase" })).await;
    town.get("/get-session").await;
    town.govern();
    for user in ["<ada>", "nobody", "<cyd>", "<cyd>"] {
        town.post("remove-user", json!({ "userId": user })).await;
    }
    town.post("remove-user", json!({})).await;
    town.get("/admin/get-user?id=<cyd>").await;
    town.sign_in("cyd", json!({})).await;
    town.end();
}

async fn acting_as_a_user(database: Database) {
    let mut town = Town::new(&database, &["bob", "eve"]).await;
    town.both.execute("update \"user\" set role = 'user,admin' where email = 'eve@example.com'").await;
    for user in ["<eve>", "<ada>", "nobody"] {
        town.post("impersonate-user", json!({ "userId": user })).await;
    }
    for remember in [true, false] {
        town.sign_in("ada", json!({ "rememberMe": remember })).await;
        town.post("impersonate-user", json!({ "userId": "<bob>" })).await;
        town.get("/get-session").await;
        town.get("/list-sessions").await;
        town.get("/admin/list-users").await;
        town.post("impersonate-user", json!({ "userId": "<bob>" })).await;
        town.both.post("own name", "/update-user", json!({ "name": "Bobby" })).await;
        let change = json!({ "currentPassword": PASSWORD, "newPassword": "another pass phrase" });
        town.both.post("own password", "/change-password", change).await;
        let back = json!({ "currentPassword": "another pass phrase", "newPassword": PASSWORD });
        town.both.post("and back", "/change-password", back).await;
        town.post("stop-impersonating", json!({})).await;
        town.get("/get-session").await;
        town.post("stop-impersonating", json!({})).await;
    }
    town.post("ban-user", json!({ "userId": "<bob>" })).await;
    town.post("impersonate-user", json!({ "userId": "<bob>" })).await;
    town.post("unban-user", json!({ "userId": "<bob>" })).await;
    town.post("impersonate-user", json!({ "userId": "<bob>" })).await;
    let kept = [town.both.ours.jar.ending("admin_session"), town.both.theirs.jar.ending("admin_session")];
    for (person, kept) in [&town.both.ours, &town.both.theirs].into_iter().zip(kept) {
        let (name, value) = kept.unwrap();
        person.jar.put(&name, &value.replace("%3A", "%3Ax"));
    }
    town.post("stop-impersonating", json!({})).await;
    town.get("/get-session").await;
    town.leave();
    town.post("stop-impersonating", json!({})).await;
    town.end();
}

async fn roles_of_ones_own(database: Database) {
    let config = r#"
        [admin]
        admin_roles = ["admin", "boss"]
        default_ban_reason = "spam"
        default_ban_expires_in = "1h"
        banned_user_message = "go away"
        impersonation_session_duration = "10m"
        [admin.roles]
        support = { user = ["list", "get", "update", "create"], session = ["list"], project = ["see"] }
        boss = { user = ["impersonate", "impersonate-admins"] }
    "#;
    let every =
        ["create", "list", "set-role", "ban", "impersonate", "delete", "set-password", "set-email", "get", "update"];
    let options = json!({
        "adminRoles": ["admin", "boss"], "defaultBanReason": "spam", "defaultBanExpiresIn": 3600,
        "bannedUserMessage": "go away", "impersonationSessionDuration": 600,
        "roles": {
            "admin": { "user": every, "session": ["list", "revoke", "delete"] },
            "user": { "user": [], "session": [] },
            "support": { "user": ["list", "get", "update", "create"], "session": ["list"], "project": ["see"] },
            "boss": { "user": ["impersonate", "impersonate-admins"] },
        },
    });
    let mut town = Town::with(&database, config, &options, &["bob", "sue", "max", "odd"]).await;
    for (name, role) in [("sue", "user,support"), ("max", "boss"), ("odd", "nothing")] {
        town.both.execute(&format!("update \"user\" set role = '{role}' where email = '{name}@example.com'")).await;
    }
    for role in [json!("nothing"), json!(["user", "support"]), json!("user,support"), json!(""), json!(["user", "x"])] {
        town.post("set-role", json!({ "userId": "<bob>", "role": role })).await;
        town.post("update-user", json!({ "userId": "<bob>", "data": { "role": role } })).await;
    }
    town.post("create-user", json!({ "email": "x@example.com", "name": "X", "role": "nothing" })).await;
    town.post("set-role", json!({ "userId": "<bob>", "role": "user" })).await;
    town.post("impersonate-user", json!({ "userId": "<max>" })).await;
    for (number, name) in ["sue", "max", "odd"].into_iter().enumerate() {
        town.sign_in(name, json!({})).await;
        for permissions in [
            json!({ "user": ["list"] }),
            json!({ "project": ["see"] }),
            json!({ "project": ["see"], "user": ["list", "ban"] }),
            json!({ "user": [] }),
            json!({}),
        ] {
            town.post("has-permission", json!({ "permissions": permissions })).await;
        }
        town.get("/admin/list-users?limit=1").await;
        for data in [json!({ "name": "B" }), json!({ "email": "b@example.com" }), json!({ "role": "user" })] {
            town.post("update-user", json!({ "userId": "<bob>", "data": data })).await;
        }
        for more in [json!({}), json!({ "role": "user" }), json!({ "data": { "banned": true } })] {
            let mut body = json!({ "email": format!("n{number}@example.com"), "name": "N" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            town.post("create-user", body).await;
        }
        town.post("ban-user", json!({ "userId": "<bob>" })).await;
        town.post("impersonate-user", json!({ "userId": "<ada>" })).await;
    }
    town.govern();
    town.post("ban-user", json!({ "userId": "<bob>" })).await;
    town.sign_in("bob", json!({})).await;
    town.end();
}

async fn whoever_may_not(database: Database) {
    let mut town = Town::new(&database, &["bob"]).await;
    let posts = [
        ("create-user", json!({ "email": "x@example.com", "name": "X", "role": 5 })),
        ("create-user", json!({ "email": "bad", "name": "X" })),
        ("update-user", json!({ "userId": "<bob>", "data": {} })),
        ("update-user", json!({ "userId": "<bob>" })),
        ("set-role", json!({ "userId": "<bob>", "role": "admin" })),
        ("set-user-password", json!({ "userId": "<bob>", "newPassword": "short" })),
        ("ban-user", json!({ "userId": "<bob>" })),
        ("unban-user", json!({ "userId": "<bob>" })),
        ("list-user-sessions", json!({ "userId": "<bob>" })),
        ("revoke-user-session", json!({ "sessionToken": "x" })),
        ("revoke-user-sessions", json!({ "userId": "<bob>" })),
        ("remove-user", json!({ "userId": "<bob>" })),
        ("impersonate-user", json!({ "userId": "<bob>" })),
        ("stop-impersonating", json!({})),
        ("has-permission", json!({ "permissions": { "user": ["list"] } })),
        ("has-permission", json!({ "permission": { "user": ["list"] } })),
        ("has-permission", json!({ "permissions": {}, "permission": {} })),
        ("has-permission", json!({ "permissions": 5, "role": 5 })),
        ("has-permission", json!({ "permissions": { "user": [] }, "userId": "x", "role": "admin" })),
        ("has-permission", json!({})),
        ("has-permission", json!([])),
    ];
    for who in ["nobody", "bob", "a forger"] {
        match who {
            "bob" => town.sign_in("bob", json!({})).await,
            _ => town.leave(),
        }
        for (path, body) in posts.clone() {
            if who == "a forger" {
                let name = format!("/admin/{path}");
                let evil =
                    |ask: Ask, _: bool| ask.json(&body).header("origin", "http://evil.test").header("cookie", "a=b");
                town.both.step("from elsewhere", Method::POST, &name, evil).await;
            } else {
                town.post(path, body).await;
            }
        }
        for path in ["/admin/list-users", "/admin/get-user", "/admin/get-user?id=x", "/admin/ban-user"] {
            town.get(path).await;
        }
    }
    town.end();
}
