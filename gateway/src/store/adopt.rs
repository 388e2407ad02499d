//! Taking over a database that Better Auth, or a server in its manner, has made; and giving it back.
//!
//! A stock layout is served as it is once the migrations have run. Another spelling gets views (`adopt/plan.rs`). Either
//! is one transaction, may be repeated, and is written down, so that undoing takes away only what was made.

mod catalog;
mod layout;
mod passwords;
mod plan;
mod postgres;
mod record;
mod report;
mod sqlite;
mod survey;
mod triggers;
mod undo;

#[cfg(test)]
mod tests;

pub use plan::Step;
pub use report::{Adoption, Verdict};

pub(super) use postgres::{foreign, outstanding, rebuild};
pub(super) use record::layout_of as adopted_layout;
pub(super) use sqlite::foreign as foreign_sqlite;

use super::{OpenError, sqlite as files};
use crate::config::DatabaseConfig;

/// What giving a database back does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undoing {
    /// What is to be done, in order; nothing if nothing of ours is there.
    pub steps: Vec<Step>,
    /// What stays although an adoption made it, and why.
    pub kept: Vec<String>,
}

/// Looks at the database; changes nothing.
pub async fn look(config: &DatabaseConfig) -> Result<Adoption, OpenError> {
    match is_sqlite(config) {
        true => sqlite::look(config).await,
        false => postgres::look(config).await,
    }
}

/// Does what was seen; refuses if the database has changed since.
pub async fn adopt(config: &DatabaseConfig, seen: &Adoption) -> Result<(), OpenError> {
    match is_sqlite(config) {
        true => sqlite::adopt(config, seen).await,
        false => postgres::adopt(config, seen).await,
    }
}

/// What giving the database back would do.
pub async fn look_back(config: &DatabaseConfig) -> Result<Undoing, OpenError> {
    match is_sqlite(config) {
        true => undo::look_sqlite(config).await,
        false => undo::look_postgres(config).await,
    }
}

/// Gives the database back as it was seen; refuses if it has changed since.
pub async fn give_back(config: &DatabaseConfig, seen: &Undoing) -> Result<(), OpenError> {
    match is_sqlite(config) {
        true => undo::give_back_sqlite(config, seen).await,
        false => undo::give_back_postgres(config, seen).await,
    }
}

fn is_sqlite(config: &DatabaseConfig) -> bool {
    files::is_sqlite(config.url.expose())
}

/// What is said when somebody else was quicker.
fn changed() -> OpenError {
    OpenError::Adoption("the database has changed since it was looked at; look again".into())
}
