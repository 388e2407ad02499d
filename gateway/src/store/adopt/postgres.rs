//! Looking at a PostgreSQL database, and adopting it.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{
    super::{
        OpenError,
        error::text,
        migrate, postgres,
        schema::{Adopted, USERNAMES},
    },
    Adoption, Step,
    catalog::{Catalog, SCHEMA, read_postgres},
    changed,
    layout::{Finding, Layout, recognise},
    plan::{Existing, at, quoted, steps},
    record::{Made, layout_of, made_in, write},
    survey,
};
use crate::config::DatabaseConfig;

/// Programs go on writing while we work: whoever keeps a table for longer makes us give up, not wait in everybody's way.
const LIMITS: &str =
    "set local statement_timeout = 60000; set local lock_timeout = 10000; set local client_min_messages = warning";

/// Looks; changes nothing.
pub(super) async fn look(config: &DatabaseConfig) -> Result<Adoption, OpenError> {
    let mut connection = postgres::connect(&postgres::options(config)?).await?;
    look_by(&mut connection).await
}

/// Does what was seen, all of it or nothing.
pub(super) async fn adopt(config: &DatabaseConfig, seen: &Adoption) -> Result<(), OpenError> {
    let mut connection = postgres::connect(&postgres::options(config)?).await?;
    let mut tx = connection.begin().await.map_err(failed)?;
    tx.execute(LIMITS).await.map_err(failed)?;
    migrate::lock(&mut tx).await.map_err(failed)?;
    let before = read_postgres(&mut tx).await.map_err(failed)?;
    if look_by(&mut tx).await?.steps != seen.steps {
        return Err(changed());
    }
    match recognised(&mut tx, &before).await? {
        Some(layout) => {
            let steps = missing_steps(&mut tx, &before, &layout).await?;
            perform(&mut tx, &steps).await?;
            migrate::run_adopted(&mut tx).await?;
        }
        None => migrate::bring_up(&mut tx).await?,
    }
    let after = read_postgres(&mut tx).await.map_err(failed)?;
    let schema: String =
        sqlx::query_scalar("select current_schema()::text").fetch_one(&mut *tx).await.map_err(failed)?;
    let earlier = made_in(&mut tx, &schema).await.map_err(failed)?;
    let made = Made::between(&before, &after).and(earlier);
    tx.execute(AssertSqlSafe(write(&made))).await.map_err(failed)?;
    tx.commit().await.map_err(failed)
}

/// Accounts that are not Better Auth's stock layout, in words; none if there are none.
pub(in crate::store) async fn foreign(connection: &mut PgConnection) -> sqlx::Result<Option<String>> {
    let catalog = read_postgres(connection).await?;
    Ok(match recognise(&catalog, None) {
        Finding::Nothing(_) => None,
        Finding::Unfit(problems) => Some(problems.join("; ")),
        Finding::Other(layout) => Some(named(&layout)),
    })
}

/// What an adopted database lacks: to be done, and wrong beyond doing.
pub(in crate::store) async fn outstanding(connection: &mut PgConnection, layout: &Layout) -> sqlx::Result<Adopted> {
    let catalog = read_postgres(connection).await?;
    Ok(match recognise(&catalog, Some(layout)) {
        Finding::Other(layout) => {
            let existing = existing(connection, &catalog, &layout).await?;
            let pending = steps(&catalog, &layout, &existing).into_iter().map(|step| step.what).collect();
            Adopted { pending, usernames_clash: existing.usernames_clash, ..Adopted::default() }
        }
        Finding::Unfit(problems) | Finding::Nothing(problems) => Adopted { problems, ..Adopted::default() },
    })
}

/// Makes anew what an adopted database has lost, or what a later version of ours needs.
pub(in crate::store) async fn rebuild(connection: &mut PgConnection, layout: &Layout) -> Result<(), OpenError> {
    let before = read_postgres(connection).await.map_err(failed)?;
    let Finding::Other(layout) = recognise(&before, Some(layout)) else { return Ok(()) };
    let steps = missing_steps(connection, &before, &layout).await?;
    perform(connection, &steps).await?;
    let after = read_postgres(connection).await.map_err(failed)?;
    let made = Made::between(&before, &after).and(made_in(connection, SCHEMA).await.map_err(failed)?);
    connection.execute(AssertSqlSafe(write(&made))).await.map_err(failed).map(drop)
}

/// The layout that views are needed for; none for a stock one.
async fn recognised(connection: &mut PgConnection, catalog: &Catalog) -> Result<Option<Layout>, OpenError> {
    let adopted = layout_of(connection).await.map_err(failed)?;
    if adopted.is_none() && is_stock(connection, catalog).await? {
        return Ok(None);
    }
    match recognise(catalog, adopted.as_ref()) {
        Finding::Other(layout) => Ok(Some(*layout)),
        _ => Err(changed()),
    }
}

