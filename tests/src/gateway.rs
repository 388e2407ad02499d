//! The real executable, started with a configuration of the test's own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;
use toml::{Table, Value};

use crate::client::{Person, Secrets};
use crate::db::Database;
use crate::mailbox::Mailbox;
use crate::process::{Ended, PATIENCE, Process};
use crate::workspace;

/// The secret that every test's gateway signs with.
pub const SECRET: &str = "a-secret-for-tests-only-0123456789abcdef";

/// What a gateway is started with. Made by [`Gateway::on`].
pub struct Setup {
    config: Table,
    args: Vec<String>,
    env: Vec<(String, String)>,
    database: Database,
}

/// A running gateway. Dropping it stops it and looks through its log for secrets.
pub struct Gateway {
    process: Process,
    folder: TempDir,
    _database: Database,
    address: String,
    admin: String,
    origin: String,
    secrets: Secrets,
}

impl Gateway {
    /// A gateway on this database; nothing is started yet.
    pub fn on(database: &Database) -> Setup {
        Setup::new(database)
    }

    /// A gateway on a database of its own, with this upstream behind a route for signed-in users.
    pub async fn before(upstream: &str) -> Self {
        Self::on(&Database::sqlite()).upstream(upstream).start().await
    }

    /// `host:port` that it listens on.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `http://127.0.0.1:PORT` (or https).
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme(), self.address)
    }

    /// Address of a path on the admin listener.
    pub fn admin_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }

    /// The origin that its browsers see.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn scheme(&self) -> &str {
        self.origin.split_once("://").map_or("http", |(scheme, _)| scheme)
    }

    /// Somebody without an account, in a browser of their own.
    pub fn anon(&self) -> Person {
        Person::new(&self.url(""), &self.origin, self.secrets.clone())
    }

    /// Somebody who has just signed up, as `NAME@example.com`.
    pub async fn user(&self, name: &str) -> Person {
        let mut person = self.anon();
        person.sign_up(name).await;
        person
    }

    /// The text of `/metrics`.
    pub async fn metrics(&self) -> String {
        crate::client::fetch(self.admin_url("/metrics"))
            .await
            .expect("metrics answer")
            .text()
            .await
            .expect("metrics are text")
    }

    /// The sum of all samples of one metric; 0 when there is none.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self.metrics().await;
        let samples =
            text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
        samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Folder with its configuration.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a signal by name, e.g. `TERM`.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// SIGTERM, and its end.
    pub fn stop(&mut self) -> Ended {
        self.process.stop(PATIENCE)
    }

    /// Remembers a text that its log must never hold.
    pub fn never_log(&self, secret: &str) {
        self.secrets.keep(secret);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if self.process.status().is_none() {
            self.process.stop(PATIENCE);
        }
        self.secrets.keep(SECRET);
        let log = self.process.log();
        if let Some(secret) = self.secrets.found_in(&log) {
            let line = log.lines().find(|line| line.contains(&secret)).unwrap_or_default();
            panic!("the log holds a secret, {secret:?}:\n{line}");
        }
        assert!(!log.contains("panicked at"), "something panicked:\n{log}");
    }
}

impl Setup {
    /// Starts from what all tests share: any port, a known secret, no rate limits, a talkative log.
    pub fn new(database: &Database) -> Self {
        let mut setup = Self { config: Table::new(), args: Vec::new(), env: Vec::new(), database: database.clone() };
        setup.merge(&format!(
            r#"
            [server]
            listen = "127.0.0.1:0"
            admin_listen = "127.0.0.1:0"
            shutdown_grace = "10s"
            [auth]
            secret = "{SECRET}"
            [rate_limit]
            enabled = false
            [telemetry]
            level = "info,gateway=debug"
            "#
        ));
        setup
    }

    /// Lays this piece of configuration over the rest, table by table.
    pub fn config(mut self, piece: &str) -> Self {
        self.merge(piece);
        self
    }

    /// One upstream, named `app`, behind a route for signed-in users.
    pub fn upstream(self, server: &str) -> Self {
        self.config(&format!(
            "[upstreams.app]\nservers = [\"{server}\"]\n[[routes]]\npath = \"/*\"\nupstream = \"app\""
        ))
    }

    /// Its mails go to this server.
    pub fn mails_to(self, mailbox: &Mailbox) -> Self {
        self.config(&mailbox.config())
    }

    /// Takes a key out again, e.g. `auth.secret`.
    pub fn without(mut self, key: &str) -> Self {
        let (section, name) = key.split_once('.').expect("a key is section.name");
        let section = self.config.get_mut(section).and_then(Value::as_table_mut).expect("the section is there");
        section.remove(name);
        self
    }

