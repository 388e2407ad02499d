//! Bringing the schema up to date: migrations, columns that a stock database lacks, triggers that went missing.
//!
//! All of it happens in one transaction under a lock, so that of several replicas that start at once one does the work
//! and the others find it done. Nothing is ever dropped or retyped.

mod outlook;

use std::borrow::Cow;

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection, SqlitePool,
    migrate::{Migrate, MigrateError, Migrator},
};

use super::{
    OpenError, Result, SchemaState, adopt,
    error::text,
    postgres,
    schema::{Column, Found, Kind, Unique},
    sqlite,
};
use crate::config::DatabaseConfig;

pub(super) use outlook::{outlook, outlook_adopted, outlook_sqlite};

/// Ours: a database may well belong to a program that uses sqlx, too.
const TABLE: &str = "_gateway_migrations";
const POSTGRES_CORE: &str = include_str!("../../../migrations/postgres/0001_core.sql");
const POSTGRES_EVENTS: &str = include_str!("../../../migrations/postgres/0002_events.sql");
const POSTGRES_JWKS: &str = include_str!("../../../migrations/postgres/0005_jwks.sql");
const SQLITE_CORE: &str = include_str!("../../../migrations/sqlite/0001_core.sql");
/// Whether several users have the same user name, asked only where no index keeps them from it.
const NAMES_CLASH: &str = r#"
    select exists (select 1 from "user" where username is not null group by username having count(*) > 1)"#;
const SQLITE_JWKS: &str = include_str!("../../../migrations/sqlite/0005_jwks.sql");
/// Chosen at random; whoever migrates a gateway's schema holds it.
const LOCK: i64 = 0x6761_7465_7761_7901;

/// How the database compares with what this version needs. Changes nothing and makes no file.
pub async fn state(config: &DatabaseConfig) -> Result<SchemaState, OpenError> {
    let failed = |error| OpenError::Migration(text(&error));
    if !sqlite::is_sqlite(config.url.expose()) {
        let mut connection = postgres::connect(&postgres::options(config)?).await?;
        return inspect_postgres(&mut connection).await.map_err(failed);
    }
    match sqlite::file(config)? {
        Some(path) if path.exists() => {
            let pool = sqlite::open_file(&path, sqlite::options(config)?).await?;
            let mut connection = pool.acquire().await.map_err(failed)?;
            inspect_sqlite(&mut connection).await.map_err(failed)
        }
        _ => Ok(Found::default().judge(&known(&sqlite_migrator()))),
    }
}

/// Brings the schema up to date; gives what was done.
pub async fn run(config: &DatabaseConfig) -> Result<Vec<String>, OpenError> {
    let pending = state(config).await?.pending;
    let config = DatabaseConfig { migrate: true, ..config.clone() };
    if sqlite::is_sqlite(config.url.expose()) {
        sqlite::open(&config).await?;
    } else {
        postgres::open(&config).await?;
    }
    Ok(pending)
}

/// At opening: goes on if the schema is current, changes it if that is wanted, else refuses.
pub(super) async fn settle_postgres(connection: &mut PgConnection, migrate: bool) -> Result<(), OpenError> {
    let found = find_postgres_apart(connection).await.map_err(failed)?;
    // Looked at twice, since another replica may just be making the tables.
    if found.may_be_foreign()
        && let Some(layout) = adopt::foreign(connection).await.map_err(failed)?
        && find_postgres_apart(connection).await.map_err(failed)?.may_be_foreign()
    {
        return Err(OpenError::Foreign(layout));
    }
    warn_of_clashes(&found);
    if !needs_work(found.judge(&known(&postgres_migrator())), migrate)? {
        return Ok(());
    }
    apply_postgres(connection).await?;
    let state = inspect_postgres(connection).await.map_err(failed)?;
    needs_work(state, false).map(drop)
}

