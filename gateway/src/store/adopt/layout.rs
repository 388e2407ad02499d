//! Recognising by whom tables are and what their columns mean. Pure: it judges a [`Catalog`] and asks nobody.
//!
//! Names are compared without case and underscores, so that `emailVerified`, `email_verified` and `emailverified` are one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    super::schema::{COLUMNS, Column, Kind},
    catalog::{Catalog, Field, Table},
};

/// Which columns stand for Better Auth's, in tables that are not named as Better Auth names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Layout {
    /// The schema of the tables.
    pub(in crate::store) schema: String,
    /// By Better Auth's name of the table: `user`, `session` and, where they are there, `account` and `verification`.
    pub(in crate::store) tables: BTreeMap<String, Base>,
    /// The column of the user's table that holds the password's hash; none where accounts hold it.
    pub(in crate::store) password: Option<String>,
}

impl Layout {
    /// Whether the tables' own ids are UUIDs, so that new ones have to be.
    pub(in crate::store) fn has_uuids(&self) -> bool {
        self.tables.values().any(|base| base.shadows.contains_key("id"))
    }
}

/// A table that stands for one of Better Auth's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Base {
    /// Its name.
    pub(in crate::store) name: String,
    /// Better Auth's name of each column, and the column here; those that lack are to be added under that name.
    pub(in crate::store) columns: BTreeMap<String, String>,
    /// Columns whose type our queries can't use, each with the column of text that stands in for it.
    pub(in crate::store) shadows: BTreeMap<String, String>,
    /// What a column becomes that the gateway leaves empty and that must not be: an expression.
    pub(in crate::store) fills: BTreeMap<String, String>,
}

/// What a look at the tables came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Finding {
    /// No accounts here; what comes closest, if anything does.
    Nothing(Vec<String>),
    /// Accounts in another spelling.
    Other(Box<Layout>),
    /// Accounts that can't be served, with every reason.
    Unfit(Vec<String>),
}

/// Without these a table is not what its name says.
const ESSENTIAL: &[(&str, &[&str])] = &[
    ("user", &["id", "email"]),
    ("session", &["id", "token", "userId", "expiresAt"]),
    ("account", &["id", "accountId", "providerId", "userId"]),
    ("verification", &["id", "identifier", "value", "expiresAt"]),
];
const PASSWORDS: &[&str] = &["password", "passwordhash", "hashedpassword"];
/// What the gateway may leave empty, and a database has to allow.
const OPTIONAL: &[&str] = &[
    "image",
    "role",
    "banned",
    "banReason",
    "banExpires",
    "username",
    "displayUsername",
    "isAnonymous",
    "lastLoginMethod",
    "ipAddress",
    "userAgent",
    "impersonatedBy",
    "accessToken",
    "refreshToken",
    "idToken",
    "accessTokenExpiresAt",
    "refreshTokenExpiresAt",
    "scope",
    "password",
];

/// Finds the accounts; where they were adopted before, only in the tables of that time.
pub(in crate::store) fn recognise(catalog: &Catalog, adopted: Option<&Layout>) -> Finding {
    let (user, session) = match adopted {
        Some(layout) => match (known(catalog, layout, "user"), known(catalog, layout, "session")) {
            (Some(user), Some(session)) => (user, session),
            _ => return Finding::Unfit(vec!["the adopted tables are gone".into()]),
        },
        None => match pairs(catalog).as_slice() {
            [] => return Finding::Nothing(near_misses(catalog)),
            [pair] => *pair,
            several => return Finding::Unfit(vec![ambiguous(several)]),
        },
    };
    let beside = |logical: &str| match adopted {
        Some(layout) => known(catalog, layout, logical),
        None => catalog.tables.iter().find(|table| table.schema == user.schema && viable(table, logical)),
    };
    let found = [
        ("user", Some(user)),
        ("session", Some(session)),
        ("account", beside("account")),
        ("verification", beside("verification")),
    ];
    judge(&found)
}

