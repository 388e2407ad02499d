//! `gateway audit`: who did what, from the log that all gateways on the database share.

use std::{
    collections::{BTreeSet, HashMap},
    process::ExitCode,
};

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::{
    Outcome, Settings,
    database::{Database, MissingFile, on_database},
    output::{Date, note, print, print_json},
    table::Table,
    user::find_user,
};
use crate::{
    app::audit::What,
    config::{Period, nearest},
    store::{AuditEntry, AuditFilter, Store, UserId},
};

/// Entries read at once when all are.
const PAGE: u32 = 1_000;

#[derive(Args)]
pub(super) struct Audit {
    /// Only what was done by or to this user: address or id.
    #[arg(long)]
    user: Option<String>,
    /// Only this, such as sign_in, or a kind, such as session.
    #[arg(long, value_parser = what)]
    what: Option<String>,
    /// Only from then on: 90m, 24h, 7d, 2026-11-21 or a time.
    #[arg(long, value_name = "WHEN", value_parser = Since::read)]
    since: Option<Since>,
    /// Only the latest N; 0 for all.
    #[arg(long, default_value_t = 50, value_name = "N", conflicts_with = "export")]
    limit: u32,
    /// As JSON.
    #[arg(long, conflicts_with = "export")]
    json: bool,
    /// Everything, the oldest first, as one line of JSON each.
    #[arg(long)]
    export: bool,
    /// Export only entries behind this one.
    #[arg(long, value_name = "ID", requires = "export", default_value_t = 0)]
    after: i64,
}

/// From when on.
#[derive(Clone, Copy)]
pub(super) enum Since {
    Ago(Period),
    At(DateTime<Utc>),
}

/// An entry as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryView<'a> {
    id: i64,
    at: Date,
    what: &'a str,
    outcome: &'a str,
    actor: &'a str,
    actor_id: Option<&'a str>,
    subject_id: Option<&'a str>,
    session_id: Option<&'a str>,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    details: Value,
}

impl Audit {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let filter = self.filter(database).await?;
            if self.export {
                export(&database.store, filter).await?;
                return Ok(ExitCode::SUCCESS);
            }
            let most = if self.limit == 0 { u32::MAX } else { self.limit };
            let entries = database.store.latest_audit(&filter, most).await?;
            if self.json {
                print_json(&entries.iter().map(EntryView::from).collect::<Vec<_>>())?;
            } else if entries.is_empty() {
                print("nothing of that kind was noted")?;
                self.remark(database);
            } else {
                let names = names(&database.store, &entries).await?;
                print(&table(&entries, &names).to_string())?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }

    async fn filter(&self, Database { store, clock, .. }: &Database) -> anyhow::Result<AuditFilter> {
        let user = match &self.user {
            // Who is deleted is still found by id.
            Some(id) if !id.contains('@') => Some(UserId::from(id.as_str())),
            Some(address) => Some(find_user(store, address).await?.id),
            None => None,
        };
        let since = self.since.map(|since| match since {
            Since::Ago(period) => clock.now() - period.delta(),
            Since::At(time) => time,
        });
        Ok(AuditFilter { user, what: self.what.clone(), since, after: self.after })
    }

    fn remark(&self, database: &Database) {
        if !database.config.audit.enabled {
            note("note: the audit log is off (audit.enabled)");
        }
    }
}

/// Writes the log page by page.
async fn export(store: &Store, mut filter: AuditFilter) -> anyhow::Result<()> {
    loop {
        let entries = store.first_audit(&filter, PAGE).await?;
        let mut lines = String::new();
        for entry in &entries {
            lines.push_str(&serde_json::to_string(&EntryView::from(entry))?);
            lines.push('\n');
        }
        print(&lines)?;
        match entries.last() {
            Some(last) if entries.len() == PAGE as usize => filter.after = last.id,
            _ => return Ok(()),
        }
    }
}

impl<'a> From<&'a AuditEntry> for EntryView<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: Date(entry.at),
            what: &entry.what,
            outcome: &entry.outcome,
            actor: &entry.actor,
            actor_id: entry.actor_id.as_deref(),
            subject_id: entry.subject_id.as_deref(),
            session_id: entry.session_id.as_deref(),
            ip_address: entry.ip_address.as_deref(),
            user_agent: entry.user_agent.as_deref(),
            details: details(entry),
        }
    }
}

fn details(entry: &AuditEntry) -> Value {
    let details = entry.details.as_deref().and_then(|text| serde_json::from_str(text).ok());
    details.unwrap_or_else(|| Value::Object(serde_json::Map::new()))
}

/// The addresses of those who are in the entries and still have an account.
async fn names(store: &Store, entries: &[AuditEntry]) -> anyhow::Result<HashMap<String, String>> {
    let ids: BTreeSet<&str> =
        entries.iter().flat_map(|entry| [&entry.actor_id, &entry.subject_id]).flatten().map(String::as_str).collect();
    let mut names = HashMap::new();
    for id in ids {
        if let Some(user) = store.user_by_id(&UserId::from(id)).await? {
            names.insert(id.to_owned(), user.email);
        }
    }
    Ok(names)
}

fn table(entries: &[AuditEntry], names: &HashMap<String, String>) -> Table {
    let name = |id: &Option<String>| id.as_ref().map(|id| names.get(id).unwrap_or(id).clone());
    let mut table = Table::new(&["WHEN (UTC)", "WHAT", "OUTCOME", "BY", "TO", "FROM", "ALSO"]);
    for entry in entries {
        let by = name(&entry.actor_id).unwrap_or_else(|| entry.actor.clone());
        // Who did something to themselves stands there once.
        let to = name(&entry.subject_id).filter(|to| *to != by).unwrap_or_default();
        table.row([
            entry.at.format("%Y-%m-%d %H:%M:%S").to_string(),
            entry.what.clone(),
            entry.outcome.clone(),
            by,
            to,
            entry.ip_address.clone().unwrap_or_default(),
            also(entry),
        ]);
    }
    table
}

/// `method=email code=BANNED_USER`
fn also(entry: &AuditEntry) -> String {
    let Value::Object(details) = details(entry) else { return String::new() };
    let shown = |(name, value): (String, Value)| match value {
        Value::Null => None,
        Value::String(text) => Some(format!("{name}={text}")),
        other => Some(format!("{name}={other}")),
    };
    details.into_iter().filter_map(shown).collect::<Vec<_>>().join(" ")
}

/// A name in the log, or what several begin with.
pub(in crate::cli) fn what(text: &str) -> Result<String, String> {
    let names: BTreeSet<&str> =
        What::ALL.iter().flat_map(|what| [what.name(), what.name().split('.').next().unwrap_or_default()]).collect();
    if names.contains(text) {
        return Ok(text.to_owned());
    }
    let near = nearest(text, names.iter().copied()).map(|near| format!("; did you mean \"{near}\"?"));
    let all = || format!("; known are {}", names.iter().copied().collect::<Vec<_>>().join(", "));
    Err(format!("nothing of that name is noted{}", near.unwrap_or_else(all)))
}

impl Since {
    fn read(text: &str) -> Result<Self, String> {
        if let Ok(period) = text.parse() {
            return Ok(Self::Ago(period));
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(time.to_utc()));
        }
        let midnight = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
        let midnight = midnight.map(|time| Self::At(time.and_utc()));
        midnight.ok_or_else(|| "write how long ago, such as 24h or 7d, or a day such as 2026-11-21".to_owned())
    }
}
