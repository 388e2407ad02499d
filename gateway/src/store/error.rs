//! What can go wrong with the database, told apart by what the caller can do about it.

use std::{io, path::PathBuf};

use thiserror::Error;

/// The store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a query has no answer. None of the texts holds a stored value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The database could not be asked, or did not answer in time. A write may have happened all the same.
    #[error("the database does not answer: {0}")]
    Unreachable(String),
    /// A value is taken that must be unique; the constraint in Better Auth's spelling, such as `user_email_key`.
    #[error("the value is taken ({0})")]
    Unique(String),
    /// Anything else: a row that can't be read, a right that is missing.
    #[error("the database refused: {0}")]
    Other(String),
}

impl StoreError {
    /// Whether it is the address of a user that is taken.
    pub fn is_taken_email(&self) -> bool {
        // Other tools name it otherwise: `ix_users_email`, `users_email_unique`.
        matches!(self, Self::Unique(constraint) if constraint.to_lowercase().contains("email"))
    }

    /// Whether it is the name of a user to sign in with that is taken.
    pub fn is_taken_username(&self) -> bool {
        matches!(self, Self::Unique(constraint) if constraint.to_lowercase().contains("username"))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) if refusal.is_unique_violation() => {
                Self::Unique(constraint(refusal.as_ref()))
            }
            _ if is_broken(&error) || is_late(&error) => Self::Unreachable(text(&error)),
            _ => Self::Other(text(&error)),
        }
    }
}

/// Whether the connection, not the query, is at fault: another connection may well work.
pub(super) fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        // Class 08: connection exceptions; 57P01 and 57P02: the server ended this session.
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| code.starts_with("08") || code == "57P01" || code == "57P02")
        }
        _ => false,
    }
}

/// Whether waiting was given up, by us or by the server.
fn is_late(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(refusal) => {
            // PostgreSQL: cancelled by a time-out, starting up or going down, no connection left. SQLite: busy, locked.
            let code = refusal.code().unwrap_or_default();
            matches!(&*code, "57014" | "57P03" | "55P03" | "53300") || is_busy_file(&code)
        }
        _ => false,
    }
}

/// SQLite's extended codes keep the primary one in the low byte: busy, locked, input/output error, can't open.
fn is_busy_file(code: &str) -> bool {
    code.len() < 5 && code.parse().is_ok_and(|code: i32| matches!(code & 0xff, 5 | 6 | 10 | 14))
}

/// The name a unique constraint has in PostgreSQL; SQLite only tells the column ("… failed: user.email").
fn constraint(refusal: &dyn sqlx::error::DatabaseError) -> String {
    if let Some(name) = refusal.constraint() {
        return name.to_owned();
    }
    let message = refusal.message();
    let column = message.rsplit(": ").next().unwrap_or(message);
    format!("{}_key", column.replace('.', "_"))
}

/// One line about the error. `Display` of database errors shows the message only, not the row it is about.
pub(super) fn text(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => match refusal.code() {
            Some(code) if code.len() == 5 => format!("{} ({code})", refusal.message()),
            _ => refusal.message().to_owned(),
        },
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        other => other.to_string(),
    }
}

/// Why the database can't be used at all, with what to do. Never holds the password.
#[derive(Debug, Error)]
pub enum OpenError {
    /// `database.url` is no URL of a database.
    #[error(
        "database.url is not usable: {0}; write \"sqlite://gateway.db\" or \"postgres://user:password@host/database\""
    )]
    Url(String),
    /// The folder that should hold the SQLite file is not there.
    #[error("the folder of the database file {} does not exist; create it or change database.url", .0.display())]
    Folder(PathBuf),
    /// The SQLite file can't be opened or is something else.
    #[error("the database file {} can't be used: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// PostgreSQL does not let us in.
    #[error("PostgreSQL at {server} can't be used: {reason}")]
    Server {
        /// Host, port and database, no user and no password.
        server: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A later version of the gateway has changed the schema.
    #[error(
        "the database has a newer schema (migration {0}) than this gateway knows; run the version that made it, or a later one, or restore a backup"
    )]
    Newer(i64),
    /// The schema is behind and `database.migrate` is off.
    #[error("the database schema is not up to date ({}); run `gateway migrate`", .0.join(", "))]
    Pending(Vec<String>),
    /// Tables with these names exist, but are not Better Auth's.
    #[error("the tables are not those of Better Auth: {}", .0.join("; "))]
    Layout(Vec<String>),
    /// The accounts are in tables of another layout, and nobody has adopted them.
    #[error(
        "the database has {0}, which are not in Better Auth's stock layout; run `gateway adopt` to see what can be done and do it, or give the gateway a database of its own"
    )]
    Foreign(String),
    /// The database could not be adopted or given back; nothing of it was kept.
    #[error("{0}")]
    Adoption(String),
    /// The schema could not be brought up to date; nothing of it was kept.
    #[error("the database schema could not be brought up to date: {0}")]
    Migration(String),
}
