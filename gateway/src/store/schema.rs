//! What the tables have to look like, and what is to be said or done where they don't. Pure; `migrate` asks and acts.

use std::collections::HashMap;

/// How a database's schema compares with the one that this version needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaState {
    /// What `gateway migrate` would do; empty when the schema is up to date.
    pub pending: Vec<String>,
    /// A migration that this version doesn't know: a later one made it.
    pub newer: Option<i64>,
    /// Why the tables can't be Better Auth's.
    pub problems: Vec<String>,
    /// Columns that ought to be unique and are not, because their values are not; only flows that are off unless enabled
    /// need them to be.
    pub clashes: Vec<String>,
}

impl SchemaState {
    /// Whether the database can be served as it is.
    pub fn is_current(&self) -> bool {
        self.pending.is_empty() && self.newer.is_none() && self.problems.is_empty()
    }
}

/// A column that our queries name.
pub(super) struct Column {
    pub(super) table: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether Better Auth of any version has it. Others come with plugins or later versions and are added where they lack.
    core: bool,
}

/// The type of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bool,
    Time,
}

impl Kind {
    /// The type's name in PostgreSQL.
    pub(super) fn in_postgres(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "boolean",
            Self::Time => "timestamptz",
        }
    }

    /// The type's name in SQLite.
    pub(super) fn in_sqlite(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "integer",
            Self::Time => "date",
        }
    }

    /// Whether PostgreSQL's type of that name is read and bound like ours.
    pub(super) fn accepts(self, postgres: &str) -> bool {
        match self {
            Self::Text => matches!(postgres, "text" | "character varying" | "citext" | "name"),
            Self::Bool => postgres == "boolean",
            // Without a zone it is taken for UTC, as the session's time zone is.
            Self::Time => matches!(postgres, "timestamp with time zone" | "timestamp without time zone"),
        }
    }
}

const fn core(table: &'static str, name: &'static str, kind: Kind) -> Column {
    Column { table, name, kind, core: true }
}

const fn added(table: &'static str, name: &'static str, kind: Kind) -> Column {
    Column { table, name, kind, core: false }
}

/// Every column that our queries name.
pub(super) const COLUMNS: &[Column] = &[
    core("user", "id", Kind::Text),
    core("user", "name", Kind::Text),
    core("user", "email", Kind::Text),
    core("user", "emailVerified", Kind::Bool),
    core("user", "image", Kind::Text),
    core("user", "createdAt", Kind::Time),
    core("user", "updatedAt", Kind::Time),
    added("user", "role", Kind::Text),
    added("user", "banned", Kind::Bool),
    added("user", "banReason", Kind::Text),
    added("user", "banExpires", Kind::Time),
    added("user", "username", Kind::Text),
    added("user", "displayUsername", Kind::Text),
    added("user", "isAnonymous", Kind::Bool),
    added("user", "lastLoginMethod", Kind::Text),
    core("session", "id", Kind::Text),
    core("session", "expiresAt", Kind::Time),
    core("session", "token", Kind::Text),
    core("session", "createdAt", Kind::Time),
    core("session", "updatedAt", Kind::Time),
    core("session", "ipAddress", Kind::Text),
    core("session", "userAgent", Kind::Text),
    core("session", "userId", Kind::Text),
    added("session", "impersonatedBy", Kind::Text),
    core("account", "id", Kind::Text),
    core("account", "accountId", Kind::Text),
    core("account", "providerId", Kind::Text),
    core("account", "userId", Kind::Text),
    core("account", "accessToken", Kind::Text),
    core("account", "refreshToken", Kind::Text),
    core("account", "idToken", Kind::Text),
    core("account", "accessTokenExpiresAt", Kind::Time),
    core("account", "refreshTokenExpiresAt", Kind::Time),
    core("account", "scope", Kind::Text),
    core("account", "password", Kind::Text),
    core("account", "createdAt", Kind::Time),
    core("account", "updatedAt", Kind::Time),
    core("verification", "id", Kind::Text),
    core("verification", "identifier", Kind::Text),
    core("verification", "value", Kind::Text),
    core("verification", "expiresAt", Kind::Time),
    core("verification", "createdAt", Kind::Time),
    core("verification", "updatedAt", Kind::Time),
    core("jwks", "id", Kind::Text),
    core("jwks", "publicKey", Kind::Text),
    core("jwks", "privateKey", Kind::Text),
    core("jwks", "createdAt", Kind::Time),
    added("jwks", "expiresAt", Kind::Time),
    added("jwks", "alg", Kind::Text),
    added("jwks", "crv", Kind::Text),
];

/// A column whose values must differ, because we count on the database to refuse the second.
pub(super) struct Unique {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    /// Name of the index where we make it; it is the one of the constraint where Better Auth does.
    pub(super) index: &'static str,
    /// Whether the gateway serves without it where the values that are there clash.
    pub(super) lenient: bool,
}

/// User names. Tables of others may have a column of this name in which anything stands.
pub(super) const USERNAMES: Unique =
    Unique { table: "user", column: "username", index: "user_username_key", lenient: true };

pub(super) const UNIQUE: &[Unique] = &[
    Unique { table: "user", column: "email", index: "user_email_key", lenient: false },
    Unique { table: "session", column: "token", index: "session_token_key", lenient: false },
    USERNAMES,
];

/// The triggers that tell of changes on PostgreSQL.
pub(super) const TRIGGERS: &[&str] = &[
    "gateway_session_deleted",
    "gateway_session_updated",
    "gateway_session_truncated",
    "gateway_user_deleted",
    "gateway_user_updated",
    "gateway_user_truncated",
];