/// At opening: goes on if the schema is current, changes it if that is wanted, else refuses.
pub(super) async fn settle_sqlite(writer: &SqlitePool, migrate: bool) -> Result<(), OpenError> {
    let mut connection = writer.acquire().await.map_err(failed)?;
    let found = find_sqlite(&mut connection).await.map_err(failed)?;
    if found.may_be_foreign()
        && let Some(layout) = adopt::foreign_sqlite(&mut connection).await.map_err(failed)?
        && find_sqlite(&mut connection).await.map_err(failed)?.may_be_foreign()
    {
        return Err(OpenError::Foreign(layout));
    }
    warn_of_clashes(&found);
    if !needs_work(found.judge(&known(&sqlite_migrator())), migrate)? {
        return Ok(());
    }
    apply_sqlite(&mut connection).await?;
    let state = inspect_sqlite(&mut connection).await.map_err(failed)?;
    needs_work(state, false).map(drop)
}

/// Not worth refusing to start, for the flow that needs the names to differ may be off.
fn warn_of_clashes(found: &Found) {
    if found.usernames_clash {
        tracing::warn!("some users have the same user name; sign-in by user name needs each to have another one");
    }
}

fn needs_work(state: SchemaState, allowed: bool) -> Result<bool, OpenError> {
    match state {
        SchemaState { newer: Some(version), .. } => Err(OpenError::Newer(version)),
        SchemaState { problems, .. } if !problems.is_empty() => Err(OpenError::Layout(problems)),
        SchemaState { pending, .. } if !allowed && !pending.is_empty() => Err(OpenError::Pending(pending)),
        SchemaState { pending, .. } => Ok(!pending.is_empty()),
    }
}

/// Looks at the tables that the search path leads to.
pub(super) async fn inspect_postgres(connection: &mut PgConnection) -> sqlx::Result<SchemaState> {
    Ok(find_postgres_apart(connection).await?.judge(&known(&postgres_migrator())))
}

/// In a transaction of its own, at the end of which the search path is as it was.
async fn find_postgres_apart(connection: &mut PgConnection) -> sqlx::Result<Found> {
    let mut tx = connection.begin().await?;
    find_postgres(&mut tx).await
}

async fn find_postgres(connection: &mut PgConnection) -> sqlx::Result<Found> {
    // Where the tables exist already, ours and the triggers' functions belong beside them, even if another schema comes
    // first in the search path (the user's own, say). Until the end of the transaction.
    const BESIDE: &str = r#"
        select set_config('search_path', quote_ident(n.nspname) || ', ' || current_setting('search_path'), true)
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.oid = to_regclass('"user"') and n.nspname is distinct from current_schema()"#;
    const COLUMNS: &str = r#"
        select c.relname::text, a.attname::text, format_type(a.atttypid, null)
        from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        where a.attnum > 0 and not a.attisdropped
            and c.oid in (to_regclass('"user"'), to_regclass('session'), to_regclass('account'), to_regclass('verification'),
                to_regclass('jwks'))"#;
    const UNIQUE: &str = r#"
        select c.relname::text, a.attname::text
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid
            join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indisunique and i.indisvalid and i.indpred is null and i.indnkeyatts = 1
            and c.oid in (to_regclass('"user"'), to_regclass('session'))"#;
    const TRIGGERS: &str = r#"
        select tgname::text from pg_catalog.pg_trigger
        where tgrelid in (to_regclass('"user"'), to_regclass('session')) and not tgisinternal and tgenabled in ('O', 'A')"#;
    sqlx::query(BESIDE).execute(&mut *connection).await?;
    let migrated: bool =
        sqlx::query_scalar("select to_regclass('_gateway_migrations') is not null").fetch_one(&mut *connection).await?;
    let applied = match migrated {
        true => sqlx::query_scalar("select version from _gateway_migrations").fetch_all(&mut *connection).await?,
        false => Vec::new(),
    };
    let adopted = match adopt::adopted_layout(connection).await? {
        Some(layout) => Some(adopt::outstanding(connection, &layout).await?),
        None => None,
    };
    let mut found = Found {
        applied,
        columns: sqlx::query_as(COLUMNS).fetch_all(&mut *connection).await?,
        unique: sqlx::query_as(UNIQUE).fetch_all(&mut *connection).await?,
        triggers: Some(sqlx::query_scalar(TRIGGERS).fetch_all(&mut *connection).await?),
        usernames_clash: false,
        adopted,
    };
    found.usernames_clash = match &found.adopted {
        Some(adopted) => adopted.usernames_clash,
        None => found.has_loose_usernames() && sqlx::query_scalar(NAMES_CLASH).fetch_one(&mut *connection).await?,
    };
    Ok(found)
}

