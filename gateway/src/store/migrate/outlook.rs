//! What bringing a schema up to date would do, as statements for people to read.

use sqlx::{
    PgConnection, SqliteConnection,
    migrate::{Migration, Migrator},
};

use super::{
    super::{
        adopt::{Step, adopted_layout},
        schema::{Found, Kind},
    },
    POSTGRES_EVENTS, additions, adopted_migrator, find_postgres_apart, find_sqlite, postgres_migrator, sqlite_migrator,
};

/// What bringing the tables up would do, as statements.
pub(in crate::store) async fn outlook(connection: &mut PgConnection) -> sqlx::Result<Vec<Step>> {
    let found = find_postgres_apart(connection).await?;
    let mut steps = news(&postgres_migrator(), &found);
    steps.extend(additions(&found, Kind::in_postgres).into_iter().map(told));
    let migrated = steps.iter().any(|step| step.sql == POSTGRES_EVENTS);
    if found.lacks_triggers() && !migrated {
        steps.push(Step { what: "triggers that tell of changes".into(), sql: POSTGRES_EVENTS.into() });
    }
    Ok(steps)
}

/// The same for an SQLite file.
pub(in crate::store) async fn outlook_sqlite(connection: &mut SqliteConnection) -> sqlx::Result<Vec<Step>> {
    let found = find_sqlite(connection).await?;
    let additions = additions(&found, Kind::in_sqlite).into_iter().map(told);
    Ok(news(&sqlite_migrator(), &found).into_iter().chain(additions).collect())
}

/// The migrations that would run beside adopted tables.
pub(in crate::store) async fn outlook_adopted(connection: &mut PgConnection) -> sqlx::Result<Vec<Step>> {
    let found = match adopted_layout(connection).await? {
        Some(_) => find_postgres_apart(connection).await?,
        None => Found::default(),
    };
    Ok(news(&adopted_migrator(), &found))
}

fn news(migrator: &Migrator, found: &Found) -> Vec<Step> {
    let pending = migrator.iter().filter(|migration| !found.applied.contains(&migration.version));
    let step = |m: &Migration| Step {
        what: format!("migration {:04} {}", m.version, m.description),
        sql: m.sql.as_str().to_owned(),
    };
    pending.map(step).collect()
}

/// An addition in words: `column user.role`, or the statement itself.
fn told(statement: String) -> Step {
    let words: Vec<_> = statement.split('"').collect();
    let what = match words.as_slice() {
        ["alter table ", table, _, column, ..] => format!("column {table}.{column}"),
        ["create unique index ", index, ..] => format!("index {index}"),
        _ => statement.clone(),
    };
    Step { what, sql: statement }
}
