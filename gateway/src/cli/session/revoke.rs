//! `gateway session revoke`

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use crate::{
    app::audit::What,
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{count, print},
        user::{find_user, view::address},
    },
    store::{Session, SessionFilter, Store},
};

/// Fewest characters by which a session is named.
const FEWEST: usize = 6;

#[derive(Args)]
pub(in crate::cli) struct Revoke {
    /// Ids of sessions, or the beginnings that `session list` shows.
    #[arg(value_name = "ID", required_unless_present = "user", conflicts_with = "user")]
    sessions: Vec<String>,
    /// End all sessions of this user, by address or id.
    #[arg(long)]
    user: Option<String>,
}

impl Revoke {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            match &self.user {
                Some(user) => revoke_all_of(database, user).await?,
                None => self.revoke_each(database).await?,
            }
            Ok(ExitCode::SUCCESS)
        })
    }

    /// All are found before the first one is ended.
    async fn revoke_each(&self, database: &Database) -> anyhow::Result<()> {
        let store = &database.store;
        let mut sessions = Vec::with_capacity(self.sessions.len());
        for id in &self.sessions {
            sessions.push(find_session(store, id).await?);
        }
        let mut ended = 0;
        for session in &sessions {
            let Some(session) = store.delete_session(&session.token).await? else { continue };
            let act = database.act(What::SessionRevoke).about(&session.user_id);
            database.note(act.with("ended", session.id.as_str())).await;
            ended += 1;
        }
        print(&format!("ended {}", count(ended, "session")))
    }
}

async fn revoke_all_of(database: &Database, named: &str) -> anyhow::Result<()> {
    let store = &database.store;
    let user = find_user(store, named).await?;
    let ended = usize::try_from(store.delete_sessions_of(&user.id).await?).unwrap_or(usize::MAX);
    database.note(database.act(What::SessionRevoke).about(&user.id).with("sessions", ended)).await;
    print(&format!("ended {} of {}", count(ended, "session"), address(&user)))
}

async fn find_session(store: &Store, id: &str) -> anyhow::Result<Session> {
    if let Some(session) = store.session_by_id(&id.into()).await? {
        return Ok(session);
    }
    if id.chars().count() < FEWEST {
        bail!("no session has the id \"{id}\"; give at least {FEWEST} characters of one");
    }
    let filter = SessionFilter { user_id: None, id_prefix: Some(id.to_owned()) };
    let mut found = store.list_sessions(&filter, 2).await?.into_iter();
    match (found.next(), found.next()) {
        (Some((session, _)), None) => Ok(session),
        (None, _) => bail!("no session has the id \"{id}\"; `gateway session list` shows them"),
        (Some(_), Some(_)) => bail!("several sessions have an id that begins with \"{id}\"; give more of it"),
    }
}
