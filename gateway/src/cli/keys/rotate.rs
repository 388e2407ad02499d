//! `gateway keys rotate`

use std::process::ExitCode;

use clap::Args;

use super::{KeyView, keys_of};
use crate::{
    app::audit::What,
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{print, print_json},
    },
};

#[derive(Args)]
pub(in crate::cli) struct Rotate {
    /// The new key as JSON.
    #[arg(long)]
    json: bool,
}

impl Rotate {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let key = keys_of(database)?.rotate().await?;
            let view = KeyView::of(&key, "signs");
            let act = database.act(What::KeyRotate).with("kid", view.kid.as_str());
            database.note(act.with("alg", view.alg)).await;
            if self.json {
                print_json(&view)?;
            } else {
                let grace = database.config.jwt.grace_period;
                print(&format!("{} signs from now on; the keys before it are accepted for another {grace}", view.kid))?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
