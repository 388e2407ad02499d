//! `gateway check`: reads the configuration as `run` would, starts nothing, and tells every problem.

use std::{path::Path, process::ExitCode};

use clap::Args;
use serde::Serialize;

use super::{
    Outcome, Settings,
    database::place,
    failure::Refused,
    output::{count, note, print, print_json},
};
use crate::{
    config::{Key, Place, Problem, load::Loaded},
    proxy::route::{self, Routes},
};

#[derive(Args)]
pub(super) struct Check {
    /// As JSON: each problem with its place and key.
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Exit code 0 when the configuration can be served, 2 when it can't.
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        let checked = settings.load().and_then(compile);
        if self.json {
            let doubts = checked.as_ref().map(doubts).unwrap_or_default();
            print_json(&Report { warnings: doubts.iter().map(Entry::of).collect(), ..Report::of(&checked) })?;
            return Ok(ExitCode::from(if checked.is_ok() { 0 } else { 2 }));
        }
        let loaded = checked?;
        doubts(&loaded).iter().for_each(|doubt| note(&format!("warning: {doubt}")));
        print(&summary(&loaded))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Compiles what the proxy compiles at the start.
fn compile(loaded: Loaded) -> Result<Loaded, Refused> {
    match Routes::compile(&loaded.config) {
        Ok(_) => Ok(loaded),
        Err(messages) => Err(Refused(messages.into_iter().map(|message| loaded.problem("routes", message)).collect())),
    }
}

/// What can be served, but hardly as it was meant.
fn doubts(loaded: &Loaded) -> Vec<Problem> {
    let doubts = route::doubts(&loaded.config).into_iter();
    doubts.map(|(index, message)| loaded.problem(Key::from("routes").at(index).name("permissions"), message)).collect()
}

fn summary(loaded: &Loaded) -> String {
    let name = loaded.file.as_deref().map_or("the configuration".into(), Path::to_string_lossy);
    let config = &loaded.config;
    let (routes, upstreams) = (count(config.routes.len(), "route"), count(config.upstreams.len(), "upstream"));
    format!("{name} is fine: {routes}, {upstreams}, {}", place(&config.database))
}

/// What `--json` shows.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    ok: bool,
    problems: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Entry<'a>>,
}

#[derive(Default, Serialize)]
struct Entry<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    environment: Option<&'a str>,
    flag: Option<&'a str>,
    key: &'a str,
    message: &'a str,
}

impl<'a> Report<'a> {
    pub(super) fn of(checked: &'a Result<Loaded, Refused>) -> Self {
        let problems = checked.as_ref().err().map(|refused| refused.0.as_slice()).unwrap_or_default();
        Self { ok: problems.is_empty(), problems: problems.iter().map(Entry::of).collect(), warnings: Vec::new() }
    }
}

impl<'a> Entry<'a> {
    fn of(problem: &'a Problem) -> Self {
        let entry = Self { key: &problem.key, message: &problem.message, ..Self::default() };
        match &problem.place {
            Place::File { file, line, column } => {
                Self { file: Some(file), line: Some(*line), column: Some(*column), ..entry }
            }
            Place::Environment(name) => Self { environment: Some(name), ..entry },
            Place::Flag(name) => Self { flag: Some(name), ..entry },
            Place::Nowhere => entry,
        }
    }
}
