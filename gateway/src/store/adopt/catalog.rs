//! What tables there are: read from the database, judged elsewhere.

use sqlx::{PgConnection, SqliteConnection};

/// The schema that an adoption makes for itself. Nothing outside looks into it unless told to.
pub(in crate::store) const SCHEMA: &str = "gateway_adopted";

/// The tables that the search path leads to, those of its first schema first; not ours.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Catalog {
    pub(in crate::store) tables: Vec<Table>,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Table {
    pub(in crate::store) schema: String,
    pub(in crate::store) name: String,
    pub(in crate::store) columns: Vec<Field>,
    /// Indexes by their first column.
    pub(in crate::store) indexes: Vec<Index>,
    /// Column and the table that it refers to.
    pub(in crate::store) references: Vec<(String, String)>,
    /// Whether we may change it.
    pub(in crate::store) owned: bool,
    /// Names of enabled triggers.
    pub(in crate::store) triggers: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Field {
    pub(in crate::store) name: String,
    /// The type's name.
    pub(in crate::store) kind: String,
    pub(in crate::store) is_enum: bool,
    pub(in crate::store) not_null: bool,
    /// The default's expression; also there where the database makes the value by itself.
    pub(in crate::store) default: Option<String>,
}

/// An index.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Index {
    pub(in crate::store) name: String,
    pub(in crate::store) column: String,
    /// Whether it keeps the values of this one column different.
    pub(in crate::store) unique: bool,
}

impl Catalog {
    /// The table of this name in this schema.
    pub(in crate::store) fn table(&self, schema: &str, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.schema == schema && table.name == name)
    }

    fn entry(&mut self, schema: String, name: String) -> &mut Table {
        let at = self.tables.iter().position(|table| table.schema == schema && table.name == name);
        let at = at.unwrap_or_else(|| {
            self.tables.push(Table { schema, name, ..Table::default() });
            self.tables.len() - 1
        });
        &mut self.tables[at]
    }

    fn known(&mut self, schema: &str, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.schema == schema && table.name == name)
    }
}

impl Table {
    /// The column of this name.
    pub(in crate::store) fn column(&self, name: &str) -> Option<&Field> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// As people write it.
    pub(in crate::store) fn shown(&self) -> String {
        if self.schema.is_empty() { self.name.clone() } else { format!("{}.{}", self.schema, self.name) }
    }
}

type ColumnRow = (String, String, bool, String, String, bool, bool, Option<String>);

/// Reads the catalogue of PostgreSQL.
pub(in crate::store) async fn read_postgres(connection: &mut PgConnection) -> sqlx::Result<Catalog> {
    const COLUMNS: &str = r#"
        select n.nspname::text, c.relname::text, pg_has_role(c.relowner, 'USAGE'), a.attname::text,
            format_type(a.atttypid, null), t.typtype = 'e', a.attnotnull,
            case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            join pg_catalog.pg_attribute a on a.attrelid = c.oid join pg_catalog.pg_type t on t.oid = a.atttypid
            left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
            and n.nspname = any(current_schemas(false)) and n.nspname <> $1
        order by array_position(current_schemas(false), n.nspname), c.relname, a.attnum"#;
    const INDEXES: &str = r#"
        select n.nspname::text, c.relname::text, i.relname::text, a.attname::text,
            x.indisunique and x.indisvalid and x.indpred is null and x.indnkeyatts = 1
        from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
            join pg_catalog.pg_class c on c.oid = x.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
        where n.nspname = any(current_schemas(false))"#;
    const REFERENCES: &str = r#"
        select n.nspname::text, c.relname::text, a.attname::text, f.relname::text
        from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_class f on f.oid = k.confrelid
            join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
        where k.contype = 'f' and n.nspname = any(current_schemas(false))"#;
    const TRIGGERS: &str = r#"
        select n.nspname::text, c.relname::text, t.tgname::text
        from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where not t.tgisinternal and t.tgenabled in ('O', 'A') and n.nspname = any(current_schemas(false))"#;
    let mut catalog = Catalog::default();
    let columns: Vec<ColumnRow> = sqlx::query_as(COLUMNS).bind(SCHEMA).fetch_all(&mut *connection).await?;
    for (schema, name, owned, column, kind, is_enum, not_null, default) in columns {
        let table = catalog.entry(schema, name);
        table.owned = owned;
        table.columns.push(Field { name: column, kind, is_enum, not_null, default });
    }
    let indexes: Vec<(String, String, String, String, bool)> =
        sqlx::query_as(INDEXES).fetch_all(&mut *connection).await?;
    for (schema, name, index, column, unique) in indexes {
        let index = Index { name: index, column, unique };
        catalog.known(&schema, &name).into_iter().for_each(|table| table.indexes.push(index.clone()));
    }
    let references: Vec<(String, String, String, String)> =
        sqlx::query_as(REFERENCES).fetch_all(&mut *connection).await?;
    for (schema, name, column, target) in references {
        let reference = (column, target);
        catalog.known(&schema, &name).into_iter().for_each(|table| table.references.push(reference.clone()));
    }
    let triggers: Vec<(String, String, String)> = sqlx::query_as(TRIGGERS).fetch_all(&mut *connection).await?;
    for (schema, name, trigger) in triggers {
        catalog.known(&schema, &name).into_iter().for_each(|table| table.triggers.push(trigger.clone()));
    }
    Ok(catalog)
}

/// Reads the tables of an SQLite file: names, columns and the indexes that somebody made.
pub(in crate::store) async fn read_sqlite(connection: &mut SqliteConnection) -> sqlx::Result<Catalog> {
    const COLUMNS: &str = r#"
        select m.name, c.name, lower(c.type) from sqlite_master m join pragma_table_info(m.name) c
        where m.type = 'table' order by m.name, c.cid"#;
    const INDEXES: &str = r#"
        select m.name, i.name, c.name, i."unique" and not i.partial and (select count(*) from pragma_index_info(i.name)) = 1
        from sqlite_master m join pragma_index_list(m.name) i join pragma_index_info(i.name) c
        where m.type = 'table' and i.origin = 'c' and c.seqno = 0 and c.name is not null"#;
    let columns: Vec<(String, String, String)> = sqlx::query_as(COLUMNS).fetch_all(&mut *connection).await?;
    let indexes: Vec<(String, String, String, bool)> = sqlx::query_as(INDEXES).fetch_all(connection).await?;
    let mut catalog = Catalog::default();
    for (table, column, kind) in columns {
        let table = catalog.entry(String::new(), table);
        table.owned = true;
        table.columns.push(Field { name: column, kind, ..Field::default() });
    }
    for (table, name, column, unique) in indexes {
        catalog.known("", &table).into_iter().for_each(|table| {
            table.indexes.push(Index { name: name.clone(), column: column.clone(), unique });
        });
    }
    Ok(catalog)
}
