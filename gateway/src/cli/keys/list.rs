//! `gateway keys list`

use std::{process::ExitCode, sync::Arc};

use clap::Args;

use super::{KeyView, keys_of, table};
use crate::cli::{
    Outcome, Settings,
    database::{Database, MissingFile, on_database},
    output::{print, print_json},
};

#[derive(Args)]
pub(in crate::cli) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let keys = keys_of(database)?;
            let (all, signs) = keys.all().await?;
            let state = |key: &Arc<_>| match signs.as_ref().is_some_and(|signs| Arc::ptr_eq(signs, key)) {
                true => "signs",
                false if keys.is_shown(key) => "accepted",
                false => "over",
            };
            let views: Vec<_> = all.iter().map(|key| KeyView::of(key, state(key))).collect();
            if self.json {
                print_json(&views)?;
            } else if views.is_empty() {
                print("there are no keys yet; the first token makes one")?;
            } else {
                print(&table(&views).to_string())?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
