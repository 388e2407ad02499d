//! `gateway user set-role`, and how roles are written on the command line.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::{find_user, view::address};
use crate::{
    app::audit::What,
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{note, print},
    },
    config::{Config, nearest},
};

#[derive(Args)]
pub(in crate::cli) struct SetRole {
    /// Address or id.
    user: String,
    /// One or several, a,b; replaces what the user has.
    #[arg(value_parser = roles)]
    role: String,
}

impl SetRole {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let before = find_user(&database.store, &self.user).await?;
            let Some(user) = database.store.set_role(&before.id, &self.role).await? else {
                bail!("{} was deleted in the meantime", address(&before));
            };
            let act = database.act(What::UserRole).about(&user.id).with("from", before.role.as_deref());
            database.note(act.with("to", self.role.as_str())).await;
            note_unknown(&database.config, &self.role);
            print(&format!("{} has the role {} now", address(&user), self.role))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Reads `admin` or `admin, editor`.
pub(in crate::cli) fn roles(text: &str) -> Result<String, String> {
    let names: Vec<&str> = text.split(',').map(str::trim).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err("a role has a name; write \"admin\" or \"admin,editor\"".to_owned());
    }
    if let Some(odd) = text.chars().find(|c| c.is_control()) {
        return Err(format!("a role has no {odd:?} in its name"));
    }
    Ok(names.join(","))
}

/// A role that no rule names does nothing; it may be a slip.
pub(super) fn note_unknown(config: &Config, roles: &str) {
    let known = config.role_names();
    for role in roles.split(',').filter(|role| !known.contains(role)) {
        let hint = nearest(role, known.iter().copied()).map(|near| format!("; did you mean \"{near}\"?"));
        note(&format!("note: no route and no setting names the role \"{role}\"{}", hint.unwrap_or_default()));
    }
}
