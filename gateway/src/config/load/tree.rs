//! What was written, with the place of every key and value. Knows nothing of which keys exist.

use std::collections::BTreeMap;

use toml::{
    Spanned, Value,
    de::{DeTable, DeValue},
};

use super::super::{
    key::{Key, Step},
    problem::Place,
};

/// A value and where it and its key stand.
#[derive(Clone)]
pub(super) struct Node {
    /// Where the key stands.
    pub(super) key_place: Place,
    /// Where the value stands.
    pub(super) place: Place,
    /// The value.
    pub(super) content: Content,
}

/// What a [`Node`] holds.
#[derive(Clone)]
pub(super) enum Content {
    /// Text, number, switch or date.
    Leaf(Value),
    /// `[…]` or a run of `[[…]]`.
    List(Vec<Node>),
    /// `{…}` or `[…]` at the start of a line.
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// An empty table.
    pub(super) fn table(place: Place) -> Self {
        Self { key_place: place.clone(), place, content: Content::Table(BTreeMap::new()) }
    }

    /// A value that was given in one piece, by a variable or a flag.
    pub(super) fn given(value: Value, place: &Place) -> Self {
        let content = match value {
            Value::Array(items) => Content::List(items.into_iter().map(|item| Self::given(item, place)).collect()),
            Value::Table(table) => Content::Table(table.into_iter().map(|(k, v)| (k, Self::given(v, place))).collect()),
            leaf => Content::Leaf(leaf),
        };
        Self { key_place: place.clone(), place: place.clone(), content }
    }

    /// A parsed file; `place` tells where a byte offset is.
    pub(super) fn parsed(table: &Spanned<DeTable<'_>>, place: &dyn Fn(usize) -> Place) -> Self {
        Self { key_place: place(0), place: place(0), content: table_content(table.get_ref(), place) }
    }

    /// The value without its places.
    pub(super) fn value(&self) -> Value {
        match &self.content {
            Content::Leaf(value) => value.clone(),
            Content::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Content::Table(table) => Value::Table(table.iter().map(|(k, v)| (k.clone(), v.value())).collect()),
        }
    }

    /// Puts `other` over this one: tables are merged, everything else is replaced.
    pub(super) fn overlay(&mut self, other: Self) {
        let Self { key_place, place, content } = other;
        match (&mut self.content, content) {
            (Content::Table(mine), Content::Table(theirs)) => {
                for (name, node) in theirs {
                    match mine.get_mut(&name) {
                        Some(existing) => existing.overlay(node),
                        None => drop(mine.insert(name, node)),
                    }
                }
            }
            (mine, theirs) => *mine = theirs,
        }
        self.key_place = key_place;
        self.place = place;
    }

    /// This node at the end of `key`, wrapped in the tables that lead there.
    pub(super) fn under(self, key: &Key) -> Self {
        key.steps().iter().rev().fold(self, |inner, step| {
            let place = inner.place.clone();
            let content = match step {
                Step::Name(name) => Content::Table(BTreeMap::from([(name.clone(), inner)])),
                Step::Index(_) => Content::List(vec![inner]),
            };
            Self { key_place: place.clone(), place, content }
        })
    }

    /// Notes the place of this node and of all below it.
    pub(super) fn collect_places(&self, key: &Key, places: &mut BTreeMap<Key, Place>) {
        places.insert(key.clone(), self.place.clone());
        match &self.content {
            Content::Leaf(_) => {}
            Content::List(items) => {
                items.iter().enumerate().for_each(|(i, item)| item.collect_places(&key.at(i), places));
            }
            Content::Table(table) => {
                table.iter().for_each(|(name, node)| node.collect_places(&key.name(name), places));
            }
        }
    }
}

fn table_content(table: &DeTable<'_>, place: &dyn Fn(usize) -> Place) -> Content {
    let entries = table.iter().map(|(key, value)| {
        let node = Node {
            key_place: place(key.span().start),
            place: place(value.span().start),
            content: content(value.get_ref(), place),
        };
        (key.get_ref().to_string(), node)
    });
    Content::Table(entries.collect())
}

fn content(value: &DeValue<'_>, place: &dyn Fn(usize) -> Place) -> Content {
    match value {
        DeValue::Table(table) => table_content(table, place),
        DeValue::Array(items) => Content::List(items.iter().map(|item| list_entry(item, place)).collect()),
        DeValue::String(text) => Content::Leaf(Value::String(text.to_string())),
        DeValue::Boolean(switch) => Content::Leaf(Value::Boolean(*switch)),
        DeValue::Datetime(date) => Content::Leaf(Value::Datetime(*date)),
        DeValue::Integer(number) => Content::Leaf(
            // Beyond 64 bits it fits no key of ours; as text it is refused with the number shown.
            i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_| Value::String(number.to_string()), Value::Integer),
        ),
        DeValue::Float(number) => Content::Leaf(
            number.as_str().parse().map_or_else(|_| Value::String(number.as_str().to_owned()), Value::Float),
        ),
    }
}

fn list_entry(item: &Spanned<DeValue<'_>>, place: &dyn Fn(usize) -> Place) -> Node {
    let start = place(item.span().start);
    Node { key_place: start.clone(), place: start, content: content(item.get_ref(), place) }
}