/// Looks at the file's tables.
pub(super) async fn inspect_sqlite(connection: &mut SqliteConnection) -> sqlx::Result<SchemaState> {
    let mut tx = connection.begin().await?;
    let found = find_sqlite(&mut tx).await?;
    Ok(found.judge(&known(&sqlite_migrator())))
}

async fn find_sqlite(connection: &mut SqliteConnection) -> sqlx::Result<Found> {
    const MIGRATED: &str = "select count(*) > 0 from sqlite_master where name = '_gateway_migrations'";
    const COLUMNS: &str = r#"
        select m.name, c.name, null from sqlite_master m join pragma_table_info(m.name) c
        where m.type = 'table' and m.name in ('user', 'session', 'account', 'verification', 'jwks')"#;
    const UNIQUE: &str = r#"
        select m.name, c.name
        from sqlite_master m join pragma_index_list(m.name) i join pragma_index_info(i.name) c
        where m.type = 'table' and m.name in ('user', 'session') and i."unique" and not i.partial
            and (select count(*) from pragma_index_info(i.name)) = 1"#;
    let migrated: bool = sqlx::query_scalar(MIGRATED).fetch_one(&mut *connection).await?;
    let applied = match migrated {
        true => sqlx::query_scalar("select version from _gateway_migrations").fetch_all(&mut *connection).await?,
        false => Vec::new(),
    };
    let mut found = Found {
        applied,
        columns: sqlx::query_as(COLUMNS).fetch_all(&mut *connection).await?,
        unique: sqlx::query_as(UNIQUE).fetch_all(&mut *connection).await?,
        ..Found::default()
    };
    found.usernames_clash =
        found.has_loose_usernames() && sqlx::query_scalar(NAMES_CLASH).fetch_one(&mut *connection).await?;
    Ok(found)
}

async fn apply_postgres(connection: &mut PgConnection) -> Result<(), OpenError> {
    // Waiting for another replica's migration takes as long as that takes, but not for ever. Notices ("exists already")
    // would be logged.
    const LIMITS: &str = "set local statement_timeout = 60000; set local client_min_messages = warning";
    let mut tx = connection.begin().await.map_err(failed)?;
    tx.execute(LIMITS).await.map_err(failed)?;
    lock(&mut tx).await.map_err(failed)?;
    match adopt::adopted_layout(&mut tx).await.map_err(failed)? {
        Some(layout) => {
            run_adopted(&mut tx).await?;
            adopt::rebuild(&mut tx, &layout).await?;
        }
        None => bring_up(&mut tx).await?,
    }
    tx.commit().await.map_err(failed)
}

/// Whether the adopted tables' own ids are UUIDs.
pub(super) async fn has_uuids(connection: &mut PgConnection) -> Result<bool, OpenError> {
    Ok(adopt::adopted_layout(connection).await.map_err(failed)?.is_some_and(|layout| layout.has_uuids()))
}

/// Until the end of the transaction nobody else changes the schema.
pub(super) async fn lock(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(connection).await.map(drop)
}

/// Runs the migrations on tables that are Better Auth's own, and adds what they lack. Within a transaction.
pub(super) async fn bring_up(connection: &mut PgConnection) -> Result<(), OpenError> {
    find_postgres(connection).await.map_err(failed)?;
    migrate(&postgres_migrator(), &mut *connection).await?;
    let found = find_postgres(connection).await.map_err(failed)?;
    if found.lacks_tables() {
        connection.execute(POSTGRES_CORE).await.map_err(failed)?;
        connection.execute(POSTGRES_JWKS).await.map_err(failed)?;
    }
    for statement in additions(&found, Kind::in_postgres) {
        connection.execute(AssertSqlSafe(statement)).await.map_err(failed)?;
    }
    if found.lacks_triggers() {
        connection.execute(POSTGRES_EVENTS).await.map_err(failed)?;
    }
    Ok(())
}