fn judge(found: &[(&'static str, Option<&Table>)]) -> Finding {
    let mut layout = Layout::default();
    let mut problems = Vec::new();
    for (logical, table) in found {
        let Some(table) = table else { continue };
        layout.schema.clone_from(&table.schema);
        let base = base(logical, table);
        problems.extend(
            COLUMNS.iter().filter(|column| column.table == *logical).filter_map(|column| problem(column, table, &base)),
        );
        problems.extend(unfilled(logical, table, &base));
        layout.tables.insert((*logical).to_owned(), base);
    }
    if let (None, Some((_, Some(user)))) = (layout.tables.get("account"), found.first()) {
        layout.password =
            user.columns.iter().find(|c| PASSWORDS.contains(&plain(&c.name).as_str())).map(|c| c.name.clone());
        let of_text = |column: &String| user.column(column).is_some_and(|field| Kind::Text.accepts(&field.kind));
        if let Some(column) = layout.password.as_ref().filter(|column| !of_text(column)) {
            problems.push(format!("column {}.{column} is no text", user.shown()));
        }
        let never_null = |column: &&String| user.column(column).is_some_and(|field| field.not_null);
        if let (Some(column), Some(base)) = (layout.password.as_ref().filter(never_null), layout.tables.get_mut("user"))
        {
            base.fills.insert(column.clone(), "''".to_owned());
        }
    }
    if problems.is_empty() { Finding::Other(Box::new(layout)) } else { Finding::Unfit(problems) }
}

/// Pairs of tables that can be users and their sessions; those whose sessions refer to the users, if there are such.
fn pairs(catalog: &Catalog) -> Vec<(&Table, &Table)> {
    let of = |logical: &'static str| catalog.tables.iter().filter(move |table| viable(table, logical));
    let all: Vec<_> = of("user")
        .flat_map(|user| {
            of("session").filter(|session| session.schema == user.schema).map(move |session| (user, session))
        })
        .collect();
    let refers = |(user, session): &(&Table, &Table)| session.references.iter().any(|(_, target)| *target == user.name);
    let bound: Vec<_> = all.iter().copied().filter(refers).collect();
    if bound.is_empty() { all } else { bound }
}

fn ambiguous(pairs: &[(&Table, &Table)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(user, session)| format!("{} with {}", user.shown(), session.shown())).collect();
    format!(
        "the accounts may be in {}; leave one in the search path (add ?options=-csearch_path%3Dschema to database.url)",
        pairs.join(" or in ")
    )
}

fn near_misses(catalog: &Catalog) -> Vec<String> {
    let miss = |table: &Table| {
        let (logical, _) = ESSENTIAL.iter().take(2).find(|(logical, _)| is_called(&table.name, logical))?;
        let lacking: Vec<_> = lacking(table, logical).collect();
        Some(match lacking.is_empty() {
            true => format!("table {} could hold {logical}s, but no table goes with it", table.shown()),
            false => format!("table {} has no column for {}", table.shown(), lacking.join(", ")),
        })
    };
    catalog.tables.iter().filter_map(miss).collect()
}

fn known<'a>(catalog: &'a Catalog, layout: &Layout, logical: &str) -> Option<&'a Table> {
    catalog.table(&layout.schema, &layout.tables.get(logical)?.name)
}

fn viable(table: &Table, logical: &str) -> bool {
    is_called(&table.name, logical) && lacking(table, logical).next().is_none()
}

fn lacking<'a>(table: &'a Table, logical: &str) -> impl Iterator<Item = &'static str> + use<'a> {
    let essential = ESSENTIAL.iter().find(|(name, _)| *name == logical).map_or(&[][..], |(_, columns)| columns);
    essential.iter().copied().filter(|column| field(table, column).is_none())
}

