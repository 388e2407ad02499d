//! `gateway version`.

use std::{
    env::consts::{ARCH, OS},
    process::ExitCode,
};

use clap::Args;
use serde_json::json;

use super::{
    Outcome,
    output::{print, print_json},
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Args)]
pub(super) struct Version {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Version {
    pub(super) fn run(&self) -> Outcome {
        if self.json {
            print_json(&json!({ "version": VERSION, "os": OS, "arch": ARCH }))?;
        } else {
            print(&format!("gateway {VERSION}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
