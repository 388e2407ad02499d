//! What an adoption does: the statements, made from a layout and what is there already. Pure.
//!
//! Our queries find views of Better Auth's names in a schema of ours that comes first in our search path. The views only
//! rename, so PostgreSQL itself makes them writable, conflict clauses and `returning` included. What renaming can't do
//! is done on the tables: columns that lack are added, and triggers keep a column of text beside one of another type and
//! a table of accounts beside passwords that stand with the users.

use super::{
    super::schema::{COLUMNS, Kind, TRIGGERS, UNIQUE, Unique},
    catalog::{Catalog, SCHEMA, Table},
    layout::{Base, Layout},
    passwords, triggers,
};

/// The tables whose rows are looked at for every request, and the trigger's event for each.
pub(super) const WATCHED: &[&str] = &["user", "session"];
/// Columns by which rows are looked up.
const LOOKED_UP: &[(&str, &str)] = &[("session", "userId"), ("account", "userId"), ("verification", "identifier")];

/// Our schema first in the search path, until the end of the transaction.
const ENTER: &str = "select set_config('search_path', concat_ws(', ', 'gateway_adopted', nullif(current_setting('search_path'), '')), true)";

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// In words.
    pub what: String,
    /// The statements.
    pub sql: String,
}

/// What of an earlier adoption is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Existing {
    /// How it understood the tables.
    pub(super) layout: Option<Layout>,
    /// Its views, each with its columns in order.
    pub(super) views: Vec<(String, Vec<String>)>,
    /// Its tables.
    pub(super) tables: Vec<String>,
    /// Enabled triggers on its tables.
    pub(super) triggers: Vec<String>,
    /// Whether several users have the same user name, so that no index can keep them from it.
    pub(super) usernames_clash: bool,
}

/// What is to be done, in order; nothing if all of it is.
pub(super) fn steps(catalog: &Catalog, layout: &Layout, existing: &Existing) -> Vec<Step> {
    let plan = Plan { catalog, layout, existing, changed: existing.layout.as_ref() != Some(layout) };
    let mut steps = Vec::new();
    if existing.layout.is_none() {
        steps.push(step(format!("schema {SCHEMA}"), format!("create schema {SCHEMA};\n{ENTER}")));
    }
    for (logical, base) in &layout.tables {
        steps.extend(plan.columns(logical, base));
        steps.extend(plan.indexes(logical, base));
        steps.extend(plan.upkeep(logical, base));
    }
    steps.extend(plan.tables());
    for (logical, base) in &layout.tables {
        steps.extend(plan.view(logical, base));
    }
    steps.extend(plan.events());
    if plan.changed {
        steps.push(step("record of the adoption".into(), record(layout)));
    }
    steps
}

struct Plan<'a> {
    catalog: &'a Catalog,
    layout: &'a Layout,
    existing: &'a Existing,
    changed: bool,
}

