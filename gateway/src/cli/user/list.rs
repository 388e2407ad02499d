//! `gateway user list`

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;

use super::view::UserView;
use crate::{
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{cut, day, note, print, print_json},
        table::Table,
    },
    store::{Store, User, UserFilter},
};

/// Users read at once.
const PAGE: u32 = 500;
/// Most characters of a name in the table.
const MOST_NAME: usize = 12;

#[derive(Args)]
pub(in crate::cli) struct List {
    /// Only users with this text in name or address.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only users with this role.
    #[arg(long)]
    role: Option<String>,
    /// Only users who are banned.
    #[arg(long)]
    banned: bool,
    /// Only the first N; 0 for all.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: u64,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let filter = self.filter();
            let users = read(&database.store, &filter, self.most()).await?;
            if self.json {
                print_json(&users.iter().map(UserView::from).collect::<Vec<_>>())?;
            } else {
                print(&self.told(&users, database.clock.now()))?;
            }
            let all = database.store.count_users(&filter).await?;
            if all > users.len() as u64 {
                note(&format!("{} of {all} users; --limit shows more", users.len()));
            }
            Ok(ExitCode::SUCCESS)
        })
    }

    fn filter(&self) -> UserFilter {
        UserFilter { search: self.search.clone(), role: self.role.clone(), banned: self.banned.then_some(true) }
    }

    fn most(&self) -> usize {
        if self.limit == 0 { usize::MAX } else { usize::try_from(self.limit).unwrap_or(usize::MAX) }
    }

    fn told(&self, users: &[User], now: DateTime<Utc>) -> String {
        match users {
            [] if self.search.is_none() && self.role.is_none() && !self.banned => {
                "there are no users yet; make one with `gateway user create`".to_owned()
            }
            [] => "no user is like that".to_owned(),
            users => table(users, now).to_string(),
        }
    }
}

/// Page by page, so that no single query is long.
async fn read(store: &Store, filter: &UserFilter, most: usize) -> anyhow::Result<Vec<User>> {
    let mut users = Vec::new();
    loop {
        let page = store.list_users(filter, PAGE, users.len() as u64).await?;
        let last = page.len() < PAGE as usize;
        users.extend(page);
        if last || users.len() >= most {
            users.truncate(most);
            return Ok(users);
        }
    }
}

pub(in crate::cli) fn table(users: &[User], now: DateTime<Utc>) -> Table {
    let mut table = Table::new(&["ADDRESS", "NAME", "ROLE", "VERIFIED", "BANNED UNTIL", "MADE"]);
    for user in users {
        table.row([
            user.email.clone(),
            cut(&user.name, MOST_NAME),
            user.role.clone().unwrap_or_default(),
            if user.email_verified { "yes" } else { "" }.to_owned(),
            banned_until(user, now),
            day(user.created_at),
        ]);
    }
    table
}

/// Empty for those who are not banned.
fn banned_until(user: &User, now: DateTime<Utc>) -> String {
    match user.ban_expires {
        _ if !user.is_banned(now) => String::new(),
        Some(until) => day(until),
        None => "for good".to_owned(),
    }
}
