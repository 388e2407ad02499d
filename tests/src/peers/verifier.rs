//! Programs that check tokens with nothing but the public keys.

use std::io::Write;
use std::process::{ChildStdin, Stdio};

use serde_json::Value;

use super::command;
use crate::process::Process;

/// A JOSE library of another language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// PyJWT.
    Python,
    /// jose on Node.
    Node,
}

/// A running verifier, which keeps the keys that it has fetched.
pub struct Verifier {
    process: Process,
    input: ChildStdin,
    asked: usize,
}

impl Verifier {
    /// Starts one that fetches the keys from `jwks` and wants this issuer and audience.
    pub fn start(library: Library, jwks: &str, issuer: &str, audience: &str) -> Self {
        let mut command = match library {
            Library::Python => command("python", "verify.py"),
            Library::Node => command("node", "verify.mjs"),
        };
        command.args([jwks, issuer, audience]).stdin(Stdio::piped());
        let mut process = Process::start_with_input("a verifier", &mut command);
        let input = process.take_input().expect("its input is piped");
        Self { process, input, asked: 0 }
    }

    /// The claims of a token; null when it is refused.
    pub fn claims(&mut self, token: &str) -> Value {
        writeln!(self.input, "{token}").expect("the verifier reads");
        let (asked, mut answers) = (self.asked, 0);
        self.asked += 1;
        self.process.wait_for("its answer", |line| {
            let answer: Value = serde_json::from_str(line).ok()?;
            answers += 1;
            (answers > asked).then_some(answer)
        })
    }
}