impl<'a> Plan<'a> {
    fn table(&self, base: &Base) -> Option<&'a Table> {
        self.catalog.table(&self.layout.schema, &base.name)
    }

    fn columns(&self, logical: &str, base: &Base) -> Vec<Step> {
        let Some(table) = self.table(base) else { return Vec::new() };
        let mut steps = Vec::new();
        for column in COLUMNS.iter().filter(|column| column.table == logical) {
            let Some(name) = base.columns.get(column.name).filter(|name| table.column(name).is_none()) else {
                continue;
            };
            let kind = if column.kind == Kind::Time { time_of(table) } else { column.kind.in_postgres() };
            let place = at(&self.layout.schema, &base.name);
            let sql = format!("alter table {place} add column {} {kind}", quoted(name));
            steps.push(step(format!("column {}.{name}", table.shown()), sql));
        }
        steps
    }

    fn indexes(&self, logical: &str, base: &Base) -> Vec<Step> {
        let Some(table) = self.table(base) else { return Vec::new() };
        let place = at(&self.layout.schema, &base.name);
        let index = |column: &str, unique: bool| {
            let column = base.columns.get(column)?;
            let is_there = table.indexes.iter().any(|index| index.column == *column && (index.unique || !unique));
            let name = format!("gateway_{}_{column}", base.name);
            let kind = if unique { "unique index" } else { "index" };
            let sql = format!("create {kind} {} on {place} ({})", quoted(&name), quoted(column));
            (!is_there).then(|| step(format!("{kind} on {}.{column}", table.shown()), sql))
        };
        let can_be = |unique: &&Unique| !(unique.lenient && self.existing.usernames_clash);
        let wanted = UNIQUE.iter().filter(|unique| unique.table == logical).filter(can_be);
        let unique = wanted.filter_map(|unique| index(unique.column, true));
        let plain =
            LOOKED_UP.iter().filter(|(table, _)| *table == logical).filter_map(|(_, column)| index(column, false));
        // Statements name the row by this column, and count on it in conflicts.
        let id = base.shadows.contains_key("id").then(|| index("id", true)).flatten();
        id.into_iter().chain(unique).chain(plain).collect()
    }

    /// The trigger that fills and keeps columns, before a row is written.
    fn upkeep(&self, logical: &str, base: &Base) -> Option<Step> {
        let table = self.table(base)?;
        let is_there = !self.changed && table.triggers.iter().any(|name| name == triggers::UPKEEP);
        let sql = triggers::upkeep(logical, &self.layout.schema, table, base)?;
        (!is_there).then(|| step(format!("trigger that keeps columns of {}", table.shown()), sql))
    }

    /// The tables that lack, and what keeps passwords in step where they stand with the users.
    fn tables(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let lacks = |logical: &str| !self.layout.tables.contains_key(logical);
        let made = |logical: &str| self.existing.tables.iter().any(|table| table == logical);
        if lacks("verification") && !made("verification") {
            steps.push(step(format!("table {SCHEMA}.verification"), passwords::VERIFICATION.to_owned()));
        }
        let Some(user) = self.layout.tables.get("user").filter(|_| lacks("account")) else { return steps };
        if !made("account") {
            steps.push(step(format!("table {SCHEMA}.account"), passwords::account(&self.layout.schema, user)));
        }
        let Some(password) = &self.layout.password else { return steps };
        let on_user =
            self.table(user).is_some_and(|table| table.triggers.iter().any(|name| name == passwords::ON_USER));
        let on_account = self.existing.triggers.iter().any(|name| name == passwords::ON_ACCOUNT);
        if self.changed || !on_user || !on_account {
            let what = format!(
                "triggers that keep the passwords of accounts in {}.{}.{password}",
                self.layout.schema, user.name
            );
            steps.push(step(what, passwords::in_step(&self.layout.schema, user, password)));
        }
        steps
    }

    fn view(&self, logical: &str, base: &Base) -> Option<Step> {
        let there = self.existing.views.iter().find(|(name, _)| name == logical).map(|(_, columns)| columns.as_slice());
        if there.is_some() && !self.changed {
            return None;
        }
        // A view is replaced by one that begins with the same columns, or not at all.
        let there = there.unwrap_or_default();
        let ours = COLUMNS.iter().filter(|column| column.table == logical).map(|column| column.name);
        let order: Vec<&str> = there
            .iter()
            .map(String::as_str)
            .chain(ours.filter(|name| !there.iter().any(|other| other == name)))
            .collect();
        let columns: Vec<_> = order
            .iter()
            .filter_map(|name| Some(format!("    {} as {}", quoted(base.columns.get(*name)?), quoted(name))))
            .collect();
        let view = at(SCHEMA, logical);
        let sql = format!(
            "create or replace view {view} as select\n{}\nfrom {}",
            columns.join(",\n"),
            at(&self.layout.schema, &base.name)
        );
        Some(step(format!("view {SCHEMA}.{logical} of {}.{}", self.layout.schema, base.name), sql))
    }

    /// The triggers that tell of changes.
    fn events(&self) -> Option<Step> {
        let base = |logical: &str| self.layout.tables.get(logical);
        let (user, session) = (base("user")?, base("session")?);
        let found: Vec<_> =
            WATCHED.iter().filter_map(|logical| self.table(base(logical)?)).flat_map(|table| &table.triggers).collect();
        let complete = TRIGGERS.iter().all(|trigger| found.iter().any(|name| name == trigger));
        let place = |base: &Base| at(&self.layout.schema, &base.name);
        let what = format!(
            "triggers that tell of changes of {}.{} and {}.{}",
            self.layout.schema, user.name, self.layout.schema, session.name
        );
        (!complete || self.changed).then(|| step(what, triggers::events(&place(user), &place(session))))
    }
}

fn step(what: String, sql: String) -> Step {
    Step { what, sql }
}

/// The type of the table's other times, so that all are read alike.
fn time_of(table: &Table) -> &'static str {
    match table.columns.iter().any(|column| column.kind == "timestamp without time zone") {
        true => "timestamp",
        false => "timestamptz",
    }
}

fn record(layout: &Layout) -> String {
    let layout = serde_json::to_string(layout).unwrap_or_default();
    format!(
        "create table if not exists {SCHEMA}._gateway_adoption (layout text not null, made text not null default '{{}}');\n\
         insert into {SCHEMA}._gateway_adoption (layout) select '' where not exists (select from {SCHEMA}._gateway_adoption);\n\
         update {SCHEMA}._gateway_adoption set layout = {}",
        literal(&layout)
    )
}

/// A name as SQL wants it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table in a schema.
pub(super) fn at(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}

/// A text as SQL wants it, with backslashes or without.
pub(super) fn literal(text: &str) -> String {
    let quotes = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quotes.replace('\\', "\\\\")) } else { format!("'{quotes}'") }
}