    /// An environment variable of the gateway.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// An argument after `gateway run --config FILE`.
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.into());
        self
    }

    fn merge(&mut self, piece: &str) {
        let piece: Table = toml::from_str(piece).unwrap_or_else(|error| panic!("{error}\n{piece}"));
        overlay(&mut self.config, piece);
    }

    /// The configuration as text.
    pub fn text(&self) -> String {
        let mut config = self.config.clone();
        let database = config.entry("database").or_insert_with(|| Table::new().into());
        let database = database.as_table_mut().expect("[database] is a table");
        database.entry("url").or_insert_with(|| self.database.url().into());
        toml::to_string(&config).expect("a table is TOML")
    }

    /// Writes the configuration into `folder` and makes the command that runs a subcommand with it.
    pub fn command(&self, folder: &Path, subcommand: &[&str]) -> Command {
        let file = folder.join("gateway.toml");
        std::fs::write(&file, self.text()).expect("the folder can be written");
        let mut command = gateway_command(folder);
        command.args(subcommand).arg("--config").arg(file).args(&self.args).envs(self.env.iter().cloned());
        command
    }

    /// Starts it and waits until it listens.
    pub async fn start(self) -> Gateway {
        let folder = tempfile::tempdir().expect("a temporary folder");
        tokio::task::block_in_place(|| self.started_in(folder))
    }

    fn started_in(&self, folder: TempDir) -> Gateway {
        let mut process = Process::start("gateway", &mut self.command(folder.path(), &["run"]));
        let (mut listening, mut admin) = (None, None);
        let quiet = self.admin_is_off();
        process.wait_for("its addresses", |line| {
            listening = listening.take().or_else(|| line.strip_prefix("listening on ").map(str::to_owned));
            admin = admin.take().or_else(|| line.strip_prefix("admin on ").map(str::to_owned));
            (listening.is_some() && (quiet || admin.is_some())).then_some(())
        });
        let listening = listening.expect("it was just found");
        let (scheme, address) = listening.split_once("://").expect("the address has a scheme");
        let address = address.trim_end_matches('/').replace("localhost", "127.0.0.1");
        let admin = admin.unwrap_or_default();
        Gateway {
            origin: self.public_origin().unwrap_or_else(|| format!("{scheme}://localhost:{}", port_of(&address))),
            admin: admin.trim_start_matches("http://").trim_end_matches('/').to_owned(),
            secrets: Secrets::default(),
            _database: self.database.clone(),
            process,
            folder,
            address,
        }
    }

    /// Runs it to its end: for configurations that are refused.
    pub fn run_to_end(&self) -> Ended {
        self.cli(&["run"])
    }

    /// Runs a subcommand with this configuration to its end.
    pub fn cli(&self, subcommand: &[&str]) -> Ended {
        let folder = tempfile::tempdir().expect("a temporary folder");
        run_to_end(&mut self.command(folder.path(), subcommand))
    }

    fn public_origin(&self) -> Option<String> {
        Some(self.config.get("server")?.get("public_url")?.as_str()?.trim_end_matches('/').to_owned())
    }

    fn admin_is_off(&self) -> bool {
        self.config["server"].get("admin_listen").and_then(Value::as_str) == Some("")
    }
}

fn port_of(address: &str) -> &str {
    address.rsplit(':').next().unwrap_or_default()
}

/// Runs a command to its end, within bounds.
pub fn run_to_end(command: &mut Command) -> Ended {
    let mut process = Process::start("gateway", command);
    process.wait(PATIENCE).unwrap_or_else(|| panic!("it never ended:\n{}", process.log()))
}

/// The gateway's executable with an environment that holds nothing of the machine's settings.
pub fn gateway_command(folder: &Path) -> Command {
    let mut command = Command::new(executable());
    command.current_dir(folder).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["GATEWAY_", "DATABASE_URL", "BETTER_AUTH_", "RUST_LOG"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command
}

fn overlay(base: &mut Table, piece: Table) {
    for (key, value) in piece {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => overlay(under, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

/// The executable: `GATEWAY_BIN`, or built once per test run, so that it is never an old one.
pub fn executable() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| std::env::var_os("GATEWAY_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace()).args(["build", "--workspace", "--bin", "gateway"]).arg("--message-format=json");
    let built = command.output().expect("cargo can be run");
    assert!(built.status.success(), "the gateway doesn't build:\n{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let mut paths = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    paths.next_back().expect("cargo names the executable it built")
}

/// Waits a moment: for things that must *not* happen.
pub async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}
