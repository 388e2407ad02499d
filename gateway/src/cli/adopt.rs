//! `gateway adopt`: looks at the database of a Better Auth server, says what is to be done, does it, and takes it back.

mod words;

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{
    Outcome, Settings,
    database::{block_on, file, log_warnings},
    failure::{Misuse, PENDING, UNFIT},
    output::{note, print, print_json},
};
use crate::{
    config::DatabaseConfig,
    store::adopt::{self, Undoing, Verdict},
};

#[derive(Args)]
pub(super) struct Adopt {
    /// Only look: 0 nothing to do, 3 can be adopted, 4 can't.
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    /// Give the database back as it was.
    #[arg(long)]
    undo: bool,
    /// Only show the statements.
    #[arg(long, conflicts_with_all = ["check", "yes", "json"])]
    sql: bool,
    /// Don't ask.
    #[arg(long)]
    yes: bool,
    /// As JSON; with --check or --yes.
    #[arg(long)]
    json: bool,
}

impl Adopt {
    /// Exit code 0 when nothing is (any more) to be done, 3 when `--check` finds something or nobody agreed, 4 when the
    /// database can't be adopted.
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        if self.json && !self.check && !self.yes {
            return Err(Misuse("--json asks nobody; give --check to look or --yes to do it".to_owned()).into());
        }
        let database = settings.load()?.config.database;
        log_warnings()?;
        file(&database)?;
        block_on(async { if self.undo { self.give_back(&database).await } else { self.adopt(&database).await } })
    }

    async fn adopt(&self, database: &DatabaseConfig) -> Outcome {
        let seen = adopt::look(database).await?;
        if self.sql {
            print(&words::script(&seen.steps))?;
            return Ok(code(seen.verdict));
        }
        if !self.json {
            print(&words::adoption(database, &seen))?;
        }
        let doing = seen.verdict == Verdict::Adoptable && !self.check;
        if doing && !self.agreed("Adopt it?")? {
            return Ok(ExitCode::from(PENDING));
        }
        if doing {
            adopt::adopt(database, &seen).await?;
        }
        if self.json {
            print_json(&words::adoption_json(&seen, doing))?;
        } else if doing {
            print("adopted; `gateway adopt --undo` gives it back")?;
        }
        Ok(if doing { ExitCode::SUCCESS } else { code(seen.verdict) })
    }

    async fn give_back(&self, database: &DatabaseConfig) -> Outcome {
        let seen = adopt::look_back(database).await?;
        if self.sql {
            print(&words::script(&seen.steps))?;
            return Ok(ExitCode::SUCCESS);
        }
        if !self.json {
            print(&words::undoing(database, &seen))?;
        }
        if seen.steps.is_empty() || self.check {
            return self.told(&seen, false);
        }
        if !self.agreed("Give it back?")? {
            return Ok(ExitCode::from(PENDING));
        }
        adopt::give_back(database, &seen).await?;
        self.told(&seen, true)
    }

    fn told(&self, seen: &Undoing, done: bool) -> Outcome {
        if self.json {
            let steps: Vec<_> = seen.steps.iter().map(|step| json!({ "what": step.what, "sql": step.sql })).collect();
            print_json(&json!({ "done": done, "steps": steps, "kept": seen.kept }))?;
        } else if done {
            print("given back; nothing of the gateway is left but what is said above")?;
        }
        Ok(ExitCode::from(if done || seen.steps.is_empty() { 0 } else { PENDING }))
    }

    fn agreed(&self, question: &str) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            note("nothing was changed: there is no terminal to ask; give --yes to do it");
            return Ok(false);
        }
        let mut out = io::stderr().lock();
        write!(out, "{question} [y/N] ").ok();
        out.flush().ok();
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).context("asking")?;
        let agreed = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
        if !agreed {
            writeln!(out, "nothing was changed").ok();
        }
        Ok(agreed)
    }
}

fn code(verdict: Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Ready => 0,
        Verdict::Adoptable => PENDING,
        Verdict::Refused => UNFIT,
    })
}