/// Runs the migrations beside adopted tables. Within a transaction, with our schema first in the search path.
pub(super) async fn run_adopted(connection: &mut PgConnection) -> Result<(), OpenError> {
    migrate(&adopted_migrator(), connection).await
}

async fn apply_sqlite(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut tx = connection.begin_with("begin immediate").await.map_err(failed)?;
    bring_up_sqlite(&mut tx).await?;
    tx.commit().await.map_err(failed)
}

/// Runs the migrations and adds what Better Auth's tables lack. Within a transaction.
pub(super) async fn bring_up_sqlite(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    migrate(&sqlite_migrator(), &mut *connection).await?;
    let found = find_sqlite(connection).await.map_err(failed)?;
    if found.lacks_tables() {
        connection.execute(SQLITE_CORE).await.map_err(failed)?;
        connection.execute(SQLITE_JWKS).await.map_err(failed)?;
    }
    for statement in additions(&found, Kind::in_sqlite) {
        connection.execute(AssertSqlSafe(statement)).await.map_err(failed)?;
    }
    Ok(())
}

/// Adds what a database lacks that others made. Not in a migration, for whether a column lacks is known only by looking,
/// and SQLite has no `add column if not exists`. Called under the lock. Names and types come from our own table.
fn additions(found: &Found, kind: fn(Kind) -> &'static str) -> Vec<String> {
    let column = |c: &Column| format!(r#"alter table "{}" add column "{}" {}"#, c.table, c.name, kind(c.kind));
    let index = |u: &Unique| format!(r#"create unique index "{}" on "{}" ("{}")"#, u.index, u.table, u.column);
    let columns = found.missing_columns().into_iter().map(column);
    columns.chain(found.missing_unique().into_iter().map(index)).collect()
}

async fn migrate<C: Migrate>(migrator: &Migrator, connection: &mut C) -> Result<(), OpenError> {
    migrator.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(error),
        MigrateError::VersionMismatch(version) => OpenError::Migration(format!(
            "migration {version} is not the one that was run; the versions of the gateway differ"
        )),
        other => OpenError::Migration(other.to_string()),
    })
}

fn postgres_migrator() -> Migrator {
    ours(sqlx::migrate!("../migrations/postgres"))
}

fn sqlite_migrator() -> Migrator {
    ours(sqlx::migrate!("../migrations/sqlite"))
}

/// Beside adopted tables: the first two migrations are about the tables themselves, which have views instead.
fn adopted_migrator() -> Migrator {
    const ABOUT_TABLES: i64 = 2;
    let mut migrator = postgres_migrator();
    for migration in migrator.migrations.to_mut().iter_mut().filter(|migration| migration.version <= ABOUT_TABLES) {
        migration.sql = "select 1".into_sql_str();
    }
    migrator
}

/// With our table, and without a lock of its own: we hold one that ends with the transaction.
fn ours(mut migrator: Migrator) -> Migrator {
    migrator.set_locking(false);
    migrator.dangerous_set_table_name(Cow::Borrowed(TABLE));
    migrator
}

fn known(migrator: &Migrator) -> Vec<(i64, String)> {
    migrator.iter().map(|migration| (migration.version, migration.description.to_string())).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn failed(error: sqlx::Error) -> OpenError {
    let code = error.as_database_error().and_then(|refusal| refusal.code().map(Cow::into_owned));
    let hint = match code.as_deref() {
        Some("42501") => "; run `gateway migrate` once as a user who owns the tables, and set database.migrate = false",
        Some("23505" | "2067") => "; the column has to be unique, so remove one of the two rows",
        Some("57014") => "; another program keeps the tables locked",
        _ => "",
    };
    OpenError::Migration(format!("{}{hint}", text(&error)))
}
