//! Opening PostgreSQL: limits on every wait, and reasons one can act on.

use std::{io, str::FromStr, time::Duration};

use sqlx::{
    Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{Db, OpenError, error::text, migrate};
use crate::config::DatabaseConfig;

/// How long connecting may take, name resolution and TLS included.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a query may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// The server's own limits: they hold when we are gone and can't give up any more. The time zone is set by sqlx.
const LIMITS: &str = "set statement_timeout = 5000; set idle_in_transaction_session_timeout = 10000";

/// Where tables of another layout were adopted, their views come first. Asks the catalogue, for which no right is needed.
pub(super) const ENTER: &str = r#"
    select set_config('search_path', concat_ws(', ', 'gateway_adopted', nullif(current_setting('search_path'), '')), false)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'gateway_adopted' and c.relname = '_gateway_adoption'"#;

/// Connects, looks after the schema and makes the pool.
pub(super) async fn open(config: &DatabaseConfig) -> Result<Db, OpenError> {
    let options = options(config)?;
    let mut connection = connect(&options).await?;
    migrate::settle_postgres(&mut connection, config.migrate).await?;
    let uuids = migrate::has_uuids(&mut connection).await?;
    connection.close().await.ok();
    let pool = PgPoolOptions::new()
        .max_connections(config.max_connections.max(1))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(async move { prepare(connection).await }))
        .connect_lazy_with(options.clone());
    Ok(Db::Postgres { pool, options: Box::new(options), uuids })
}

async fn prepare(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute(LIMITS).await?;
    connection.execute(ENTER).await.map(drop)
}

/// The URL's options.
pub(super) fn options(config: &DatabaseConfig) -> Result<PgConnectOptions, OpenError> {
    let url = config.url.expose();
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        let scheme = url
            .split_once(':')
            .map_or("it has no scheme".to_owned(), |(scheme, _)| format!("\"{scheme}:\" is unknown"));
        return Err(OpenError::Url(scheme));
    }
    // The parser's own words may quote the URL, and with it the password.
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url("it is malformed".into()))?;
    Ok(match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("gateway"),
    })
}

/// One connection beside the pool.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let failed = |reason| OpenError::Server { server: server(options), reason };
    match tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options)).await {
        Ok(Ok(mut connection)) => {
            connection.execute(ENTER).await.map_err(|error| failed(text(&error)))?;
            Ok(connection)
        }
        Ok(Err(error)) => Err(failed(reason(&error, options))),
        Err(_) => {
            Err(failed(format!("no answer within {} s; check host, port and firewall", CONNECT_TIMEOUT.as_secs())))
        }
    }
}

/// Host, port and database; neither user nor password.
fn server(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    format!("{host}/{}", options.get_database().unwrap_or(options.get_username()))
}

fn reason(error: &sqlx::Error, options: &PgConnectOptions) -> String {
    let user = options.get_username();
    let database = options.get_database().unwrap_or(user);
    match error {
        sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
            Some("28P01" | "28000") => {
                format!("it does not let the user \"{user}\" in; check user and password in database.url")
            }
            Some("3D000") => {
                format!("the database \"{database}\" does not exist; create it with `createdb {database}`")
            }
            Some("53300") => {
                "it has no connection left; raise its max_connections or lower database.max_connections".into()
            }
            Some("57P03") => "it is starting up or shutting down; try again in a moment".into(),
            _ => text(error),
        },
        sqlx::Error::Io(cause)
            if matches!(cause.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) =>
        {
            format!("nobody listens there ({cause}); start it or correct database.url")
        }
        sqlx::Error::Tls(cause) => format!("TLS failed: {cause}; see sslmode in database.url"),
        _ => text(error),
    }
}
