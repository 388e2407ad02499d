//! Looking at an SQLite file, and adopting it: the stock layout only, for its views can't be written through.

use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use super::{
    super::{OpenError, error::text, migrate, sqlite},
    Adoption,
    catalog::{Catalog, read_sqlite},
    changed,
    layout::{Finding, recognise},
    record::{Made, write},
};
use crate::config::DatabaseConfig;

/// Looks; changes nothing.
pub(super) async fn look(config: &DatabaseConfig) -> Result<Adoption, OpenError> {
    match open(config).await? {
        Some(mut connection) => look_by(&mut connection).await,
        None => Ok(Adoption::refused("none", vec!["the database file does not exist".to_owned()])),
    }
}

/// Does what was seen, all of it or nothing.
pub(super) async fn adopt(config: &DatabaseConfig, seen: &Adoption) -> Result<(), OpenError> {
    let Some(mut connection) = open(config).await? else { return Err(changed()) };
    let mut tx = connection.begin_with("begin immediate").await.map_err(failed)?;
    let before = read_sqlite(&mut tx).await.map_err(failed)?;
    if look_by(&mut tx).await?.steps != seen.steps {
        return Err(changed());
    }
    migrate::bring_up_sqlite(&mut tx).await?;
    let after = read_sqlite(&mut tx).await.map_err(failed)?;
    let made = Made::between(&before, &after).and(made(&mut tx, &before).await.map_err(failed)?);
    tx.execute(AssertSqlSafe(write(&made))).await.map_err(failed)?;
    tx.commit().await.map_err(failed)
}

/// The file's connection; none if there is no file.
pub(super) async fn open(config: &DatabaseConfig) -> Result<Option<SqliteConnection>, OpenError> {
    match sqlite::file(config)? {
        Some(path) if path.exists() => {
            let pool = sqlite::open_file(&path, sqlite::options(config)?).await?;
            let connection = pool.acquire().await.map_err(failed)?;
            Ok(Some(connection.detach()))
        }
        _ => Ok(None),
    }
}

/// What was made; nothing where nothing was written down.
pub(super) async fn made(connection: &mut SqliteConnection, catalog: &Catalog) -> sqlx::Result<Made> {
    if catalog.table("", "_gateway_adoption").is_none() {
        return Ok(Made::default());
    }
    let text: String = sqlx::query_scalar("select made from _gateway_adoption limit 1").fetch_one(connection).await?;
    serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Accounts that are not Better Auth's stock layout, in words; none if there are none.
pub(in crate::store) async fn foreign(connection: &mut SqliteConnection) -> sqlx::Result<Option<String>> {
    let catalog = read_sqlite(connection).await?;
    Ok(match recognise(&catalog, None) {
        Finding::Nothing(_) => None,
        _ => Some("accounts in tables of another layout".to_owned()),
    })
}

async fn look_by(connection: &mut SqliteConnection) -> Result<Adoption, OpenError> {
    let catalog = read_sqlite(connection).await.map_err(failed)?;
    let state = migrate::inspect_sqlite(connection).await.map_err(failed)?;
    if let Some(version) = state.newer {
        return Err(OpenError::Newer(version));
    }
    if state.problems.is_empty() && catalog.table("", "user").is_some() {
        let steps = migrate::outlook_sqlite(connection).await.map_err(failed)?;
        return Ok(Adoption::of("stock Better Auth", steps).listing(&catalog).untouching(&catalog));
    }
    let problems = match recognise(&catalog, None) {
        Finding::Nothing(mut near) => {
            near.insert(
                0,
                "no tables of users and sessions were found; without them `gateway run` makes its own".into(),
            );
            near
        }
        _ => {
            let mut problems =
                vec!["only the stock layout can be adopted on SQLite; other layouts need PostgreSQL".into()];
            problems.extend(state.problems);
            problems
        }
    };
    Ok(Adoption::refused("another layout", problems).untouching(&catalog))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn failed(error: sqlx::Error) -> OpenError {
    OpenError::Adoption(format!("{}; nothing was changed", text(&error)))
}
