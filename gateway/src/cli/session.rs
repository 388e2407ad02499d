//! `gateway session …`: sessions by hand. Tokens are never shown: who has one is signed in.

mod list;
mod revoke;

use clap::Subcommand;

use super::{Outcome, Settings};

#[cfg(test)]
pub(super) use list::table;

#[derive(Subcommand)]
pub(super) enum SessionCommand {
    /// List sessions that have not ended.
    List(list::List),
    /// End sessions.
    Revoke(revoke::Revoke),
}

impl SessionCommand {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        match self {
            Self::List(list) => list.run(settings),
            Self::Revoke(revoke) => revoke.run(settings),
        }
    }
}
