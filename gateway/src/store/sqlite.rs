//! Opening a SQLite file: one connection that writes, some that read.

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Db, OpenError, error::text, migrate};
use crate::config::DatabaseConfig;

/// How long to wait for another process that writes. Below the limit of a query, so that SQLite gives up first.
const BUSY_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a query may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// Each reader is a thread.
const READERS: u32 = 4;

/// Whether the URL names SQLite.
pub(super) fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// Makes the file if there is none, looks after the schema and makes the pools.
pub(super) async fn open(config: &DatabaseConfig) -> Result<Db, OpenError> {
    let options = options(config)?;
    let Some(path) = file(config)? else {
        let writer = writer(options).await.map_err(|error| OpenError::Url(text(&error)))?;
        migrate::settle_sqlite(&writer, true).await?;
        return Ok(Db::Sqlite { reader: writer.clone(), writer });
    };
    if config.migrate || path.exists() {
        prepare(&path)?;
    } else {
        return Err(OpenError::Pending(vec!["the file does not exist".into()]));
    }
    let writer = open_file(&path, options.clone()).await?;
    migrate::settle_sqlite(&writer, config.migrate).await?;
    // Only now: a connection that may not write can't open a file that has no tables and no log yet.
    let reader = SqlitePoolOptions::new()
        .max_connections(config.max_connections.clamp(1, READERS))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true));
    Ok(Db::Sqlite { reader, writer })
}

/// The file of the URL, relative to the working directory; none means in memory.
pub(super) fn file(config: &DatabaseConfig) -> Result<Option<PathBuf>, OpenError> {
    let url = config.url.expose();
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let options = options(config)?;
    let path = options.get_filename();
    if !in_memory && path.as_os_str().is_empty() {
        return Err(OpenError::Url("it names no file".into()));
    }
    Ok((!in_memory).then(|| path.to_owned()))
}

/// The writing connection to an existing file.
pub(super) async fn open_file(path: &Path, options: SqliteConnectOptions) -> Result<SqlitePool, OpenError> {
    // Turning the log on needs the file for oneself, and SQLite does not wait for that.
    const TRIES: u32 = 40;
    const PAUSE: Duration = Duration::from_millis(50);
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match writer(options.clone()).await {
            Ok(pool) => return Ok(pool),
            Err(error) => error,
        };
        let reason = text(&error);
        if tries == TRIES || !reason.contains("locked") {
            return Err(OpenError::File { path: path.to_owned(), reason: explain(reason) });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn explain(reason: String) -> String {
    if reason.contains("not a database") {
        return "it exists and is not a SQLite database".into();
    }
    if reason.contains("locked") {
        return "another program keeps it locked".into();
    }
    reason
}

/// The URL's options with ours.
pub(super) fn options(config: &DatabaseConfig) -> Result<SqliteConnectOptions, OpenError> {
    let options = SqliteConnectOptions::from_str(config.url.expose()).map_err(|error| OpenError::Url(text(&error)))?;
    Ok(options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .shared_cache(false)
        .busy_timeout(BUSY_TIMEOUT))
}

async fn writer(options: SqliteConnectOptions) -> sqlx::Result<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options.optimize_on_close(true, None))
        .await
}

/// Makes the file, for its owner only: it holds hashes and tokens.
fn prepare(path: &Path) -> Result<(), OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(OpenError::Folder(folder.to_owned()));
    }
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.map(drop).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::IsADirectory => "it is a folder; name a file in it".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "no right to read and write it; SQLite also writes into its folder".to_owned()
            }
            _ => error.to_string(),
        };
        OpenError::File { path: path.to_owned(), reason }
    })
}
