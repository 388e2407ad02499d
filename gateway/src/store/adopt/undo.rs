//! Giving a database back: what an adoption or the migrations made is taken away, what people have written stays.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::{
    super::{OpenError, migrate, postgres, schema::TRIGGERS},
    Step, Undoing,
    catalog::{Catalog, SCHEMA, read_postgres, read_sqlite},
    changed,
    layout::Layout,
    passwords,
    plan::{WATCHED, at, quoted},
    postgres::failed,
    record::{Made, layout_of, made_in},
    sqlite, triggers,
};
use crate::config::DatabaseConfig;

const LIMITS: &str =
    "set local statement_timeout = 60000; set local lock_timeout = 10000; set local client_min_messages = warning";
/// Where accounts at other providers go, for which the old set-up has no place.
const KEPT: &str = "gateway_account_kept";

/// Looks; changes nothing.
pub(super) async fn look_postgres(config: &DatabaseConfig) -> Result<Undoing, OpenError> {
    let mut connection = postgres::connect(&postgres::options(config)?).await?;
    undoing(&mut connection).await.map_err(failed)
}

/// Does what was seen, all of it or nothing.
pub(super) async fn give_back_postgres(config: &DatabaseConfig, seen: &Undoing) -> Result<(), OpenError> {
    let mut connection = postgres::connect(&postgres::options(config)?).await?;
    let mut tx = connection.begin().await.map_err(failed)?;
    tx.execute(LIMITS).await.map_err(failed)?;
    migrate::lock(&mut tx).await.map_err(failed)?;
    let now = undoing(&mut tx).await.map_err(failed)?;
    if now != *seen {
        return Err(changed());
    }
    for step in &now.steps {
        tx.execute(AssertSqlSafe(step.sql.as_str())).await.map_err(failed)?;
    }
    tx.commit().await.map_err(failed)
}

/// Looks; changes nothing.
pub(super) async fn look_sqlite(config: &DatabaseConfig) -> Result<Undoing, OpenError> {
    match sqlite::open(config).await? {
        Some(mut connection) => undoing_sqlite(&mut connection).await.map_err(failed),
        None => Ok(Undoing::default()),
    }
}

/// Does what was seen, all of it or nothing.
pub(super) async fn give_back_sqlite(config: &DatabaseConfig, seen: &Undoing) -> Result<(), OpenError> {
    let Some(mut connection) = sqlite::open(config).await? else { return Err(changed()) };
    let mut tx = connection.begin_with("begin immediate").await.map_err(failed)?;
    let now = undoing_sqlite(&mut tx).await.map_err(failed)?;
    if now != *seen {
        return Err(changed());
    }
    for step in &now.steps {
        tx.execute(AssertSqlSafe(step.sql.as_str())).await.map_err(failed)?;
    }
    tx.commit().await.map_err(failed)
}

async fn undoing(connection: &mut PgConnection) -> sqlx::Result<Undoing> {
    let catalog = read_postgres(connection).await?;
    let mut undoing = Undoing::default();
    let made = match layout_of(connection).await? {
        Some(layout) => {
            let made = made_in(connection, SCHEMA).await?;
            leave_schema(connection, &catalog, &layout, &mut undoing).await?;
            made
        }
        None => {
            let Some(user) = catalog.tables.iter().find(|table| table.name == "user") else { return Ok(undoing) };
            let made = made_in(connection, &user.schema).await?;
            leave_stock(connection, &catalog, &user.schema, &mut undoing).await?;
            made
        }
    };
    for (schema, name) in &made.indexes {
        let is_there =
            catalog.tables.iter().any(|t| t.schema == *schema && t.indexes.iter().any(|index| index.name == *name));
        undoing
            .steps
            .extend(is_there.then(|| step(format!("index {name}"), format!("drop index {}", at(schema, name)))));
    }
    for (schema, table, column) in
        made.columns.iter().filter(|(schema, table, column)| is_column(&catalog, schema, table, column))
    {
        // A shadow says what the column beside it says.
        let has_values = !column.starts_with("gateway_") && holds(connection, &at(schema, table), column).await?;
        undoing.column(&format!("{schema}.{table}.{column}"), &at(schema, table), column, has_values);
    }
    for (schema, name) in
        made.tables.iter().filter(|(schema, name)| catalog.table(schema, name).is_some() && !is_ours(name))
    {
        let query = AssertSqlSafe(format!("select exists (select from {})", at(schema, name)));
        let has_rows: bool = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
        undoing.table(&format!("{schema}.{name}"), &at(schema, name), has_rows);
    }
    Ok(undoing)
}