/// Whether a table of this name can be the logical one: `users`, `auth_user`, `user_sessions`, `verification_tokens`.
fn is_called(name: &str, logical: &str) -> bool {
    let mut name = plain(name);
    for prefix in ["betterauth", "auth", "app"] {
        name = name.strip_prefix(prefix).map_or(name.clone(), str::to_owned);
    }
    let name = if logical == "user" { &name } else { name.strip_prefix("user").unwrap_or(&name) };
    let name = name.strip_suffix('s').unwrap_or(name);
    name == logical || (logical == "verification" && name == "verificationtoken")
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// The column that stands for Better Auth's of this name, best by the very name.
fn field<'a>(table: &'a Table, logical: &str) -> Option<&'a Field> {
    let wanted = logical.to_lowercase();
    table.column(logical).or_else(|| table.columns.iter().find(|column| plain(&column.name) == wanted))
}

fn base(logical: &str, table: &Table) -> Base {
    let mut base = Base { name: table.name.clone(), ..Base::default() };
    let snake = is_snake(table);
    for column in COLUMNS.iter().filter(|column| column.table == logical) {
        let found = field(table, column.name);
        let name = match found {
            Some(field) if needs_shadow(column, field) => {
                let shadow = format!("gateway_{}", field.name);
                base.shadows.insert(field.name.clone(), shadow.clone());
                shadow
            }
            Some(field) => field.name.clone(),
            None if snake => snake_case(column.name),
            None => column.name.to_owned(),
        };
        if let Some(field) = found.filter(|field| field.not_null && OPTIONAL.contains(&column.name)) {
            base.fills.extend(field.default.clone().map(|default| (field.name.clone(), default)));
        }
        base.columns.insert(column.name.to_owned(), name);
    }
    base
}

/// Whether the table's names are in lower case with underscores, as far as one can tell.
fn is_snake(table: &Table) -> bool {
    table.columns.iter().all(|column| !column.name.chars().any(char::is_uppercase))
}

/// `ipAddress` as `ip_address`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 3);
    for c in name.chars() {
        if c.is_uppercase() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

fn needs_shadow(column: &Column, field: &Field) -> bool {
    let castable = field.is_enum || matches!(field.kind.as_str(), "inet" | "cidr" | "uuid");
    let of_uuids = field.kind == "uuid" && matches!(column.name, "id" | "userId");
    column.kind == Kind::Text && (of_uuids || (castable && OPTIONAL.contains(&column.name)))
}

fn problem(column: &Column, table: &Table, base: &Base) -> Option<String> {
    let field = field(table, column.name)?;
    if field.name == "id" || column.name != "id" {
        let fine = base.shadows.contains_key(&field.name) || column.kind.accepts(&field.kind);
        let wanted = column.kind.in_postgres();
        return (!fine)
            .then(|| format!("column {}.{} is of type {} instead of {wanted}", table.shown(), field.name, field.kind));
    }
    Some(format!("column {}.{} has to be named id", table.shown(), field.name))
}

/// Columns that have to be filled when a row is made, and that the gateway knows nothing to fill with.
fn unfilled(logical: &str, table: &Table, base: &Base) -> Vec<String> {
    let given: BTreeSet<&str> = base
        .columns
        .iter()
        .filter(|(name, _)| !OPTIONAL.contains(&name.as_str()))
        .flat_map(|(_, column)| {
            let original = base.shadows.iter().find(|(_, shadow)| *shadow == column).map(|(of, _)| of.as_str());
            [Some(column.as_str()), original].into_iter().flatten()
        })
        .collect();
    let is_password = |field: &Field| logical == "user" && PASSWORDS.contains(&plain(&field.name).as_str());
    table
        .columns
        .iter()
        .filter(|field| field.not_null && field.default.is_none())
        .filter(|field| !given.contains(field.name.as_str()) && !is_password(field))
        .map(|field| {
            format!(
                "column {}.{} must not be null and has no default, so the gateway could not make rows",
                table.shown(),
                field.name
            )
        })
        .collect()
}
