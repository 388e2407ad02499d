//! Load by `wrk`: the same request over and over on some connections, kept alive.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

/// How many connections ask at once.
pub(crate) const CONNECTIONS: usize = 32;

/// What `wrk` saw in one round.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Seen {
    /// Requests answered.
    pub(crate) requests: u64,
    /// For how long, in microseconds.
    pub(crate) micros: f64,
    /// 99 of 100 were answered within this, in microseconds.
    pub(crate) p99: f64,
    /// Answers of 400 and above, and broken connections.
    pub(crate) errors: u64,
}

const REPORT: &str = r#"
done = function(summary, latency)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('\n{"requests":%d,"micros":%d,"p99":%d,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), errors))
end
"#;

/// Asks for `url` with these headers for so long.
pub(crate) async fn run(folder: &Path, url: &str, headers: &[String], length: Duration) -> Result<Seen> {
    let script = folder.join("report.lua");
    tokio::fs::write(&script, REPORT).await?;
    let mut command = Command::new("wrk");
    command.args(["-t", "1", "-c", &CONNECTIONS.to_string(), "-d", &format!("{}s", length.as_secs().max(1))]);
    command.arg("-s").arg(&script);
    for header in headers {
        command.args(["-H", header]);
    }
    let output = command.arg(url).stderr(Stdio::inherit()).output().await.context("wrk can't be run")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk failed:\n{text}");
    let last = text.lines().rev().find(|line| line.starts_with('{')).context("wrk reported nothing")?;
    Ok(serde_json::from_str(last)?)
}
