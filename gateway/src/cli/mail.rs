//! `gateway mail …`: whether mails leave as configured.

mod test;

use clap::Subcommand;

use super::{Outcome, Settings};

#[derive(Subcommand)]
pub(super) enum MailCommand {
    /// Send a test mail, past the outbox, and tell how it went.
    Test(test::SendTest),
}

impl MailCommand {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        match self {
            Self::Test(test) => test.run(settings),
        }
    }
}
