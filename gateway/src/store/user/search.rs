//! Users found by any of their columns: conditions, order and page of an admin's list.
//!
//! Columns and comparisons come from fixed sets and values are bound, so that no text of a client becomes a statement.
//! `%` and `_` in a pattern mean what the database takes them for, as in Better Auth, and so does upper and lower case.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::AssertSqlSafe;

use super::{
    super::{Result, Store, User, lease::on_db, time::Time},
    user_columns,
};

/// A column of the user's table that may be searched and sorted by.
#[derive(Clone, Copy, Debug)]
pub struct UserColumn {
    name: &'static str,
    sql: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Flag,
    Time,
}

const COLUMNS: &[UserColumn] = &[
    column("id", "u.id", Kind::Text),
    column("name", "u.name", Kind::Text),
    column("email", "u.email", Kind::Text),
    column("emailVerified", r#"u."emailVerified""#, Kind::Flag),
    column("image", "u.image", Kind::Text),
    column("createdAt", r#"u."createdAt""#, Kind::Time),
    column("updatedAt", r#"u."updatedAt""#, Kind::Time),
    column("role", "u.role", Kind::Text),
    column("banned", "u.banned", Kind::Flag),
    column("banReason", r#"u."banReason""#, Kind::Text),
    column("banExpires", r#"u."banExpires""#, Kind::Time),
    column("username", "u.username", Kind::Text),
    column("displayUsername", r#"u."displayUsername""#, Kind::Text),
    column("isAnonymous", r#"u."isAnonymous""#, Kind::Flag),
];

const fn column(name: &'static str, sql: &'static str, kind: Kind) -> UserColumn {
    UserColumn { name, sql, kind }
}

impl UserColumn {
    /// The column with this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        COLUMNS.iter().copied().find(|column| column.name == name)
    }
}

/// How a column is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// By an operator of SQL.
    By(&'static str),
    /// It is one of several.
    In,
    /// It is none of several.
    NotIn,
    /// The value is part of it.
    Contains,
    /// It begins with the value.
    StartsWith,
    /// It ends with the value.
    EndsWith,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// One value.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// What must be so of a user to be found.
#[derive(Clone, Debug)]
pub struct UserCondition {
    column: UserColumn,
    comparison: Comparison,
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Flag(bool),
    Time(Time),
}

impl UserCondition {
    /// Puts it together; `None` when such values can't be compared so, and nobody is found.
    pub fn new(column: UserColumn, comparison: Comparison, operand: Operand) -> Option<Self> {
        let several =
            |values: Vec<String>| values.iter().map(|value| read(column.kind, value)).collect::<Option<Vec<_>>>();
        let values = match (comparison, operand) {
            (Comparison::In | Comparison::NotIn, Operand::Several(values)) => several(values)?,
            (Comparison::NotIn, Operand::One(value)) => several(vec![value])?,
            (Comparison::In, Operand::One(_)) | (_, Operand::Several(_)) => return None,
            (Comparison::By(_), Operand::One(value)) => several(vec![value])?,
            (_, Operand::One(value)) if column.kind == Kind::Flag => several(vec![value])?,
            (Comparison::Contains, Operand::One(value)) => vec![Value::Text(format!("%{value}%"))],
            (Comparison::StartsWith, Operand::One(value)) => vec![Value::Text(format!("{value}%"))],
            (Comparison::EndsWith, Operand::One(value)) => vec![Value::Text(format!("%{value}"))],
        };
        Some(Self { column, comparison, values })
    }

    /// Writes it as SQL whose parameters begin at `first`.
    fn write(&self, sql: &mut String, first: usize) {
        let column = self.column.sql;
        let list = || (0..self.values.len()).map(|at| format!("${}", first + at)).collect::<Vec<_>>().join(", ");
        let is_flag = self.column.kind == Kind::Flag;
        // Writing to a String can't fail.
        let _ = match self.comparison {
            Comparison::By(operator) => write!(sql, "{column} {operator} ${first}"),
            Comparison::In => write!(sql, "{column} in ({})", list()),
            Comparison::NotIn => write!(sql, "{column} not in ({})", list()),
            _ if is_flag => write!(sql, "{column} = ${first}"),
            _ => write!(sql, "cast({column} as text) like ${first}"),
        };
    }
}

fn read(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Flag => Some(Value::Flag(text == "true")),
        Kind::Time => time(text).map(|time| Value::Time(time.into())),
    }
}

/// A point in time, or the beginning of a day.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let exact = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    exact.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc()))
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// Which users to find, in which order, and which of these.
#[derive(Clone, Debug)]
pub struct UserSearch {
    /// What must be so of them, all of it.
    pub conditions: Vec<UserCondition>,
    /// The order; without one they come as they were made.
    pub sort: Option<(UserColumn, Direction)>,
    /// Most users.
    pub limit: u32,
    /// How many are left out before them.
    pub offset: i64,
}

impl UserSearch {
    /// The statements that list and count; they have the same parameters.
    fn statements(&self) -> (String, String) {
        let mut condition = String::from("true");
        let mut next = 1;
        for one in &self.conditions {
            condition.push_str(" and ");
            one.write(&mut condition, next);
            next += one.values.len();
        }
        let order = match self.sort {
            Some((column, Direction::Ascending)) => format!("{} asc, ", column.sql),
            Some((column, Direction::Descending)) => format!("{} desc, ", column.sql),
            None => String::new(),
        };
        let (limit, offset) = (self.limit, self.offset);
        let list = format!(
            r#"select {} from "user" u where {condition} order by {order}u."createdAt", u.id limit {limit} offset {offset}"#,
            user_columns!()
        );
        (list, format!(r#"select count(*) from "user" u where {condition}"#))
    }

    fn values(&self) -> impl Iterator<Item = &Value> {
        self.conditions.iter().flat_map(|condition| &condition.values)
    }
}

/// Binds the values of a search.
macro_rules! bound {
    ($query:expr, $search:expr) => {{
        let mut query = $query;
        for value in $search.values() {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Flag(flag) => query.bind(*flag),
                Value::Time(time) => query.bind(*time),
            };
        }
        query
    }};
}

impl Store {
    /// A page of the users that are searched for, and how many there are of them.
    pub async fn search_users(&self, search: &UserSearch) -> Result<(Vec<User>, u64)> {
        let (list, count) = search.statements();
        let (users, total): (Vec<User>, i64) = on_db!(read self, |db| {
            let list = bound!(sqlx::query_as(AssertSqlSafe(list.as_str())), search);
            let count = bound!(sqlx::query_scalar(AssertSqlSafe(count.as_str())), search);
            match list.fetch_all(&mut *db).await {
                Ok(users) => count.fetch_one(&mut *db).await.map(|total| (users, total)),
                Err(error) => Err(error),
            }
        })?;
        Ok((users, total.unsigned_abs()))
    }
}
