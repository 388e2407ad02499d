//! `GET /admin/list-users`: a page of the users that are searched for. What can't be compared or sorted by finds nobody.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::acting::Acting;
use crate::{
    app::App,
    auth::{
        error::{self, Result},
        extract::Query,
        fields::{Fields, Form},
        view,
    },
    store::{Comparison, Direction, Operand, StoreError, User, UserColumn, UserCondition, UserSearch},
};

/// Users on a page when nothing is said.
const DEFAULT_LIMIT: u32 = 100;

/// Most users on a page.
const MOST: u32 = 10_000;

const SEARCHES: &[(&str, Comparison)] =
    &[("contains", Comparison::Contains), ("starts_with", Comparison::StartsWith), ("ends_with", Comparison::EndsWith)];

const FILTERS: &[(&str, Comparison)] = &[
    ("eq", Comparison::By("=")),
    ("ne", Comparison::By("<>")),
    ("lt", Comparison::By("<")),
    ("lte", Comparison::By("<=")),
    ("gt", Comparison::By(">")),
    ("gte", Comparison::By(">=")),
    ("in", Comparison::In),
    ("not_in", Comparison::NotIn),
    ("contains", Comparison::Contains),
    ("starts_with", Comparison::StartsWith),
    ("ends_with", Comparison::EndsWith),
];

/// The query as it was sent.
pub(super) struct List {
    search: Option<(&'static str, Comparison, String)>,
    filter: Option<(String, Comparison, Operand)>,
    limit: Option<f64>,
    offset: Option<f64>,
    sort: Option<(String, Direction)>,
}

impl Form for List {
    fn read(fields: &mut Fields<'_>) -> Self {
        let search_value = fields.optional_text("searchValue").filter(|value| !value.is_empty());
        let search_field = fields.optional_choice("searchField", &[("email", "email"), ("name", "name")]);
        let search_by = fields.optional_choice("searchOperator", SEARCHES).unwrap_or(Comparison::Contains);
        let limit = fields.optional_single("limit").as_deref().and_then(number);
        let offset = fields.optional_single("offset").as_deref().and_then(number);
        let sort_by = fields.optional_text("sortBy").filter(|name| !name.is_empty());
        let directions = [("asc", Direction::Ascending), ("desc", Direction::Descending)];
        let direction = fields.optional_choice("sortDirection", &directions).unwrap_or(Direction::Ascending);
        let filter_field = fields.optional_text("filterField").filter(|name| !name.is_empty());
        let filter_value = operand(fields);
        let filter_by = fields.optional_choice("filterOperator", FILTERS).unwrap_or(Comparison::By("="));
        let filter_field = filter_field.unwrap_or_else(|| "email".to_owned());
        Self {
            search: search_value.map(|value| (search_field.unwrap_or("email"), search_by, value)),
            filter: filter_value.map(|value| (filter_field, filter_by, value)),
            limit,
            offset,
            sort: sort_by.map(|name| (name, direction)),
        }
    }
}

/// The value to filter by; one that is repeated is a list.
fn operand(fields: &mut Fields<'_>) -> Option<Operand> {
    fields.note("filterValue", false, || json!({ "type": "string" }));
    match fields.value("filterValue")? {
        Value::String(value) => Some(Operand::One(value.clone())),
        Value::Array(values) => {
            Some(Operand::Several(values.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
        }
        _ => None,
    }
}

/// A number as JavaScript reads it; zero and what is none count as not given.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.trim_start_matches(|c: char| c.is_ascii_digit() || ".eE+-".contains(c)).is_empty();
    let read = if unsigned == "Infinity" || digits { text.parse().ok() } else { None };
    read.filter(|number: &f64| *number != 0.0 && !number.is_nan())
}

/// A page of users.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer<'a> {
    users: Vec<view::User<'a>>,
    total: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
}

pub(super) async fn answer(State(app): State<App>, Query(list): Query<List>, acting: Acting) -> Result<Response> {
    acting.must(&app, "user", "list", error::YOU_ARE_NOT_ALLOWED_TO_LIST_USERS)?;
    let Some(Page { search, limit, offset }) = page(list) else {
        return Ok(Json(Answer::default()).into_response());
    };
    let (users, total) = match app.store.search_users(&search).await {
        // A pattern or a value that the database can't work with.
        Err(StoreError::Other(reason)) => {
            tracing::debug!(reason, "a search for users found nobody");
            return Ok(Json(Answer::default()).into_response());
        }
        other => other?,
    };
    let cut = |asked: i64| if total > u64::from(MOST) { asked.min(i64::from(MOST)) } else { asked };
    Ok(Json(Answer { users: shown(&app, &users), total, limit: limit.map(cut), offset }).into_response())
}

fn shown<'a>(app: &App, users: &'a [User]) -> Vec<view::User<'a>> {
    users.iter().map(|user| view::User::of(app, user)).collect()
}

/// A query that can be asked of the database, and the numbers as they are told again.
struct Page {
    search: UserSearch,
    limit: Option<i64>,
    offset: Option<i64>,
}

fn page(list: List) -> Option<Page> {
    let (limit, offset) = (whole(list.limit)?, whole(list.offset)?);
    let sort = match list.sort {
        Some((name, direction)) => Some((UserColumn::named(&name)?, direction)),
        None => None,
    };
    let mut conditions = Vec::new();
    if let Some((name, comparison, value)) = list.search {
        conditions.push(UserCondition::new(UserColumn::named(name)?, comparison, Operand::One(value))?);
    }
    if let Some((name, comparison, operand)) = list.filter {
        conditions.push(UserCondition::new(UserColumn::named(&name)?, comparison, operand)?);
    }
    let most = limit.map_or(DEFAULT_LIMIT, |limit| u32::try_from(limit).unwrap_or(MOST).min(MOST));
    Some(Page { search: UserSearch { conditions, sort, limit: most, offset: offset.unwrap_or(0) }, limit, offset })
}

/// A whole number that a database can count to; the outer nothing stands for one that it can't.
fn whole(number: Option<f64>) -> Option<Option<i64>> {
    const MOST_EXACT: f64 = 9_007_199_254_740_991.0;
    match number {
        None => Some(None),
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        Some(number) if number.fract() == 0.0 && (1.0..=MOST_EXACT).contains(&number) => Some(Some(number as i64)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
