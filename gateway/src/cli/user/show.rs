//! `gateway user show`

use std::{fmt::Write, process::ExitCode};

use clap::Args;
use serde::Serialize;

use super::{
    find_user,
    view::{UserView, ban},
};
use crate::{
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{harmless, minute, print, print_json},
    },
    store::User,
};

#[derive(Args)]
pub(in crate::cli) struct Show {
    /// Address or id.
    user: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(flatten)]
    user: UserView<'a>,
    has_password: bool,
    sessions: usize,
}

impl Show {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let Database { store, clock, .. } = database;
            let (user, now) = (find_user(store, &self.user).await?, clock.now());
            let has_password = store.credential_of(&user.id).await?.is_some_and(|account| account.password.is_some());
            let sessions = store.sessions_of(&user.id, now).await?.len();
            if self.json {
                print_json(&Shown { user: UserView::from(&user), has_password, sessions })?;
            } else {
                let ban = ban(&user, now);
                let signs_in = if has_password { "by password" } else { "" };
                print(&told(&user, &ban, signs_in, &sessions.to_string()))?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn told(user: &User, ban: &str, signs_in: &str, sessions: &str) -> String {
    let reason = user.ban_reason.as_deref().filter(|_| !ban.is_empty()).unwrap_or_default();
    let verified = if user.email_verified { "verified" } else { "not verified" };
    let lines = [
        ("id", user.id.as_str()),
        ("address", &format!("{} ({verified})", user.email)),
        ("name", &user.name),
        ("image", user.image.as_deref().unwrap_or_default()),
        ("role", user.role.as_deref().unwrap_or_default()),
        ("banned", ban),
        ("reason", reason),
        ("signs in", signs_in),
        ("sessions", sessions),
        ("made", &format!("{} UTC", minute(user.created_at))),
        ("changed", &format!("{} UTC", minute(user.updated_at))),
    ];
    let mut text = String::new();
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(text, "{name:<9} {}", harmless(value)).ok();
    }
    text
}