async fn look_by(connection: &mut PgConnection) -> Result<Adoption, OpenError> {
    let catalog = read_postgres(connection).await.map_err(failed)?;
    let state = migrate::inspect_postgres(connection).await.map_err(failed)?;
    if let Some(version) = state.newer {
        return Err(OpenError::Newer(version));
    }
    let adopted = layout_of(connection).await.map_err(failed)?;
    if adopted.is_none() && is_stock(connection, &catalog).await? {
        let steps = migrate::outlook(connection).await.map_err(failed)?;
        let seen = Adoption::of("stock Better Auth", steps).listing(&catalog).untouching(&catalog);
        return survey::rights_on_stock(connection, &catalog, seen).await.map_err(failed);
    }
    match recognise(&catalog, adopted.as_ref()) {
        Finding::Other(layout) => explain(connection, &catalog, &layout).await,
        Finding::Unfit(problems) => Ok(Adoption::refused("another layout", problems).untouching(&catalog)),
        Finding::Nothing(near) => {
            let mut problems = vec![
                "no tables of users and sessions were found; on a database without them `gateway run` makes its own"
                    .to_owned(),
            ];
            problems.extend(near);
            Ok(Adoption::refused("none", problems).untouching(&catalog))
        }
    }
}

async fn explain(connection: &mut PgConnection, catalog: &Catalog, layout: &Layout) -> Result<Adoption, OpenError> {
    let mut todo = missing_steps(connection, catalog, layout).await?;
    let migrations = migrate::outlook_adopted(connection).await.map_err(failed)?;
    todo.extend(migrations);
    let seen = Adoption::of(&named(layout), todo).explained(catalog, layout).untouching(catalog);
    let seen = survey::rights(connection, catalog, layout, seen).await.map_err(failed)?;
    survey::notes(connection, catalog, layout, seen).await.map_err(failed)
}

/// Whether the tables are Better Auth's own, as far as our queries name them.
async fn is_stock(connection: &mut PgConnection, catalog: &Catalog) -> Result<bool, OpenError> {
    let state = migrate::inspect_postgres(connection).await.map_err(failed)?;
    Ok(state.problems.is_empty() && catalog.tables.iter().any(|table| table.name == "user"))
}

async fn missing_steps(
    connection: &mut PgConnection,
    catalog: &Catalog,
    layout: &Layout,
) -> Result<Vec<Step>, OpenError> {
    Ok(steps(catalog, layout, &existing(connection, catalog, layout).await.map_err(failed)?))
}

async fn perform(connection: &mut PgConnection, steps: &[Step]) -> Result<(), OpenError> {
    for step in steps {
        let done = connection.execute(AssertSqlSafe(step.sql.as_str())).await;
        done.map_err(|error| OpenError::Adoption(format!("{}: {}; nothing was changed", step.what, text(&error))))?;
    }
    Ok(())
}

/// What stands in our schema, and whether the names of users clash.
async fn existing(connection: &mut PgConnection, catalog: &Catalog, layout: &Layout) -> sqlx::Result<Existing> {
    const VIEWS: &str = r#"
        select c.relname::text, array_agg(a.attname::text order by a.attnum)
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            join pg_catalog.pg_attribute a on a.attrelid = c.oid
        where n.nspname = $1 and c.relkind = 'v' and a.attnum > 0 group by c.relname"#;
    const TABLES: &str = r#"
        select c.relname::text from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind = 'r'"#;
    const TRIGGERS: &str = r#"
        select t.tgname::text from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and not t.tgisinternal and t.tgenabled in ('O', 'A')"#;
    Ok(Existing {
        layout: layout_of(connection).await?,
        views: sqlx::query_as(VIEWS).bind(SCHEMA).fetch_all(&mut *connection).await?,
        tables: sqlx::query_scalar(TABLES).bind(SCHEMA).fetch_all(&mut *connection).await?,
        triggers: sqlx::query_scalar(TRIGGERS).bind(SCHEMA).fetch_all(&mut *connection).await?,
        usernames_clash: usernames_clash(connection, catalog, layout).await?,
    })
}

/// Whether several users have the same user name; asked only where no index keeps them from it.
async fn usernames_clash(connection: &mut PgConnection, catalog: &Catalog, layout: &Layout) -> sqlx::Result<bool> {
    let Some(base) = layout.tables.get(USERNAMES.table) else { return Ok(false) };
    let table = catalog.table(&layout.schema, &base.name);
    let (Some(table), Some(column)) = (table, base.columns.get(USERNAMES.column)) else { return Ok(false) };
    let is_unique = table.indexes.iter().any(|index| index.unique && index.column == *column);
    if is_unique || table.column(column).is_none() {
        return Ok(false);
    }
    let (place, name) = (at(&layout.schema, &base.name), quoted(column));
    let query =
        format!("select exists (select from {place} where {name} is not null group by {name} having count(*) > 1)");
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(connection).await
}

fn named(layout: &Layout) -> String {
    let name = |logical: &str| layout.tables.get(logical).map_or("", |base| base.name.as_str());
    format!("accounts in the tables {} and {} of schema {}", name("user"), name("session"), layout.schema)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn failed(error: sqlx::Error) -> OpenError {
    OpenError::Adoption(format!("{}; nothing was changed", text(&error)))
}
