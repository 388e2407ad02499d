//! The same persona at the gateway and at the original server, taking every step at both in the same run. Answers are
//! compared: status, meaningful headers, cookies to the byte and JSON, with ids, tokens and dates masked.

use gateway_tests::client::{Ask, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET};
use gateway_tests::peers::NodeServer;
use http::Method;
use serde_json::{Value, json};

use super::alone;

/// Headers whose presence and value belong to the contract.
const HEADERS: &[&str] = &["content-type", "location", "pragma", "set-auth-token", "set-cookie"];

/// The persona's address.
pub(super) const ADA: &str = "ada@example.com";
/// The persona's password.
pub(super) const PASSWORD: &str = "a pass phrase of Ada";

/// The same persona at both servers.
pub(super) struct Both {
    pub(super) gateway: Gateway,
    pub(super) node: NodeServer,
    pub(super) ours: Person,
    pub(super) theirs: Person,
    /// Our database, then theirs, which lives as long as this.
    databases: [Database; 2],
    pub(super) differences: Vec<String>,
}

/// How the original server is set up; `admin` and `bearer` are always among its plugins.
pub(super) struct Original<'a> {
    /// More plugins, e.g. `magic-link,username`.
    pub(super) plugins: &'a str,
    /// Their options, by the name of the plugin.
    pub(super) plugin_options: Value,
    /// Options of Better Auth.
    pub(super) options: Value,
    /// What it takes for the whole world of providers; empty: the real one.
    pub(super) providers: String,
}

impl Default for Original<'_> {
    fn default() -> Self {
        Self { plugins: "", plugin_options: json!({}), options: json!({}), providers: String::new() }
    }
}

impl Both {
    /// Both as they are by default.
    pub(super) async fn start(database: &Database) -> Self {
        Self::plugged(database, "", "", &json!({})).await
    }

    /// Both with more of a configuration: a piece of `gateway.toml`, and options of Better Auth.
    pub(super) async fn with(database: &Database, config: &str, options: &Value) -> Self {
        Self::set_up(database, config, &Original { options: options.clone(), ..Original::default() }).await
    }

    /// Both with more flows: a piece of `gateway.toml`, plugins of Better Auth, e.g. `magic-link,username`, and their options by name.
    pub(super) async fn plugged(database: &Database, config: &str, plugins: &str, plugin_options: &Value) -> Self {
        let plugin_options = plugin_options.clone();
        Self::set_up(database, config, &Original { plugins, plugin_options, ..Original::default() }).await
    }

    /// Both, with everything that can be said about the original server.
    pub(super) async fn set_up(database: &Database, config: &str, original: &Original<'_>) -> Self {
        let own = Database::sqlite();
        let plugins = format!("admin,bearer,{}", original.plugins);
        let node = tokio::task::block_in_place(|| {
            let node = NodeServer::on(&own.url(), SECRET).plugins(&plugins).plugin_options(&original.plugin_options);
            node.options(&original.options).providers(&original.providers).migrate().start()
        });
        let gateway = alone(database).config(config).start().await;
        let (ours, theirs) = (gateway.anon(), node.anon());
        let databases = [database.clone(), own];
        Self { gateway, node, ours, theirs, databases, differences: Vec::new() }
    }

    /// Lets the persona come from pages of another origin, to which a proxy before both of them belongs.
    pub(super) fn come_from(&mut self, origin: &str) {
        self.ours = self.ours.at(&format!("http://{}", self.gateway.address()), origin);
        self.theirs = self.theirs.at(&self.node.url(), origin);
    }

    /// Takes a step at both; `step` completes the request for one of them, ours when it is told `true`.
    pub(super) async fn step(&mut self, what: &str, method: Method, path: &str, step: impl Fn(Ask, bool) -> Ask) {
        let paths = [format!("/api/auth{path}"), format!("/api/auth{path}")];
        self.step_at(what, method, &paths, step).await;
    }

    /// The same where the paths differ, by an id or a token, say: ours comes first.
    pub(super) async fn step_at(
        &mut self,
        what: &str,
        method: Method,
        paths: &[String; 2],
        step: impl Fn(Ask, bool) -> Ask,
    ) {
        let asks = [(&self.ours, true), (&self.theirs, false)].into_iter().zip(paths).map(|((person, us), path)| {
            let ask = person.ask(method.clone(), path);
            step(ask.header("x-forwarded-for", "127.0.0.1").header("user-agent", "a story"), us)
        });
        let mut seen = Vec::new();
        for ask in asks.collect::<Vec<_>>() {
            seen.push(without_admin_signature(&ask.send().await.snapshot_with(HEADERS)));
        }
        if seen[0] != seen[1] {
            let (found, expected) = (&seen[0], &seen[1]);
            self.differences.push(format!("── {what}: {method} {}\nexpected:\n{expected}\nfound:\n{found}", paths[0]));
        }
    }

    /// Somebody else, without cookies, at both from now on; gives those who were there.
    pub(super) fn somebody_else(&mut self) -> (Person, Person) {
        let fresh = (self.gateway.anon(), self.node.anon());
        (std::mem::replace(&mut self.ours, fresh.0), std::mem::replace(&mut self.theirs, fresh.1))
    }

    /// GET at both.
    pub(super) async fn get(&mut self, what: &str, path: &str) {
        self.step(what, Method::GET, path, |ask, _| ask).await;
    }

    /// POST of JSON at both.
    pub(super) async fn post(&mut self, what: &str, path: &str, body: Value) {
        self.step(what, Method::POST, path, |ask, _| ask.json(&body)).await;
    }

    /// The persona makes an account at both.
    pub(super) async fn new_user(&mut self) {
        self.post("sign up", "/sign-up/email", json!({ "name": "Ada", "email": ADA, "password": PASSWORD })).await;
    }

    /// Runs a statement in both databases.
    pub(super) async fn execute(&self, statement: &str) {
        for database in &self.databases {
            database.execute(statement).await;
        }
    }

    /// What a query gives in our database and in theirs.
    pub(super) async fn texts(&self, query: &str) -> [String; 2] {
        let [ours, theirs] = &self.databases;
        [ours.text(query).await.unwrap_or_default(), theirs.text(query).await.unwrap_or_default()]
    }

    /// Fails if anything differed.
    pub(super) fn end(self) {
        assert!(
            self.differences.is_empty(),
            "{} differences:\n{}",
            self.differences.len(),
            self.differences.join("\n")
        );
    }
}

/// The snapshot without the signature of an admin's session that was put aside: it is of a value that has a token in it.
fn without_admin_signature(snapshot: &str) -> String {
    let masked = snapshot.lines().map(|line| {
        let signed = line.contains(".admin_session=[").then(|| line.split_once("%3A")).flatten();
        let parts = signed.and_then(|(start, rest)| Some((start, rest.split_once('.')?.0, rest.split_once(';')?.1)));
        parts.map_or(line.to_owned(), |(start, mark, end)| format!("{start}%3A{mark}.[signature];{end}"))
    });
    masked.collect::<Vec<_>>().join("\n")
}
