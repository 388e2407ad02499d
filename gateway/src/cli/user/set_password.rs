//! `gateway user set-password`

use std::process::ExitCode;

use clap::Args;

use super::{
    find_user,
    password::{PasswordSource, hash},
    view::address,
};
use crate::{
    app::audit::What,
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{count, print},
    },
};

#[derive(Args)]
pub(in crate::cli) struct SetPassword {
    /// Address or id.
    user: String,
    #[command(flatten)]
    password: PasswordSource,
    /// End all sessions of the user, too.
    #[arg(long)]
    sign_out: bool,
}

impl SetPassword {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let Database { config, store, .. } = database;
            let user = find_user(store, &self.user).await?;
            let hash = hash(config, self.password.read(config)?).await?;
            store.set_password(&user.id, hash.expose()).await?;
            let act = database.act(What::PasswordSet).about(&user.id);
            database.note(act.with("sessions_ended", if self.sign_out { "all" } else { "none" })).await;
            let address = address(&user);
            if self.sign_out {
                let ended = usize::try_from(store.delete_sessions_of(&user.id).await?).unwrap_or(usize::MAX);
                print(&format!("{address} has a new password; ended {}", count(ended, "session")))?;
            } else {
                print(&format!("{address} has a new password; sessions go on"))?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
