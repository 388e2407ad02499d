//! The steady loads: each target in turn, round after round, so that what disturbs the machine disturbs all of them.
//! Of all rounds the one with the least CPU time per request counts.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::http::{self, Connection};
use crate::process::cpu_time;
use crate::wrk;

/// A server with a request to be asked again and again.
pub(crate) struct Target {
    /// Name in the table.
    pub(crate) name: &'static str,
    /// The process that is charged, with its children.
    pub(crate) pid: u32,
    /// `host:port`.
    pub(crate) address: String,
    /// Path asked for.
    pub(crate) path: &'static str,
    /// Header lines that go along.
    pub(crate) headers: Vec<String>,
    /// What the body of the answer must hold, so that nothing is measured that doesn't do its work.
    pub(crate) proof: String,
}

/// The best of what was seen of a target.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Best {
    /// Name of the target.
    pub(crate) name: &'static str,
    /// Least CPU time per request, in microseconds.
    pub(crate) cpu_us: f64,
    /// Most requests per second.
    pub(crate) per_second: f64,
    /// Least 99th percentile, in milliseconds.
    pub(crate) p99_ms: f64,
    /// CPU time per request of each round, in microseconds.
    pub(crate) rounds_us: Vec<f64>,
    /// Answers that were errors, in all rounds.
    pub(crate) errors: u64,
}

/// Runs all targets, `rounds` times each for so long.
pub(crate) async fn run(folder: &Path, targets: &[Target], rounds: usize, length: Duration) -> Result<Vec<Best>> {
    for target in targets {
        prove(target).await?;
    }
    let mut best: Vec<Best> = targets.iter().map(|target| Best::of(target.name)).collect();
    for round in 0..rounds {
        for at in 0..targets.len() {
            // Every other round goes backwards, so that nobody always follows the same neighbour.
            let at = if round % 2 == 0 { at } else { targets.len() - 1 - at };
            best[at].add(folder, &targets[at], length).await?;
        }
    }
    Ok(best)
}

async fn prove(target: &Target) -> Result<()> {
    let request = http::get(&target.address, target.path, &target.headers);
    let answer = Connection::open(&target.address).await?.ask(&request).await?;
    let text = answer.text();
    ensure!(
        answer.status == 200 && (answer.head.contains(&target.proof) || text.contains(&target.proof)),
        "{} should answer 200 and {:?}, but:\n{}{text}",
        target.name,
        target.proof,
        answer.head
    );
    Ok(())
}

impl Best {
    fn of(name: &'static str) -> Self {
        Self { name, cpu_us: f64::MAX, per_second: 0.0, p99_ms: f64::MAX, rounds_us: Vec::new(), errors: 0 }
    }

    async fn add(&mut self, folder: &Path, target: &Target, length: Duration) -> Result<()> {
        let url = format!("http://{}{}", target.address, target.path);
        let before = cpu_time(target.pid)?;
        let seen = wrk::run(folder, &url, &target.headers, length).await?;
        let used = cpu_time(target.pid)? - before;
        ensure!(seen.requests > 0, "{} answered nothing", target.name);
        let cpu_us = used.as_secs_f64() * 1e6 / seen.requests as f64;
        self.rounds_us.push(cpu_us);
        self.cpu_us = self.cpu_us.min(cpu_us);
        self.per_second = self.per_second.max(seen.requests as f64 * 1e6 / seen.micros);
        self.p99_ms = self.p99_ms.min(seen.p99 / 1000.0);
        self.errors += seen.errors;
        Ok(())
    }
}
