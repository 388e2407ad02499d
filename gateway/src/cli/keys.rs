//! `gateway keys …`: the keys that sign tokens, by hand. Private halves are never shown.

mod list;
mod rotate;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Serialize;

use super::{
    Outcome, Settings,
    database::Database,
    output::{Date, minute},
    table::Table,
};
use crate::{
    config::secret::resolve_secrets,
    crypto::seal::AtRest,
    identity::keys::{Key, KeyRules, Keys},
};

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// List the keys that sign tokens, and those that are still accepted.
    List(list::List),
    /// Make a new key to sign with; tokens under the others stay good.
    Rotate(rotate::Rotate),
}

impl KeysCommand {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        match self {
            Self::List(list) => list.run(settings),
            Self::Rotate(rotate) => rotate.run(settings),
        }
    }
}

/// The keys of the opened database.
fn keys_of(database: &Database) -> anyhow::Result<Keys> {
    let Database { config, store, clock } = database;
    if !config.jwt.enabled {
        anyhow::bail!("tokens are off (jwt.enabled), so there are no keys");
    }
    let secrets = resolve_secrets(config).map_err(|problem| anyhow::anyhow!(problem.to_string()))?;
    Ok(Keys::new(store.clone(), AtRest::from(&secrets), KeyRules::new(&config.jwt), clock.clone()))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView {
    kid: String,
    alg: Option<&'static str>,
    state: &'static str,
    created_at: Date,
    expires_at: Option<Date>,
    #[serde(skip)]
    times: (DateTime<Utc>, Option<DateTime<Utc>>),
}

impl KeyView {
    fn of(key: &Key, state: &'static str) -> Self {
        let (created_at, expires_at) = (key.row.created_at, key.row.expires_at);
        Self {
            kid: key.row.id.clone(),
            alg: key.algorithm().map(crate::crypto::jwk::Algorithm::name),
            state,
            created_at: Date(created_at),
            expires_at: expires_at.map(Date),
            times: (created_at, expires_at),
        }
    }
}

fn table(keys: &[KeyView]) -> Table {
    let mut table = Table::new(&["KID", "ALGORITHM", "STATE", "MADE (UTC)", "SIGNS UNTIL"]);
    for key in keys {
        table.row([
            key.kid.clone(),
            key.alg.unwrap_or("unusable").to_owned(),
            key.state.to_owned(),
            minute(key.times.0),
            key.times.1.map(minute).unwrap_or_default(),
        ]);
    }
    table
}
