//! Users by hand, looked at closely: what is asked, what is refused, and how soon a running gateway knows.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::process::{Ended, PATIENCE, Process};
use gateway_tests::upstream::Upstream;
use serde_json::Value;

on_both!(a_change_by_hand_counts_on_the_next_request, a_new_user_is_told_apart_and_found, passwords_obey_the_rules);

/// How soon a running gateway has to know; it takes a tenth of this unless the machine is busy with other tests.
const SOON: Duration = Duration::from_secs(1);

fn setup(database: &Database) -> Setup {
    Gateway::on(database).upstream("127.0.0.1:9")
}

/// Runs a command with this text on its standard input.
fn with_input(setup: &Setup, command: &[&str], input: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let mut command = setup.command(folder.path(), command);
    let mut process = Process::start_with_input("gateway", command.stdin(Stdio::piped()));
    // A command that refuses at once may be gone before it reads.
    process.take_input().unwrap().write_all(input.as_bytes()).ok();
    process.wait(PATIENCE).unwrap_or_else(|| panic!("it hangs:\n{}", process.log()))
}

fn make(setup: &Setup, email: &str) {
    let ended = with_input(setup, &["user", "create", email, "--password-stdin"], &format!("{PASSWORD}\n"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

fn json(setup: &Setup, command: &[&str]) -> Value {
    let ended = setup.cli(command);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
}

async fn a_change_by_hand_counts_on_the_next_request(database: Database) {
    let upstream = Upstream::start().await;
    let setup = Gateway::on(&database).upstream(upstream.address());
    let gateway = Gateway::on(&database).upstream(upstream.address()).start().await;
    let commands: [&[&str]; 4] = [
        &["user", "ban", "ada@example.com", "--for", "1h"],
        &["user", "delete", "bob@example.com", "--yes"],
        &["session", "revoke", "--user", "eve@example.com"],
        &["user", "set-password", "joe@example.com", "--password-stdin", "--sign-out"],
    ];
    for (name, command) in ["ada", "bob", "eve", "joe"].into_iter().zip(commands) {
        let person = gateway.user(name).await;
        person.get("/items").await.expect(200);
        let ended = with_input(&setup, command, "another pass phrase\n");
        let done = Instant::now();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        while person.get("/items").await.status == 200 {
            assert!(done.elapsed() < SOON, "{command:?} does not count after {:?}", done.elapsed());
        }
        person.get("/items").await.expect(401);
    }
}

async fn a_new_user_is_told_apart_and_found(database: Database) {
    let setup = setup(&database);
    make(&setup, "Ada@Example.com");
    let user = json(&setup, &["user", "show", "ada@example.com", "--json"]);
    assert_eq!((&user["email"], &user["name"]), (&"ada@example.com".into(), &"ada".into()));
    assert_eq!((&user["hasPassword"], &user["emailVerified"]), (&true.into(), &false.into()));
    let id = user["id"].as_str().unwrap();
    assert_eq!(json(&setup, &["user", "show", id, "--json"])["email"], "ada@example.com");

    let taken = setup.cli(&["user", "create", "ADA@example.com", "--password-file", "never-read"]);
    assert_eq!(taken.code, Some(1));
    assert!(taken.stderr.contains("already"), "{}", taken.stderr);
    let slip = setup.cli(&["user", "show", "eda@example.com"]);
    assert_eq!((slip.code, slip.stdout.as_str()), (Some(1), ""));
    assert!(slip.stderr.contains("did you mean \"ada@example.com\"?"), "{}", slip.stderr);
    let text = setup.cli(&["user", "list"]).stdout;
    assert!(text.starts_with("ADDRESS ") && text.contains("\nada@example.com "), "{text}");
    assert_eq!(json(&setup, &["user", "list", "--search", "nobody", "--json"]), Value::Array(Vec::new()));
}

async fn passwords_obey_the_rules(database: Database) {
    let setup = setup(&database);
    let create = ["user", "create", "ada@example.com", "--password-stdin"];
    for (input, part) in [("short\n", "at least 8"), ("qwertyuiop\n", "everybody"), ("", "no password")] {
        let ended = with_input(&setup, &create, input);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    // Nobody is asked where nobody can answer.
    let ended = with_input(&setup, &create[..3], "a pass phrase\n");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("--password-stdin"), "{}", ended.stderr);
    make(&setup, "ada@example.com");
    let ended = setup.cli(&["user", "delete", "ada@example.com"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("--yes"), "{}", ended.stderr);
    assert_eq!(database.count("select count(*) from \"user\"").await, 1);
}

#[test]
fn looking_makes_no_database_file() {
    let database = Database::sqlite();
    let file = database.url().replacen("sqlite://", "", 1);
    for command in [&["user", "list"][..], &["user", "ban", "a@b.de"], &["session", "list"], &["migrate", "--check"]] {
        setup(&database).cli(command);
        assert!(!std::path::Path::new(&file).exists(), "{command:?} made {file}");
    }
    let ended = setup(&database).cli(&["user", "list"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains(&file) && ended.stderr.contains("gateway migrate"), "{}", ended.stderr);
    make(&setup(&database), "ada@example.com");
    assert!(std::path::Path::new(&file).exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::sqlite();
    let mut command = setup(&database).command(folder.path(), &["routes", "--json"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = command.stdout(writer).output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_asks_whether_the_gateway_is_ready() {
    let upstream = Upstream::start().await;
    let mut gateway = Gateway::before(upstream.address()).await;
    let admin = gateway.admin_url("").replacen("http://", "", 1);
    let setup = setup(&Database::sqlite()).config(&format!("[server]\nadmin_listen = \"{admin}\""));
    assert_eq!(setup.cli(&["healthcheck"]).code, Some(0));
    assert_eq!(setup.cli(&["healthcheck", "--path", "/healthz"]).code, Some(0));
    assert_eq!(setup.cli(&["healthcheck", "--path", "/nothing"]).code, Some(1));
    gateway.stop();
    let ended = setup.cli(&["healthcheck"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains(&admin), "{}", ended.stderr);
}
