//! Who did what stands in the audit log: right after the answer, without secrets, and for good.

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use serde_json::{Value, json};

on_both!(
    what_people_do_is_noted,
    failures_are_noted_and_tell_nothing_of_what_was_typed,
    the_command_line_is_noted_too,
    it_is_exported_line_by_line_and_can_be_off,
);

fn setup(database: &Database) -> Setup {
    Gateway::on(database).upstream("127.0.0.1:9")
}

/// The entries that `gateway audit` shows with these options, the oldest first.
fn noted(setup: &Setup, options: &[&str]) -> Vec<Value> {
    let ended = setup.cli(&[&["audit", "--json"], options].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut entries: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    entries.reverse();
    entries
}

fn names(entries: &[Value]) -> Vec<String> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    entries.iter().map(|entry| format!("{} {}", text(entry, "what"), text(entry, "outcome"))).collect()
}

async fn what_people_do_is_noted(database: Database) {
    let (setup, gateway) = (setup(&database), setup(&database).start().await);
    let ada = gateway.user("ada").await;
    let session = ada.session().await;
    let (id, session_id) = (&session["user"]["id"], &session["session"]["id"]);
    ada.post("/api/auth/update-user", json!({ "name": "Ada L." })).await.expect(200);
    let other = gateway.anon();
    let sign_in = json!({ "email": "ada@example.com", "password": PASSWORD });
    other.post("/api/auth/sign-in/email", sign_in.clone()).await.expect(200);
    ada.post("/api/auth/revoke-other-sessions", json!({})).await.expect(200);
    let new = json!({ "currentPassword": PASSWORD, "newPassword": "another pass phrase", "revokeOtherSessions": true });
    ada.post("/api/auth/change-password", new).await.expect(200);
    ada.post("/api/auth/sign-out", json!({})).await.expect(200);

    let entries = noted(&setup, &[]);
    let expected = [
        "sign_up done",
        "user.update done",
        "sign_in done",
        "session.revoke done",
        "password.change done",
        "sign_out done",
    ];
    assert_eq!(names(&entries), expected);
    for entry in &entries {
        assert_eq!((&entry["actor"], &entry["actorId"], &entry["subjectId"]), (&json!("user"), id, id), "{entry}");
        assert_eq!(entry["ipAddress"], "127.0.0.1", "{entry}");
    }
    assert_eq!(&entries[0]["sessionId"], session_id);
    assert_eq!(
        (&entries[0]["details"], &entries[2]["details"]),
        (&json!({ "method": "email" }), &json!({ "method": "email" }))
    );
    assert_eq!((&entries[1]["details"]["fields"], &entries[3]["details"]["sessions"]), (&json!(["name"]), &json!(1)));
    assert_eq!(names(&noted(&setup, &["--what", "session"])), ["session.revoke done"]);
    assert_eq!(noted(&setup, &["--user", "ada@example.com", "--since", "1h"]).len(), expected.len());
    assert!(noted(&setup, &["--user", "nobody"]).is_empty());
    assert_eq!(names(&noted(&setup, &["--limit", "1"])), ["sign_out done"]);
    let table = setup.cli(&["audit"]).stdout;
    assert!(table.contains("ada@example.com") && table.contains("method=email"), "{table}");
}

async fn failures_are_noted_and_tell_nothing_of_what_was_typed(database: Database) {
    let (setup, gateway) = (setup(&database), setup(&database).start().await);
    let ada = gateway.user("ada").await;
    let id = ada.session().await["user"]["id"].clone();
    let typed = "hunter2hunter2@example.com";
    let attempt = async |email: &str| {
        let body = json!({ "email": email, "password": "not the password" });
        gateway.anon().post("/api/auth/sign-in/email", body).await.expect(401);
    };
    for email in ["ada@example.com", typed, typed, "eve@example.com"] {
        attempt(email).await;
    }
    gateway.anon().post("/api/auth/request-password-reset", json!({ "email": typed })).await.expect(200);
    setup.cli(&["user", "ban", "ada@example.com", "--reason", "spam"]);
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    gateway.anon().post("/api/auth/sign-in/email", body).await.expect(403);

    let all = noted(&setup, &[]);
    let failed = noted(&setup, &["--what", "sign_in"]);
    assert_eq!(names(&failed), vec!["sign_in refused"; 5]);
    let codes: Vec<_> = failed.iter().map(|entry| entry["details"]["code"].as_str().unwrap()).collect();
    assert_eq!(codes[..4], ["INVALID_EMAIL_OR_PASSWORD"; 4]);
    assert_eq!((codes[4], &failed[4]["subjectId"], &failed[4]["actor"]), ("BANNED_USER", &id, &json!("nobody")));
    assert_eq!((&failed[0]["subjectId"], &failed[1]["subjectId"]), (&id, &Value::Null));
    let code = |entry: &Value| entry["details"]["address_code"].as_str().unwrap().to_owned();
    assert_eq!(code(&failed[1]), code(&failed[2]), "the same address");
    assert_ne!(code(&failed[1]), code(&failed[3]), "another address");
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("not the password"), "{text}");
}

async fn the_command_line_is_noted_too(database: Database) {
    let (setup, gateway) = (setup(&database), setup(&database).start().await);
    let ada = gateway.user("ada").await;
    let id = ada.session().await["user"]["id"].clone();
    let commands: [&[&str]; 5] = [
        &["user", "set-role", "ada@example.com", "user,editor"],
        &["user", "ban", "ada@example.com", "--for", "1h"],
        &["user", "unban", "ada@example.com"],
        &["session", "revoke", "--user", "ada@example.com"],
        &["user", "delete", "ada@example.com", "--yes"],
    ];
    for command in commands {
        let ended = setup.cli(command);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let entries = noted(&setup, &["--user", id.as_str().unwrap()]);
    let expected = [
        "sign_up done",
        "user.role done",
        "user.ban done",
        "user.unban done",
        "session.revoke done",
        "user.delete done",
    ];
    assert_eq!(names(&entries), expected, "also of a user who is gone");
    for entry in &entries[1..] {
        assert_eq!((&entry["actor"], &entry["actorId"], &entry["subjectId"]), (&json!("cli"), &Value::Null, &id));
        assert!(entry["details"]["uid"].is_u64(), "{entry}");
    }
    assert_eq!((&entries[1]["details"]["from"], &entries[1]["details"]["to"]), (&json!("user"), &json!("user,editor")));
}

async fn it_is_exported_line_by_line_and_can_be_off(database: Database) {
    let (setup, gateway) = (setup(&database), setup(&database).start().await);
    gateway.user("ada").await;
    gateway.user("bob").await;
    let exported = setup.cli(&["audit", "--export"]);
    let lines: Vec<Value> = exported.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(names(&lines), ["sign_up done"; 2]);
    let after = lines[0]["id"].to_string();
    let rest = setup.cli(&["audit", "--export", "--after", &after]).stdout;
    assert_eq!(rest.lines().count(), 1, "{rest}");
    assert_eq!(setup.cli(&["audit", "--what", "sign_ni"]).code, Some(2));

    let off = self::setup(&database).config("[audit]\nenabled = false").start().await;
    off.user("eve").await;
    assert_eq!(noted(&setup, &[]).len(), 2);
}