/// The triggers on the tables of others, and all that is in our schema.
async fn leave_schema(
    connection: &mut PgConnection,
    catalog: &Catalog,
    layout: &Layout,
    undoing: &mut Undoing,
) -> sqlx::Result<()> {
    const OBJECTS: &str = r#"
        select c.relkind::text, c.relname::text from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind in ('r', 'v', 'S')"#;
    let ours: Vec<_> = TRIGGERS.iter().copied().chain([triggers::UPKEEP, passwords::ON_USER]).collect();
    for (logical, base) in &layout.tables {
        let Some(table) = catalog.table(&layout.schema, &base.name) else { continue };
        let has_ours = WATCHED.contains(&logical.as_str()) || !base.fills.is_empty() || !base.shadows.is_empty();
        if !has_ours {
            continue;
        }
        drop_triggers(&ours, &table.shown(), &at(&layout.schema, &base.name), undoing);
    }
    let objects: Vec<(String, String)> = sqlx::query_as(OBJECTS).bind(SCHEMA).fetch_all(&mut *connection).await?;
    let of =
        |kind: &str| -> Vec<_> { objects.iter().filter(|(k, _)| k == kind).map(|(_, name)| name.as_str()).collect() };
    for view in of("v") {
        undoing.steps.push(step(format!("view {SCHEMA}.{view}"), format!("drop view {}", at(SCHEMA, view))));
    }
    let mut tables = of("r");
    let has_account = tables.contains(&"account");
    if has_account && holds_others(connection).await? {
        tables.retain(|name| *name != "account");
        undoing.steps.push(step(
            format!("table {SCHEMA}.account becomes {}.{KEPT}", layout.schema),
            format!(
                "drop trigger if exists {} on {SCHEMA}.\"account\";\n\
                 alter table {SCHEMA}.\"account\" drop constraint if exists \"account_userId_fkey\";\n\
                 alter table {SCHEMA}.\"account\" set schema {};\n\
                 alter table {} rename to {KEPT}",
                passwords::ON_ACCOUNT,
                quoted(&layout.schema),
                at(&layout.schema, "account"),
            ),
        ));
        undoing.kept.push(format!("table {}.{KEPT}: it holds accounts at other providers", layout.schema));
    }
    if !tables.is_empty() {
        let names: Vec<_> = tables.iter().map(|name| at(SCHEMA, name)).collect();
        undoing.steps.push(step(
            format!("tables {} of {SCHEMA}", tables.join(", ")),
            format!("drop table {}", names.join(", ")),
        ));
    }
    drop_functions(connection, SCHEMA, undoing).await?;
    undoing.steps.push(step(format!("schema {SCHEMA}"), format!("drop schema {SCHEMA}")));
    Ok(())
}

/// The triggers, and the tables that are only ours.
async fn leave_stock(
    connection: &mut PgConnection,
    catalog: &Catalog,
    schema: &str,
    undoing: &mut Undoing,
) -> sqlx::Result<()> {
    for name in ["user", "session"] {
        let Some(table) = catalog.table(schema, name) else { continue };
        let ours: Vec<_> =
            TRIGGERS.iter().copied().filter(|trigger| table.triggers.iter().any(|name| name == trigger)).collect();
        drop_triggers(&ours, &table.shown(), &at(schema, name), undoing);
    }
    let ours: Vec<_> = catalog.tables.iter().filter(|table| table.schema == schema && is_ours(&table.name)).collect();
    for table in ours {
        undoing.steps.push(step(format!("table {}", table.shown()), format!("drop table {}", at(schema, &table.name))));
    }
    // After the tables, for triggers of these hold some.
    drop_functions(connection, schema, undoing).await
}

