//! Starting, and being refused to start: every reason is told, with what to do about it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET, Setup, gateway_command, run_to_end};
use gateway_tests::process::{Ended, Process};
use gateway_tests::upstream::Upstream;
use gateway_tests::workspace;

fn setup() -> Setup {
    Setup::new(&Database::at("sqlite://gateway.db")).upstream("127.0.0.1:9")
}

/// Runs `gateway check` on this file text.
fn check(text: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gateway.toml"), text).unwrap();
    run_to_end(gateway_command(folder.path()).arg("check"))
}

#[test]
fn the_reference_configuration_is_right() {
    let file = workspace().join("gateway.toml");
    let folder = tempfile::tempdir().unwrap();
    let ended = run_to_end(gateway_command(folder.path()).args(["check", "--config"]).arg(file));
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn every_problem_of_a_file_is_told_at_once() {
    let ended = check(
        "[server]\nlisten = \"nowhere\"\ntrusted_proxies = [\"10.0.0.0/40\"]\nlissten = 1\n\
         [session]\nexpires_in = \"7 parsecs\"\n\
         [cookie]\nsecur = true\n\
         [[routes]]\npath = \"/a\"\nupstream = \"missing\"\n",
    );
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let told = ended.stderr + &ended.stdout;
    for part in [
        "nowhere",
        "10.0.0.0/40",
        "7 parsecs",
        "secur",
        "`secure`",
        "missing",
        "lissten",
        "gateway.toml:2",
        "gateway.toml:4",
        "gateway.toml:8",
    ] {
        assert!(told.contains(part), "{part:?} is not told:\n{told}");
    }
}

#[test]
fn a_wrong_file_stops_the_start_too() {
    let ended = setup().config("[server]\nlissten = 1").run_to_end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("lissten") && ended.stderr.contains("listen"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn two_routes_that_are_the_same_are_refused() {
    let ended = setup()
        .config("routes = [{ path = \"/a\", upstream = \"app\" }, { path = \"/a\", upstream = \"app\" }]")
        .run_to_end();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("routes[1]"), "{}", ended.stderr);
}

#[test]
fn a_short_or_missing_secret_is_refused() {
    let ended = setup().config("[auth]\nsecret = \"short-and-secret\"").run_to_end();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("auth.secret") && !ended.stderr.contains("short-and-secret"), "{}", ended.stderr);
    let ended = Setup::new(&Database::at("postgres://postgres@localhost/x"))
        .upstream("127.0.0.1:9")
        .without("auth.secret")
        .run_to_end();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("auth.secret"), "{}", ended.stderr);
}

#[test]
fn missing_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_to_end(gateway_command(folder.path()).args(["run", "--config", "nothing-here.toml"]));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("nothing-here.toml"), "{}", ended.stderr);
    let ended = setup().config("[tls]\ncertificates = [{ cert = \"none.pem\", key = \"none.key\" }]").run_to_end();
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    assert!(ended.stderr.contains("none.pem"), "{}", ended.stderr);
}

#[test]
fn a_port_in_use_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for key in ["listen", "admin_listen"] {
        let ended = setup().config(&format!("[server]\n{key} = \"{address}\"")).run_to_end();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(&address.to_string()), "{}", ended.stderr);
        assert!(!ended.stdout.contains("listening on"), "{}", ended.stdout);
    }
}

