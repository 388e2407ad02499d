//! A database of the test's own, and the test's own way into it, past the gateway.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::cluster::Cluster;

/// A database for one test, for as long as there is a clone.
#[derive(Clone)]
pub struct Database {
    url: String,
    folder: Option<Arc<TempDir>>,
}

impl Database {
    /// An SQLite file that doesn't exist yet; gone with the test.
    pub fn sqlite() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        Self { url: format!("sqlite://{}", folder.path().join("gateway.db").display()), folder: Some(folder) }
    }

    /// An empty database of the PostgreSQL server that all tests share.
    pub async fn postgres() -> Self {
        let cluster = tokio::task::block_in_place(Cluster::shared);
        Self::at(&cluster.new_database().await)
    }

    /// The database behind this URL.
    pub fn at(url: &str) -> Self {
        Self { url: url.into(), folder: None }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Whether it is an SQLite file.
    pub fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// Runs one statement as `psql` or `sqlite3` would; gives the number of rows it changed.
    pub async fn execute(&self, statement: &str) -> u64 {
        let done = if self.is_sqlite() {
            let mut connection = self.sqlite_connection().await;
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map(|done| done.rows_affected())
        } else {
            let mut connection = self.postgres_connection().await;
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map(|done| done.rows_affected())
        };
        done.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// The first column of the first row, which must be text; `None` when there is no row or it is null.
    pub async fn text(&self, query: &str) -> Option<String> {
        let value = if self.is_sqlite() {
            let mut connection = self.sqlite_connection().await;
            sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(query)).fetch_optional(&mut connection).await
        } else {
            let mut connection = self.postgres_connection().await;
            sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(query)).fetch_optional(&mut connection).await
        };
        value.unwrap_or_else(|error| panic!("{query}: {error}")).flatten()
    }

    /// The first column of the first row as a number.
    pub async fn count(&self, query: &str) -> i64 {
        let value = if self.is_sqlite() {
            sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut self.sqlite_connection().await).await
        } else {
            sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut self.postgres_connection().await).await
        };
        value.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    async fn sqlite_connection(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::connect(&self.url).await.expect("the file is there");
        sqlx::query("pragma busy_timeout = 5000").execute(&mut connection).await.expect("SQLite knows the pragma");
        connection
    }

    async fn postgres_connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("the server answers")
    }
}
