//! What an adoption writes down: how it understood the tables, and what it made beside them.

use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    catalog::{Catalog, SCHEMA},
    layout::Layout,
    plan::literal,
};

/// What an adoption made in tables and schemas that are not its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Made {
    /// Schema, table, column.
    pub(super) columns: Vec<(String, String, String)>,
    /// Schema, name.
    pub(super) indexes: Vec<(String, String)>,
    /// Schema, name.
    pub(super) tables: Vec<(String, String)>,
}

impl Made {
    /// What is there now and was not before.
    pub(super) fn between(before: &Catalog, after: &Catalog) -> Self {
        let mut made = Self::default();
        for table in &after.tables {
            let Some(old) = before.table(&table.schema, &table.name) else {
                made.tables.push((table.schema.clone(), table.name.clone()));
                continue;
            };
            let columns = table.columns.iter().filter(|column| old.column(&column.name).is_none());
            made.columns.extend(columns.map(|column| (table.schema.clone(), table.name.clone(), column.name.clone())));
            let is_old = |name: &str| old.indexes.iter().any(|index| index.name == name);
            let indexes = table.indexes.iter().filter(|index| !is_old(&index.name));
            made.indexes.extend(indexes.map(|index| (table.schema.clone(), index.name.clone())));
        }
        made
    }

    /// With what an earlier adoption made.
    pub(super) fn and(mut self, earlier: Self) -> Self {
        self.columns.splice(0..0, earlier.columns);
        self.indexes.splice(0..0, earlier.indexes);
        self.tables.splice(0..0, earlier.tables);
        self
    }
}

/// How the adopted tables were understood; none where the layout is stock or nothing was adopted.
pub(in crate::store) async fn layout_of(connection: &mut PgConnection) -> sqlx::Result<Option<Layout>> {
    if !is_there(connection, SCHEMA).await? {
        return Ok(None);
    }
    let query = AssertSqlSafe(format!("select layout from {SCHEMA}._gateway_adoption limit 1"));
    let text: String = sqlx::query_scalar(query).fetch_one(connection).await?;
    serde_json::from_str(&text).map(Some).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// What was made; nothing where nothing was written down. The schema is ours or, for a stock layout, that of the tables.
pub(super) async fn made_in(connection: &mut PgConnection, schema: &str) -> sqlx::Result<Made> {
    if !is_there(connection, schema).await? {
        return Ok(Made::default());
    }
    let query = AssertSqlSafe(format!("select made from {}._gateway_adoption limit 1", super::plan::quoted(schema)));
    let text: String = sqlx::query_scalar(query).fetch_one(connection).await?;
    serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The statements that write it down, in the schema that comes first in the search path.
pub(super) fn write(made: &Made) -> String {
    let made = literal(&serde_json::to_string(made).unwrap_or_else(|_| "{}".to_owned()));
    format!(
        "create table if not exists _gateway_adoption (layout text not null, made text not null default '{{}}');\n\
         insert into _gateway_adoption (layout) select 'stock' where not exists (select * from _gateway_adoption);\n\
         update _gateway_adoption set made = {made}"
    )
}

async fn is_there(connection: &mut PgConnection, schema: &str) -> sqlx::Result<bool> {
    const RECORD: &str = r#"
        select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = $1 and c.relname = '_gateway_adoption' and c.relkind = 'r')"#;
    sqlx::query_scalar(RECORD).bind(schema).fetch_one(connection).await
}
