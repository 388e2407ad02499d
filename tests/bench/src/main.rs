//! Measures the gateway beside nginx and a bare Pingora proxy, all in one run on one machine: CPU time per request
//! under steady load, session misses, sign-ins, revocation, memory, start. Prints a table with the budgets beside the
//! numbers and writes everything as JSON. It measures and judges; nothing fails because it is slow.

mod cast;
mod http;
mod miss;
mod peers;
mod process;
mod report;
mod revocation;
mod rounds;
mod sign_in;
mod start;
mod steady;
mod wrk;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use gateway_tests::cluster::Cluster;
use gateway_tests::db::Database;

use cast::{Scene, setup};
use peers::Upstream;
use report::Report;

/// Measures the gateway beside nginx and a bare Pingora proxy.
#[derive(Debug, Parser)]
struct Options {
    /// Few and short rounds: less than a minute, less exact.
    #[arg(long)]
    quick: bool,
    /// Rounds of each steady load.
    #[arg(long)]
    rounds: Option<usize>,
    /// Measure only this; can be given several times.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Where the results go as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Steady,
    Miss,
    SignIn,
    Revocation,
    Start,
}

/// How much is done of everything.
struct Effort {
    rounds: usize,
    round: Duration,
    sessions: usize,
    trials: usize,
    starts: usize,
    flood: usize,
}

const FULL: Effort =
    Effort { rounds: 6, round: Duration::from_secs(2), sessions: 100_000, trials: 400, starts: 7, flood: 1000 };
const QUICK: Effort =
    Effort { rounds: 2, round: Duration::from_secs(1), sessions: 10_000, trials: 100, starts: 3, flood: 1000 };

/// What every part needs.
struct Bench {
    folder: PathBuf,
    upstream: Upstream,
    cluster: Cluster,
    effort: Effort,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let mut effort = if options.quick { QUICK } else { FULL };
    effort.rounds = options.rounds.unwrap_or(effort.rounds);
    let bench = Bench {
        folder: folder.path().to_owned(),
        upstream: Upstream::start(folder.path()).await?,
        cluster: Cluster::start(),
        effort,
    };
    let mut report = Report { load_average: std::fs::read_to_string("/proc/loadavg")?, ..Report::default() };
    for part in Part::value_variants() {
        if options.only.is_empty() || options.only.contains(part) {
            bench.measure(*part, &mut report).await?;
        }
    }
    report.judge();
    write_json(&options.json, &report)?;
    say(&format!("\n{report}"));
    Ok(())
}

impl Bench {
    async fn measure(&self, part: Part, report: &mut Report) -> Result<()> {
        say(&format!("measuring: {part:?}"));
        match part {
            Part::Steady => report.steady = steady::run(self).await?,
            Part::Miss => {
                let count = self.effort.sessions;
                report.misses = Some(miss::run(&Database::sqlite(), &self.upstream.address, count).await?);
                let database = Database::at(&self.cluster.new_database().await);
                report.misses_postgres = Some(miss::run(&database, &self.upstream.address, count / 5).await?);
            }
            Part::SignIn => {
                let database = Database::sqlite();
                let mut scene = Scene::start(setup(&database, &self.upstream.address)).await;
                report.sign_in = Some(sign_in::rate(&mut scene, self.effort.round * 2).await?);
                report.flood = Some(sign_in::flood(&mut scene, self.effort.flood, self.effort.round * 2).await?);
            }
            Part::Revocation => {
                let database = Database::at(&self.cluster.new_database().await);
                let trials = self.effort.trials;
                report.revocation = Some(revocation::run(&database, &self.upstream.address, trials).await?);
            }
            Part::Start => {
                let database = Database::sqlite();
                report.start = Some(start::run(&database, &self.upstream.address, self.effort.starts).await?);
            }
        }
        Ok(())
    }
}

fn write_json(file: &Path, report: &Report) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, serde_json::to_vec_pretty(report)?).with_context(|| file.display().to_string())
}

#[expect(clippy::print_stdout, reason = "it is a program for the terminal")]
fn say(text: &str) {
    println!("{text}");
}
