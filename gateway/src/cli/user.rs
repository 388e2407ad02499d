//! `gateway user …`: accounts by hand, in the database of the configuration. A running gateway hears of each change.

pub(super) mod ban;
pub(super) mod create;
mod delete;
mod find;
pub(super) mod list;
pub(super) mod password;
pub(super) mod role;
mod set_password;
mod show;
pub(super) mod view;

use clap::Subcommand;

use super::{Outcome, Settings};
pub(super) use find::find_user;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Make a user; asks for the password.
    Create(create::Create),
    /// List users.
    List(list::List),
    /// Show one user.
    Show(show::Show),
    /// Set the roles of a user.
    SetRole(role::SetRole),
    /// Keep a user out, and end all sessions of the user.
    Ban(ban::Ban),
    /// Let a banned user in again.
    Unban(ban::Unban),
    /// Set a new password; asks for it.
    SetPassword(set_password::SetPassword),
    /// Delete a user with sessions and ways to sign in.
    Delete(delete::Delete),
}

impl UserCommand {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        match self {
            Self::Create(create) => create.run(settings),
            Self::List(list) => list.run(settings),
            Self::Show(show) => show.run(settings),
            Self::SetRole(set_role) => set_role.run(settings),
            Self::Ban(ban) => ban.run(settings),
            Self::Unban(unban) => unban.run(settings),
            Self::SetPassword(set_password) => set_password.run(settings),
            Self::Delete(delete) => delete.run(settings),
        }
    }
}
