//! The official JavaScript client, called by name as an app would.

use std::io::Write;
use std::process::{ChildStdin, Stdio};

use serde_json::{Value, json};

use super::command;
use crate::process::Process;

/// A Node process with the official client; each jar is a browser of its own.
pub struct OfficialClient {
    process: Process,
    input: ChildStdin,
    asked: u64,
}

/// What a call of the official client gave.
#[derive(Debug, Clone)]
pub struct Called {
    /// `data` as the app sees it.
    pub data: Value,
    /// `error` as the app sees it.
    pub error: Value,
    /// The answer on the wire: `status`, `headers`, `setCookie`.
    pub response: Value,
}

impl Called {
    /// The data; panics when there was an error.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.error.is_null(), "the client got an error: {self:?}");
        self.data
    }

    /// Status and code of the error; panics when there was none.
    #[track_caller]
    pub fn refused(self) -> (u64, String) {
        assert!(!self.error.is_null(), "the client got no error: {self:?}");
        let code = self.error["code"].as_str().unwrap_or_default().to_owned();
        (self.error["status"].as_u64().unwrap_or_default(), code)
    }
}

impl OfficialClient {
    /// A client for the server at `base_url`, on a page of that origin.
    pub fn of(base_url: &str) -> Self {
        Self::with_plugins(base_url, "")
    }

    /// A client with these client plugins, e.g. `admin`.
    pub fn with_plugins(base_url: &str, plugins: &str) -> Self {
        Self::start(base_url, &[("PLUGINS", plugins)])
    }

    /// A client of an older version: `1.3`, `1.4` or `1.6`.
    pub fn older(base_url: &str, version: &str) -> Self {
        Self::start(base_url, &[("VERSION", version)])
    }

    fn start(base_url: &str, env: &[(&str, &str)]) -> Self {
        let mut command = command("node", "client.mjs");
        command
            .arg(base_url)
            .env_remove("ORIGIN")
            .env_remove("VERSION")
            .envs(env.iter().copied())
            .stdin(Stdio::piped());
        let mut process = Process::start_with_input("the official client", &mut command);
        let input = process.take_input().expect("its input is piped");
        Self { process, input, asked: 0 }
    }

    /// Calls e.g. `signIn.email` with one argument.
    pub fn call(&mut self, jar: &str, name: &str, argument: Value) -> Called {
        let arguments = Value::Array(vec![argument]);
        let mut answer = self.line(json!({ "jar": jar, "call": name, "args": arguments }));
        Called { data: answer["data"].take(), error: answer["error"].take(), response: answer["response"].take() }
    }

    /// A fetch of the page's own script, with the jar's cookies: `status`, `headers`, `setCookie`, `body`.
    pub fn fetch(&mut self, jar: &str, path: &str) -> Value {
        self.line(json!({ "jar": jar, "fetch": { "url": path, "as": "script" } }))
    }

    /// The cookies that the browser keeps.
    pub fn cookies(&mut self, jar: &str) -> Value {
        self.line(json!({ "jar": jar, "cookies": true }))["cookies"].take()
    }

    fn line(&mut self, mut line: Value) -> Value {
        self.asked += 1;
        line["id"] = self.asked.into();
        writeln!(self.input, "{line}").expect("the client reads its lines");
        let asked = self.asked;
        let answer: Value = self.process.wait_for("an answer", |said| {
            let answer: Value = serde_json::from_str(said).ok()?;
            (answer["id"] == asked).then_some(answer)
        });
        assert!(answer["failed"].is_null(), "the client could not do {line}: {answer}");
        answer
    }
}
