//! `gateway migrate`: brings the schema up to date, or only says what that would take.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{
    Outcome, Settings,
    database::{block_on, file, log_warnings, place},
    failure::PENDING,
    output::{print, print_json},
};
use crate::{
    config::DatabaseConfig,
    store::{OpenError, migrate},
};

#[derive(Args)]
pub(super) struct Migrate {
    /// Only say what is to be done; exit code 3 if there is something.
    #[arg(long)]
    check: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// Exit code 0 when the schema is (now) up to date, 3 when `--check` finds something to do.
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        let database = settings.load()?.config.database;
        log_warnings()?;
        file(&database)?;
        block_on(async { if self.check { self.look(&database).await } else { self.apply(&database).await } })
    }

    async fn look(&self, database: &DatabaseConfig) -> Outcome {
        let state = migrate::state(database).await?;
        if let Some(version) = state.newer {
            return Err(OpenError::Newer(version).into());
        }
        if !state.problems.is_empty() {
            return Err(OpenError::Layout(state.problems).into());
        }
        let current = state.pending.is_empty();
        if self.json {
            print_json(&json!({ "upToDate": current, "pending": state.pending }))?;
        } else {
            print(&told(database, "to be done", &state.pending))?;
        }
        Ok(ExitCode::from(if current { 0 } else { PENDING }))
    }

    async fn apply(&self, database: &DatabaseConfig) -> Outcome {
        let done = migrate::run(database).await?;
        if self.json {
            print_json(&json!({ "upToDate": true, "applied": done }))?;
        } else {
            print(&told(database, "done", &done))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn told(database: &DatabaseConfig, what: &str, steps: &[String]) -> String {
    let place = place(database);
    if steps.is_empty() {
        return format!("{place} is up to date");
    }
    let steps: String = steps.iter().map(|step| format!("  {step}\n")).collect();
    format!("{place}, {what}:\n{steps}")
}