#[test]
fn a_database_that_is_down_is_said() {
    let ended = Setup::new(&Database::at("postgres://somebody:a-secret-password@127.0.0.1:9/x"))
        .upstream("127.0.0.1:9")
        .run_to_end();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(!ended.stderr.contains("a-secret-password"), "{}", ended.stderr);
    assert!(ended.stderr.contains("database"), "{}", ended.stderr);
    let ended = Setup::new(&Database::at("sqlite:///no/such/folder/gateway.db")).upstream("127.0.0.1:9").run_to_end();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("/no/such/folder"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused() {
    let database = Database::sqlite();
    let setup = || Gateway::on(&database).upstream("127.0.0.1:9");
    assert_eq!(setup().cli(&["migrate"]).code, Some(0));
    assert_eq!(setup().cli(&["migrate", "--check"]).code, Some(0));
    let table = database
        .text("select name from sqlite_master where name like '%migration%'")
        .await
        .expect("a table of migrations");
    let newer = format!(
        "insert into {table} (version, description, installed_on, success, checksum, execution_time) \
         select 99990101000000, 'from tomorrow', installed_on, true, checksum, 0 from {table} limit 1"
    );
    assert_eq!(database.execute(&newer).await, 1);
    let ended = setup().run_to_end();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("newer"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_migrations_are_shown_and_done() {
    for database in [Database::sqlite(), Database::postgres().await] {
        let setup = || Gateway::on(&database).upstream("127.0.0.1:9");
        let ended = setup().cli(&["migrate", "--check"]);
        assert_eq!(ended.code, Some(3), "something is to be done: {ended:?}");
        let refused = setup().config("[database]\nmigrate = false").run_to_end();
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("migrate"), "{}", refused.stderr);
        assert_eq!(setup().cli(&["migrate"]).code, Some(0));
        assert_eq!(setup().cli(&["migrate", "--check"]).code, Some(0));
        setup().config("[database]\nmigrate = false").start().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_replicas_start_at_once_on_an_empty_database() {
    let database = Database::postgres().await;
    let starts = (0..5).map(|_| Gateway::on(&database).upstream("127.0.0.1:9").start());
    let gateways = futures_util::future::join_all(starts).await;
    let ada = gateways[0].user("ada").await;
    let there = ada.at(&gateways[4].url(""), gateways[4].origin());
    assert_eq!(there.session().await["user"]["email"], "ada@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_file_an_app_is_protected() {
    let upstream = Upstream::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = gateway_command(folder.path());
    command.args(["--listen", "127.0.0.1:0", "--upstream", &format!("http://{}", upstream.address())]);
    command.env("GATEWAY_SERVER__ADMIN_LISTEN", "127.0.0.1:0");
    let mut process = Process::start("gateway", &mut command);
    let url = process.wait_for("its address", |line| line.strip_prefix("listening on ").map(str::to_owned));
    let origin = url.replace("127.0.0.1", "localhost");
    let mut ada = gateway_tests::client::Person::new(&url, &origin, gateway_tests::client::Secrets::default());
    ada.get("/items").await.expect(401);
    ada.sign_up("ada").await;
    ada.get("/items").await.expect(200);
    assert_eq!(upstream.last().header("x-user-email"), Some("ada@example.com"));

    let secret = folder.path().join("gateway.db.secret");
    assert_eq!(std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    process.stop(gateway_tests::process::PATIENCE);
    let mut process = Process::start("gateway", &mut command);
    let url = process.wait_for("its address", |line| line.strip_prefix("listening on ").map(str::to_owned));
    ada.at(&url, &origin).get("/items").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_keys_come_by_environment_and_file_too() {
    let upstream = Upstream::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let database = Database::sqlite();
    let setup = Gateway::on(&database).upstream(upstream.address()).without("auth.secret");
    let setup = setup.env("GATEWAY_AUTH__SECRET_FILE", file.to_str().unwrap()).env("GATEWAY_COOKIE__PREFIX", "mine");
    let gateway = setup.start().await;
    let ada = gateway.user("ada").await;
    assert!(ada.session_cookie().starts_with("mine.session_token="), "{}", ada.session_cookie());

    let ended = Gateway::on(&database).upstream("127.0.0.1:9").env("GATEWAY_SERVER__LISTENN", "x").run_to_end();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("GATEWAY_SERVER__LISTENN"), "{}", ended.stderr);
}

#[test]
fn wrong_arguments_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--nonsense"][..], &["nonsense"], &["user"], &["user", "ban"]] {
        let ended = run_to_end(gateway_command(folder.path()).args(arguments));
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn it_tells_its_version_and_its_routes() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_to_end(gateway_command(folder.path()).arg("version"));
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains("0.1.0"), "{}", ended.stdout);

    let config = r#"routes = [
        { path = "/open/*", upstream = "app", access = "public", methods = ["GET"] },
        { name = "the rest", host = "api.example.com", path = "/*", upstream = "app", roles = ["admin"] },
    ]"#;
    let ended = setup().config(config).cli(&["routes"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for part in ["/open/*", "public", "GET", "the rest", "api.example.com", "admin"] {
        assert!(ended.stdout.contains(part), "{part:?} is missing:\n{}", ended.stdout);
    }
    let ended = setup().config(config).cli(&["routes", "--json"]);
    let routes: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let paths: Vec<_> = routes.as_array().unwrap().iter().map(|route| route["path"].as_str().unwrap()).collect();
    assert!(paths.ends_with(&["/open/*", "/*"]), "{paths:?}");
}
