//! Which keys exist and what fits them, asked of the configuration structs themselves: a document that holds only one
//! value is deserialised, and what serde says of it is said of this value.

use serde::Deserialize;
use toml::{Table, Value};

use super::super::{
    Config,
    key::{Key, Step},
};

/// No section has this key.
const NO_KEY: &str = "?";

/// What serde says against `value` at `key`; nothing when it fits.
pub(super) fn complaint(key: &Key, value: Value) -> Option<String> {
    let document = key.steps().iter().rev().fold(value, |inner, step| match step {
        Step::Name(name) => Value::Table(Table::from_iter([(name.clone(), inner)])),
        Step::Index(_) => Value::Array(vec![inner]),
    });
    Config::deserialize(document).err().map(|error| error.message().to_owned())
}

/// The keys a section can have; none when `key` is no section or takes any keys.
pub(in crate::config) fn fields(key: &Key) -> Option<Vec<String>> {
    let probe = Value::Table(Table::from_iter([(NO_KEY.to_owned(), Value::Table(Table::new()))]));
    let said = complaint(key, probe)?;
    let expected = said.strip_prefix("unknown field `?`, expected ")?;
    Some(quoted(expected).map(str::to_owned).collect())
}

/// Whether a table can stand at `key`.
pub(super) fn takes_table(key: &Key) -> bool {
    complaint(key, Value::Table(Table::new())).is_none()
}

/// Whether a list can stand at `key`. Sections are structs, which serde would also read from a list.
pub(super) fn takes_list(key: &Key) -> bool {
    fields(key).is_none() && complaint(key, Value::Array(Vec::new())).is_none()
}

/// How far `key` is known.
pub(super) enum Known {
    /// To its end.
    Yes,
    /// The step after the first `usize` is none of these.
    NotAmong(usize, Vec<String>),
    /// The first `usize` steps lead to a plain value; nothing is below it.
    NothingBelow(usize),
}

/// How far `key` is known.
pub(super) fn known(key: &Key) -> Known {
    for (depth, step) in key.steps().iter().enumerate() {
        let Step::Name(name) = step else { continue };
        let above = key.first(depth);
        match fields(&above) {
            Some(fields) if !fields.contains(name) => return Known::NotAmong(depth, fields),
            None if !takes_table(&above) => return Known::NothingBelow(depth),
            _ => {}
        }
    }
    Known::Yes
}

/// Every key with a fixed name, sections left out: `server.listen`, `session.cookie_cache.enabled`, `upstreams`.
pub(in crate::config) fn all_keys() -> Vec<Key> {
    let mut found = Vec::new();
    let mut open = vec![Key::default()];
    while let Some(key) = open.pop() {
        match fields(&key) {
            Some(names) => open.extend(names.iter().rev().map(|name| key.name(name))),
            None => found.push(key),
        }
    }
    found
}

/// The words between backquotes.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
