//! `gateway user delete`

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;

use super::{find_user, view::address};
use crate::{
    app::audit::What,
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        failure::Misuse,
        output::{harmless, print},
    },
    store::User,
};

#[derive(Args)]
pub(in crate::cli) struct Delete {
    /// Address or id.
    user: String,
    /// Don't ask.
    #[arg(long)]
    yes: bool,
}

impl Delete {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        if !self.yes && !io::stdin().is_terminal() {
            return Err(Misuse("there is no terminal to ask; give --yes to delete without asking".to_owned()).into());
        }
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let user = find_user(&database.store, &self.user).await?;
            if !self.yes && !agreed(&user)? {
                bail!("nothing was deleted");
            }
            if !database.store.delete_user(&user.id).await? {
                bail!("{} was deleted in the meantime", address(&user));
            }
            database.note(database.act(What::UserDelete).about(&user.id)).await;
            print(&format!("deleted {}", address(&user)))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn agreed(user: &User) -> anyhow::Result<bool> {
    let mut out = io::stderr().lock();
    write!(out, "Delete {} ({}) for good? [y/N] ", address(user), harmless(&user.name)).ok();
    out.flush().ok();
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("asking")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
