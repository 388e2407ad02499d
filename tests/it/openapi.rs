//! The OpenAPI document: valid, and true of the running gateway, whatever is sent to it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::peers::part;
use gateway_tests::process::Process;
use tempfile::TempDir;

on_both!(what_it_says_holds_for_whoever_is_signed_in);

/// How long a run may take; it takes some seconds unless the machine is busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// What every answer is checked for. Refusing more than a schema tells is no fault: addresses to return to, say.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Operations that end the session they are made with.
const ENDING: &str = "^/(sign-out|revoke-session|delete-user)";

/// Flows that are off unless enabled.
const FLOWS: &str = "[username]\nenabled = true\n[anonymous]\nenabled = true\n[multi_session]\nenabled = true\n\
    [one_time_token]\nenabled = true\nset_ott_header_on_new_session = true\n[magic_link]\nenabled = true\n\
    [email_otp]\nenabled = true\nchange_email.enabled = true";

/// A provider that nobody reaches.
const PROVIDER: &str = "[oauth.acme]\nclient_id = \"x\"\nclient_secret = \"y\"\n\
    authorization_url = \"http://127.0.0.1:9/a\"\ntoken_url = \"http://127.0.0.1:9/t\"\nuser_info_url = \"http://127.0.0.1:9/u\"";

fn setup(database: &Database) -> Setup {
    let config = "[password]\nmemory = \"64KiB\"\niterations = 1";
    Gateway::on(database).upstream("127.0.0.1:9").config(config).config(FLOWS).config(PROVIDER)
}

/// The document in a file of its own.
fn written(setup: &Setup) -> (TempDir, PathBuf) {
    let ended = setup.cli(&["openapi"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, ended.stdout).unwrap();
    (folder, file)
}

/// Runs a Python program of the tests' parts, and expects it to be content.
fn content(name: &str, command: &mut Command) {
    let mut process = Process::start(name, command);
    let ended = process.wait(PATIENCE).unwrap_or_else(|| panic!("{name} never ended:\n{}", process.log()));
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
}

fn python(module: &str) -> Command {
    let mut command = Command::new(part(".venv/bin/python"));
    command.args(["-m", module]);
    command
}

/// Sends what the document allows and what it does not, and compares the answers with it.
fn compare(gateway: &Gateway, (folder, file): &(TempDir, PathBuf), options: &[&str]) {
    let mut command = python("schemathesis.cli");
    command.current_dir(folder.path()).arg("run").arg(file).args(["--url", &gateway.url("/api/auth")]);
    command.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "15"]);
    command.args(["--continue-on-failure", "--warnings", "off", "--seed", "20261121"]).args(options);
    content("schemathesis", &mut command);
}

#[test]
fn the_document_is_valid() {
    let (_folder, file) = written(&setup(&Database::sqlite()));
    content("openapi-spec-validator", python("openapi_spec_validator").arg(file));
}

async fn what_it_says_holds_for_whoever_is_signed_in(database: Database) {
    let document = written(&setup(&database));
    let gateway = setup(&database).start().await;
    let ada = gateway.user("ada").await;
    let token = format!("Authorization: Bearer {}", ada.signed_token());
    compare(&gateway, &document, &["--header", &token, "--exclude-path-regex", ENDING]);
    assert_eq!(ada.session().await["user"]["email"], "ada@example.com", "the session lived through it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_says_holds_for_anybody() {
    let database = Database::sqlite();
    let document = written(&setup(&database));
    let gateway = setup(&database).start().await;
    compare(&gateway, &document, &[]);
}
