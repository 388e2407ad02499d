//! Users and sessions by hand, beside a running gateway.

use std::io::Write;
use std::process::Stdio;

use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::process::{Ended, PATIENCE, Process};
use gateway_tests::upstream::Upstream;
use serde_json::Value;

on_both!(users_are_made_and_changed_by_hand, sessions_are_shown_and_ended_by_hand);

fn setup(database: &Database, upstream: &Upstream) -> Setup {
    Gateway::on(database).upstream(upstream.address())
}

/// Runs a subcommand that reads a password from its input.
fn with_password(setup: &Setup, subcommand: &[&str], password: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let mut command = setup.command(folder.path(), subcommand);
    command.arg("--password-stdin");
    let mut process = Process::start_with_input("gateway", command.stdin(Stdio::piped()));
    writeln!(process.take_input().unwrap(), "{password}").unwrap();
    process.wait(PATIENCE).unwrap_or_else(|| panic!("it hangs:\n{}", process.log()))
}

fn listed(setup: &Setup, what: &[&str]) -> Vec<Value> {
    let ended = setup.cli(what);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let list: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout));
    list.as_array().expect("a list").clone()
}

async fn users_are_made_and_changed_by_hand(database: Database) {
    let upstream = Upstream::start().await;
    let setup = || setup(&database, &upstream);
    let made = with_password(
        &setup(),
        &["user", "create", "ada@example.com", "--name", "Ada", "--role", "admin"],
        "a pass phrase",
    );
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(!made.stdout.contains("a pass phrase") && !made.stderr.contains("a pass phrase"));
    let again = with_password(&setup(), &["user", "create", "ADA@example.com", "--name", "Ada"], "a pass phrase");
    assert_eq!(again.code, Some(1), "{again:?}");

    let users = listed(&setup(), &["user", "list", "--json"]);
    assert_eq!((users.len(), &users[0]["email"], &users[0]["role"]), (1, &"ada@example.com".into(), &"admin".into()));

    let gateway = setup().start().await;
    let mut ada = gateway.anon();
    ada.email = "ada@example.com".into();
    let sign_in = async |password: &str| {
        let body = serde_json::json!({ "email": "ada@example.com", "password": password });
        ada.post("/api/auth/sign-in/email", body).await.status.as_u16()
    };
    assert_eq!(sign_in("a pass phrase").await, 200);
    ada.get("/items").await.expect(200);
    assert_eq!(upstream.last().header("x-user-role"), Some("admin"));

    assert_eq!(setup().cli(&["user", "set-role", "ada@example.com", "editor"]).code, Some(0));
    gateway_tests::eventually("the role counts", async || {
        ada.get("/items").await.expect(200);
        upstream.last().header("x-user-role") == Some("editor")
    })
    .await;

    assert_eq!(setup().cli(&["user", "ban", "ada@example.com", "--reason", "spam"]).code, Some(0));
    gateway_tests::eventually("the ban counts", async || ada.get("/items").await.status == 401).await;
    assert_eq!(sign_in("a pass phrase").await, 403);
    assert_eq!(setup().cli(&["user", "unban", "ada@example.com"]).code, Some(0));

    let changed = with_password(&setup(), &["user", "set-password", "ada@example.com"], "another pass phrase");
    assert_eq!(changed.code, Some(0), "{changed:?}");
    assert_eq!((sign_in("a pass phrase").await, sign_in("another pass phrase").await), (401, 200));

    assert_eq!(setup().cli(&["user", "set-role", "nobody@example.com", "editor"]).code, Some(1));
    let deleted = setup().cli(&["user", "delete", "ada@example.com", "--yes"]);
    assert_eq!(deleted.code, Some(0), "{deleted:?}");
    gateway_tests::eventually("the user is gone", async || ada.get("/items").await.status == 401).await;
    assert!(listed(&setup(), &["user", "list", "--json"]).is_empty());
}

async fn sessions_are_shown_and_ended_by_hand(database: Database) {
    let upstream = Upstream::start().await;
    let gateway = setup(&database, &upstream).start().await;
    let (ada, eve) = (gateway.user("ada").await, gateway.user("eve").await);
    ada.get("/items").await.expect(200);
    assert_eq!(listed(&setup(&database, &upstream), &["session", "list", "--json"]).len(), 2);
    let own = listed(&setup(&database, &upstream), &["session", "list", "--user", "ada@example.com", "--json"]);
    assert_eq!(own.len(), 1);
    let shown = own[0].to_string();
    assert!(!shown.contains(&ada.token()), "a token is a password: {shown}");

    let id = own[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(setup(&database, &upstream).cli(&["session", "revoke", &id]).code, Some(0));
    gateway_tests::eventually("the session is over", async || ada.get("/items").await.status == 401).await;
    eve.get("/items").await.expect(200);
    assert_eq!(setup(&database, &upstream).cli(&["session", "revoke", "unknown"]).code, Some(1));
}
