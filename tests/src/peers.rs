//! The real programs of `tests/peers`: an ordinary FastAPI app, the original auth server, its official client.

mod browser;
mod openid;
pub mod providers;
mod verifier;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::client::{Person, Secrets};
use crate::process::{Ended, PATIENCE, Process};
use crate::workspace;

pub use browser::{Called, OfficialClient};
pub use openid::{CLIENT_SECRET, OpenIdProvider, Visitor};
pub use verifier::{Library, Verifier};

/// A program or file of `tests/peers`; panics with what to do when it isn't installed.
pub fn part(name: &str) -> PathBuf {
    let path = workspace().join("tests/peers").join(name);
    assert!(path.exists(), "{} is missing: run scripts/install-parts.sh", path.display());
    path
}

/// A program of `tests/peers/.venv/bin`, on one of its scripts.
pub(crate) fn command(program: &str, script: &str) -> Command {
    let mut command = Command::new(part(&format!(".venv/bin/{program}")));
    command.arg(part(script)).env_remove("DATABASE_URL").env_remove("PORT");
    command
}

fn address_of(process: &mut Process) -> String {
    process.wait_for("its address", |line| line.strip_prefix("listening http://").map(str::to_owned))
}

/// An unmodified FastAPI app under uvicorn that echoes what it was sent.
pub struct FastApi {
    address: String,
    _process: Process,
}

impl FastApi {
    /// Starts it on a port of its own.
    pub fn start() -> Self {
        let mut process = Process::start("FastAPI", &mut command("python", "upstream.py"));
        Self { address: address_of(&mut process), _process: process }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// What Better Auth's `getCookieCache` finds in a `Cookie` header: the session's copy, or null.
pub fn cookie_cache(strategy: &str, cookies: &str, secret: &str) -> serde_json::Value {
    let mut command = command("node", "cookie-cache.mjs");
    let output = command.args([strategy, cookies]).env("BETTER_AUTH_SECRET", secret).output().expect("node runs");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.trim()).unwrap_or_else(|_| panic!("getCookieCache failed: {output:?}"))
}

/// The original Better Auth server. Made by [`NodeServer::on`].
pub struct NodeServer {
    address: String,
    _process: Process,
}

/// What the original server is started with.
pub struct NodeSetup {
    env: Vec<(&'static str, String)>,
}

impl NodeServer {
    /// The server on this database (a URL as the gateway takes it) with this secret.
    pub fn on(database: &str, secret: &str) -> NodeSetup {
        NodeSetup { env: vec![("DATABASE_URL", database.into()), ("BETTER_AUTH_SECRET", secret.into())] }
    }

    /// `http://127.0.0.1:PORT`, also its own base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Somebody without an account, in a browser of their own.
    pub fn anon(&self) -> Person {
        Person::new(&self.url(), &self.url(), Secrets::default())
    }
}

impl NodeSetup {
    /// Its plugins, e.g. `admin,bearer`.
    pub fn plugins(mut self, names: &str) -> Self {
        self.env.push(("PLUGINS", names.into()));
        self
    }

    /// The options of its plugins, as JSON: `{"admin": {…}}`.
    pub fn plugin_options(mut self, options: &serde_json::Value) -> Self {
        self.env.push(("PLUGIN_OPTIONS", options.to_string()));
        self
    }

    /// An older version, e.g. `1.3`.
    pub fn version(mut self, version: &str) -> Self {
        self.env.push(("VERSION", version.into()));
        self
    }

    /// Options laid over its defaults, as JSON.
    pub fn options(mut self, options: &serde_json::Value) -> Self {
        self.env.push(("OPTIONS", options.to_string()));
        self
    }

    /// Asks these providers instead of the real ones.
    pub fn providers(mut self, url: &str) -> Self {
        self.env.push(("PROVIDERS", url.into()));
        self
    }

    /// Makes the tables by the package's own migration.
    pub fn migrate(self) -> Self {
        let mut process = Process::start("Better Auth's migration", self.command().arg("--migrate"));
        let ended = process.wait(PATIENCE).unwrap_or_else(|| panic!("the migration hangs:\n{}", process.log()));
        assert!(matches!(ended, Ended { code: Some(0), .. }), "Better Auth's migration failed: {ended:?}");
        self
    }

    /// Starts it on a port of its own.
    pub fn start(self) -> NodeServer {
        let mut process = Process::start_with_input("Better Auth", self.command().stdin(Stdio::piped()));
        NodeServer { address: address_of(&mut process), _process: process }
    }

    fn command(&self) -> Command {
        let mut command = command("node", "better-auth-server.mjs");
        // Times without zone are those of the process's time zone.
        command.env("TZ", "UTC").envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}
