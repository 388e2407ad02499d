//! `gateway openapi`: the OpenAPI document of the auth API, as this configuration serves it.

use std::process::ExitCode;

use clap::Args;

use super::{Outcome, Settings, output::print_json};
use crate::auth::openapi;

#[derive(Args)]
pub(super) struct OpenApi {}

impl OpenApi {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        let config = settings.load()?.config;
        let public_url = config.public_url(None);
        print_json(&openapi::document(&config, &public_url))?;
        Ok(ExitCode::SUCCESS)
    }
}
