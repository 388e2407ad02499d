//! `gateway session list`

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{Date, day, minute, note, print, print_json},
        table::Table,
        user::find_user,
    },
    store::{Session, SessionFilter, User},
};

/// Characters of an id in the table: `revoke` takes the beginning of one.
const SHOWN: usize = 10;

#[derive(Args)]
pub(in crate::cli) struct List {
    /// Only sessions of this user, by address or id.
    #[arg(long)]
    user: Option<String>,
    /// Only the latest N; 0 for all.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: u32,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView<'a> {
    id: &'a str,
    user_id: &'a str,
    email: &'a str,
    created_at: Date,
    updated_at: Date,
    expires_at: Date,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    impersonated_by: Option<&'a str>,
}

impl List {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |Database { store, clock, .. }: &Database| {
            let user_id = match &self.user {
                Some(user) => Some(find_user(store, user).await?.id),
                None => None,
            };
            let most = if self.limit == 0 { u32::MAX } else { self.limit };
            let mut sessions = store.list_sessions(&SessionFilter { user_id, id_prefix: None }, most).await?;
            let full = sessions.len() >= most as usize;
            let now = clock.now();
            sessions.retain(|(session, _)| session.expires_at > now);
            if self.json {
                print_json(&sessions.iter().map(SessionView::from).collect::<Vec<_>>())?;
            } else if sessions.is_empty() {
                print("nobody is signed in")?;
            } else {
                print(&table(&sessions).to_string())?;
            }
            if full {
                note(&format!("only the latest {most} sessions were looked at; --limit shows more"));
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl<'a> From<&'a (Session, User)> for SessionView<'a> {
    fn from((session, user): &'a (Session, User)) -> Self {
        Self {
            id: session.id.as_str(),
            user_id: session.user_id.as_str(),
            email: &user.email,
            created_at: Date(session.created_at),
            updated_at: Date(session.updated_at),
            expires_at: Date(session.expires_at),
            ip_address: session.ip_address.as_deref(),
            user_agent: session.user_agent.as_deref(),
            impersonated_by: session.impersonated_by.as_deref(),
        }
    }
}

pub(in crate::cli) fn table(sessions: &[(Session, User)]) -> Table {
    let mut table = Table::new(&["ID", "USER", "FROM", "BEGAN (UTC)", "ENDS"]);
    for (session, user) in sessions {
        table.row([
            session.id.as_str().chars().take(SHOWN).collect(),
            user.email.clone(),
            session.ip_address.clone().unwrap_or_default(),
            minute(session.created_at),
            day(session.expires_at),
        ]);
    }
    table
}
