//! Reading rows of either database by the position of their columns, so that one text and one reader serve both.

use chrono::{DateTime, Utc};
use sqlx::{Decode, Postgres, Row, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};

use super::time::Time;

/// What both databases can deliver.
pub(super) trait Value:
    for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}

impl<T> Value for T where T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

/// A row of either database.
pub(super) trait Columns: Row {
    /// The value at `index`, from 0.
    fn at<T: Value>(&self, index: usize) -> sqlx::Result<T>;

    /// The time at `index`. Adopted tables may not know it: then it is long past, so that what counts from it has ended.
    fn time(&self, index: usize) -> sqlx::Result<DateTime<Utc>> {
        Ok(self.time_or_none(index)?.unwrap_or(DateTime::UNIX_EPOCH))
    }

    /// The time at `index`, if there is one.
    fn time_or_none(&self, index: usize) -> sqlx::Result<Option<DateTime<Utc>>> {
        self.at::<Option<Time>>(index).map(|time| time.map(|time| time.0))
    }
}

impl Columns for PgRow {
    fn at<T: Value>(&self, index: usize) -> sqlx::Result<T> {
        self.try_get(index)
    }
}

impl Columns for SqliteRow {
    fn at<T: Value>(&self, index: usize) -> sqlx::Result<T> {
        self.try_get(index)
    }
}
