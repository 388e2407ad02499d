//! Opening the database of the configuration for one command, beside a gateway that may be running on it.

use std::{os::unix::fs::MetadataExt, path::PathBuf, sync::Arc};

use anyhow::{Context, bail};

use super::{Outcome, Settings, output::note};
use crate::{
    app::audit::{Act, Actor, What},
    clock::Clock,
    config::{Config, DatabaseConfig, LogFormat, TelemetryConfig},
    store::{Store, Unwatched},
    telemetry,
};

/// The opened database and what it was opened with.
pub(super) struct Database {
    /// As configured.
    pub(super) config: Config,
    /// Accounts and sessions.
    pub(super) store: Store,
    /// The time.
    pub(super) clock: Clock,
}

impl Database {
    /// Something done from the command line, by the user of the system with this number, for [`Database::note`].
    pub(super) fn act(&self, what: What) -> Act {
        let act = Act::new(what, Actor::Cli);
        match std::fs::metadata("/proc/self") {
            Ok(own) => act.with("uid", own.uid()),
            Err(_) => act,
        }
    }

    /// Writes it into the audit log. That this fails is told, and undoes nothing.
    pub(super) async fn note(&self, act: Act) {
        if !self.config.audit.enabled {
            return;
        }
        if let Err(error) = self.store.append_audit(&act.entry(self.clock.now())).await {
            note(&format!("note: this could not be written into the audit log: {error}"));
        }
    }
}

/// What to do where there is no SQLite file yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingFile {
    /// Nothing is there to be shown or changed.
    Refuse,
    /// Make it: the gateway may be set up before its first start.
    Make,
}

/// Opens the database, does the work, closes it.
pub(super) fn on_database<W>(settings: &Settings, missing: MissingFile, work: W) -> Outcome
where
    W: AsyncFnOnce(&Database) -> Outcome,
{
    let config = settings.load()?.config;
    log_warnings()?;
    block_on(async {
        let database = open(config, missing).await?;
        let outcome = work(&database).await;
        database.store.close().await;
        outcome
    })
}

/// Runs a future on this thread.
pub(super) fn block_on(future: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("starting the runtime")?.block_on(future)
}

/// Commands are silent but for warnings, which leave at once.
pub(super) fn log_warnings() -> anyhow::Result<()> {
    let config = TelemetryConfig { log: LogFormat::Text, level: "warn".into(), ..TelemetryConfig::default() };
    telemetry::start_logging(&config).map(drop).context("starting the log")
}

/// The SQLite file, none on PostgreSQL. A database in memory is nobody else's business.
pub(super) fn file(config: &DatabaseConfig) -> anyhow::Result<Option<PathBuf>> {
    let file = config.sqlite_file();
    if file.is_none() && config.is_sqlite() {
        bail!("the database is in memory (database.url): only the gateway that runs on it has it");
    }
    Ok(file)
}

/// Where the database is; no user, no password.
pub(super) fn place(config: &DatabaseConfig) -> String {
    if let Some(file) = config.sqlite_file() {
        return format!("SQLite at {}", file.display());
    }
    if config.is_sqlite() {
        return "SQLite in memory".to_owned();
    }
    let url = url::Url::parse(config.url.expose()).ok();
    let host = url.as_ref().and_then(url::Url::host_str).filter(|host| !host.is_empty());
    let name = url.as_ref().map(|url| url.path().trim_start_matches('/')).unwrap_or_default();
    let port = url.as_ref().and_then(url::Url::port).map(|port| format!(":{port}")).unwrap_or_default();
    match host {
        Some(host) => format!("PostgreSQL at {host}{port}/{name}"),
        None => "PostgreSQL".to_owned(),
    }
}

async fn open(config: Config, missing: MissingFile) -> anyhow::Result<Database> {
    let absent = file(&config.database)?.filter(|file| !file.exists());
    if let Some(file) = absent.as_ref().filter(|_| missing == MissingFile::Refuse) {
        bail!(
            "there is no database file {}; name another one (--config, --database-url), or make it with `gateway migrate`",
            file.display()
        );
    }
    let clock = Clock::system();
    let store = Store::open(&config.database, clock.clone(), Arc::new(Unwatched)).await?;
    if let Some(file) = absent {
        note(&format!("made the database file {}", file.display()));
    }
    Ok(Database { config, store, clock })
}