fn drop_triggers(names: &[&str], shown: &str, table: &str, undoing: &mut Undoing) {
    if !names.is_empty() {
        let statements: Vec<_> = names.iter().map(|name| format!("drop trigger if exists {name} on {table}")).collect();
        undoing.steps.push(step(format!("triggers of {shown}"), statements.join(";\n")));
    }
}

async fn drop_functions(connection: &mut PgConnection, schema: &str, undoing: &mut Undoing) -> sqlx::Result<()> {
    const FUNCTIONS: &str = r#"
        select p.proname::text from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = $1 and p.proname like 'gateway\_%' and p.pronargs = 0 order by 1"#;
    let names: Vec<String> = sqlx::query_scalar(FUNCTIONS).bind(schema).fetch_all(connection).await?;
    if !names.is_empty() {
        let statements: Vec<_> = names.iter().map(|name| format!("drop function {}()", at(schema, name))).collect();
        undoing.steps.push(step(format!("functions of the triggers in {schema}"), statements.join(";\n")));
    }
    Ok(())
}

async fn undoing_sqlite(connection: &mut SqliteConnection) -> sqlx::Result<Undoing> {
    let catalog = read_sqlite(connection).await?;
    let mut undoing = Undoing::default();
    let Made { columns, indexes, tables } = sqlite::made(connection, &catalog).await?;
    for table in catalog.tables.iter().filter(|table| is_ours(&table.name)) {
        undoing.steps.push(step(format!("table {}", table.name), format!("drop table {}", quoted(&table.name))));
    }
    // Before the columns: SQLite keeps one that an index is of.
    let is_there = |name: &str| catalog.tables.iter().any(|t| t.indexes.iter().any(|index| index.name == *name));
    for (_, name) in indexes.iter().filter(|(_, name)| is_there(name)) {
        undoing.steps.push(step(format!("index {name}"), format!("drop index {}", quoted(name))));
    }
    for (schema, table, column) in
        columns.iter().filter(|(schema, table, column)| is_column(&catalog, schema, table, column))
    {
        debug_assert!(schema.is_empty(), "SQLite has no schemas here");
        let query = format!("select exists (select 1 from {} where {} is not null)", quoted(table), quoted(column));
        let has_values: bool = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut *connection).await?;
        undoing.column(&format!("{table}.{column}"), &quoted(table), column, has_values);
    }
    for (_, name) in tables.iter().filter(|(_, name)| catalog.table("", name).is_some() && !is_ours(name)) {
        let query = AssertSqlSafe(format!("select exists (select 1 from {})", quoted(name)));
        let has_rows: bool = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
        undoing.table(name, &quoted(name), has_rows);
    }
    Ok(undoing)
}

impl Undoing {
    fn column(&mut self, shown: &str, table: &str, column: &str, has_values: bool) {
        if has_values {
            self.kept.push(format!("column {shown}: it holds values"));
        } else {
            let sql = format!("alter table {table} drop column {}", quoted(column));
            self.steps.push(step(format!("column {shown}"), sql));
        }
    }

    fn table(&mut self, shown: &str, table: &str, has_rows: bool) {
        if has_rows {
            self.kept.push(format!("table {shown}: it holds rows"));
        } else {
            self.steps.push(step(format!("table {shown}"), format!("drop table {table}")));
        }
    }
}

/// Whether a table is the gateway's alone.
fn is_ours(name: &str) -> bool {
    name.starts_with("_gateway_") || (name.starts_with("gateway_") && name != KEPT)
}

fn is_column(catalog: &Catalog, schema: &str, table: &str, column: &str) -> bool {
    catalog.table(schema, table).is_some_and(|table| table.column(column).is_some())
}

async fn holds(connection: &mut PgConnection, table: &str, column: &str) -> sqlx::Result<bool> {
    let query = format!("select exists (select from {table} where {} is not null)", quoted(column));
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(connection).await
}

/// Whether there are accounts that no column of the users' table stands for.
async fn holds_others(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let query = r#"select exists (select from gateway_adopted."account" where "providerId" <> 'credential')"#;
    sqlx::query_scalar(query).fetch_one(connection).await
}

fn step(what: String, sql: String) -> Step {
    Step { what, sql }
}