/// What was found in a database.
#[derive(Default)]
pub(super) struct Found {
    /// Versions of the migrations that were run.
    pub(super) applied: Vec<i64>,
    /// Table, column and, on PostgreSQL, the type's name.
    pub(super) columns: Vec<(String, String, Option<String>)>,
    /// Table and column of each unique index over one column.
    pub(super) unique: Vec<(String, String)>,
    /// Whether several users have the same user name.
    pub(super) usernames_clash: bool,
    /// Names of enabled triggers; none where there are none to be.
    pub(super) triggers: Option<Vec<String>>,
    /// Where other tables are adopted: what is known of them.
    pub(super) adopted: Option<Adopted>,
}

/// What was found of adopted tables.
#[derive(Default)]
pub(super) struct Adopted {
    /// What is to be done.
    pub(super) pending: Vec<String>,
    /// What is wrong beyond doing.
    pub(super) problems: Vec<String>,
    /// Whether several users have the same user name.
    pub(super) usernames_clash: bool,
}

impl Found {
    /// The columns to be added.
    pub(super) fn missing_columns(&self) -> Vec<&'static Column> {
        let tables = self.tables();
        let lacks =
            |column: &&Column| tables.get(column.table).is_some_and(|columns| !columns.contains_key(column.name));
        COLUMNS.iter().filter(|column| !column.core).filter(lacks).collect()
    }

    /// The unique indexes to be made.
    pub(super) fn missing_unique(&self) -> Vec<&'static Unique> {
        let tables = self.tables();
        let is_there = |wanted: &Unique| {
            self.unique.iter().any(|(table, column)| table == wanted.table && column == wanted.column)
        };
        let can_be = |unique: &Unique| !(unique.lenient && self.usernames_clash);
        UNIQUE.iter().filter(|u| tables.contains_key(u.table) && !is_there(u) && can_be(u)).collect()
    }

    /// Whether there are user names whose uniqueness nobody keeps.
    pub(super) fn has_loose_usernames(&self) -> bool {
        let is = |(table, column): &(String, String)| table == USERNAMES.table && column == USERNAMES.column;
        !self.unique.iter().any(is)
            && self.columns.iter().any(|(table, column, _)| is(&(table.clone(), column.clone())))
    }

    /// Whether the accounts may be in tables of another layout: no migration was run, and Better Auth's own tables are not
    /// there or not as they should be.
    pub(super) fn may_be_foreign(&self) -> bool {
        let tables = self.tables();
        let odd = || COLUMNS.iter().any(|column| problem(column, &tables).is_some());
        self.applied.is_empty() && self.adopted.is_none() && (!tables.contains_key("user") || odd())
    }

    /// Whether one of the triggers is not there or turned off.
    pub(super) fn lacks_triggers(&self) -> bool {
        self.missing_triggers().next().is_some()
    }

    /// Whether one of the tables is not there.
    pub(super) fn lacks_tables(&self) -> bool {
        let tables = self.tables();
        COLUMNS.iter().any(|column| !tables.contains_key(column.table))
    }

    /// Compares with what this version needs; `known` are its migrations.
    pub(super) fn judge(&self, known: &[(i64, String)]) -> SchemaState {
        let tables = self.tables();
        let mut state = SchemaState::default();
        state.clashes.extend(self.usernames_clash.then(|| format!("{}.{}", USERNAMES.table, USERNAMES.column)));
        let news = known.iter().filter(|(version, _)| !self.applied.contains(version));
        state.pending.extend(news.map(|(version, name)| format!("{version:04} {name}")));
        state.newer = self.applied.iter().copied().find(|version| known.iter().all(|(ours, _)| ours != version));
        if let Some(adopted) = &self.adopted {
            state.pending.extend_from_slice(&adopted.pending);
            state.problems.extend_from_slice(&adopted.problems);
            return state;
        }
        state
            .pending
            .extend(self.missing_columns().iter().map(|column| format!("column {}.{}", column.table, column.name)));
        state.pending.extend(self.missing_unique().iter().map(|unique| format!("index {}", unique.index)));
        // In a fresh or a stock database the migrations bring tables and triggers.
        if known.iter().all(|(version, _)| self.applied.contains(version)) {
            let absent: Vec<_> = TABLES.iter().filter(|table| !tables.contains_key(**table)).collect();
            state.pending.extend(absent.iter().map(|table| format!("table {table}")));
            state.pending.extend(self.missing_triggers().map(|trigger| format!("trigger {trigger}")));
        }
        state.problems = COLUMNS.iter().filter_map(|column| problem(column, &tables)).collect();
        state
    }

    fn missing_triggers(&self) -> impl Iterator<Item = &'static str> {
        let found = self.triggers.as_deref();
        TRIGGERS.iter().copied().filter(move |name| found.is_some_and(|found| !found.iter().any(|other| other == name)))
    }

    fn tables(&self) -> Tables<'_> {
        let mut tables = Tables::new();
        for (table, column, kind) in &self.columns {
            tables.entry(table).or_default().insert(column, kind.as_deref());
        }
        tables
    }
}

const TABLES: &[&str] = &["user", "session", "account", "verification", "jwks"];

type Tables<'a> = HashMap<&'a str, HashMap<&'a str, Option<&'a str>>>;

fn problem(column: &Column, tables: &Tables<'_>) -> Option<String> {
    let Column { table, name, kind, .. } = column;
    match tables.get(table)?.get(name) {
        None if column.core => Some(format!("table \"{table}\" has no column \"{name}\"")),
        Some(Some(found)) if !kind.accepts(found) => {
            Some(format!("column \"{table}\".\"{name}\" is of type {found} instead of {}", kind.in_postgres()))
        }
        _ => None,
    }
}
