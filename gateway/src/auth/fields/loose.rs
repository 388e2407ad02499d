//! Fields that take values of more than one type, or of a fixed set.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Fields, kind};

impl Fields<'_> {
    /// A value that must be there and is taken as text, whatever it is.
    pub(crate) fn as_text(&mut self, name: &str) -> String {
        self.note(name, true, || json!({ "type": "string" }));
        if let Some(value) = self.value(name) {
            return text_of(value);
        }
        self.complain(name, "Invalid input: expected nonoptional, received undefined");
        String::new()
    }

    /// One of a set of words, which may be left out.
    pub(crate) fn optional_choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        self.note(name, false, || json!({ "enum": choices.iter().map(|(word, _)| *word).collect::<Vec<_>>() }));
        let value = self.value(name)?;
        let chosen = choices.iter().find(|(word, _)| value == word);
        if chosen.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.complain(name, &format!("Invalid option: expected one of {}", words.join("|")));
        }
        chosen.map(|(_, choice)| *choice)
    }

    /// A text or a list of texts that must be there.
    pub(crate) fn text_or_texts(&mut self, name: &str) -> Vec<String> {
        self.note(name, true, || one_or_several(&json!({ "type": "string" })));
        let texts = self.value(name).and_then(texts);
        if texts.is_none() {
            self.complain(name, "Invalid input");
        }
        texts.unwrap_or_default()
    }

    /// A text or a list of texts that may be left out.
    pub(crate) fn optional_text_or_texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.note(name, false, || one_or_several(&json!({ "type": "string" })));
        let read = texts(self.value(name)?);
        if read.is_none() {
            self.complain(name, "Invalid input");
        }
        read
    }

    /// A text of a query that may be left out and, where several values would do no good, not be repeated.
    pub(crate) fn optional_single(&mut self, name: &str) -> Option<String> {
        self.note(name, false, || json!({ "type": "string" }));
        let value = self.value(name)?;
        if !value.is_string() {
            self.complain(name, "Invalid input");
        }
        value.as_str().map(str::to_owned)
    }

    /// A truth value that may be left out, or be `null` to take away what is there.
    pub(crate) fn nullable_flag(&mut self, name: &str) -> Option<Option<bool>> {
        self.note(name, false, || json!({ "type": ["boolean", "null"] }));
        match self.value(name)? {
            Value::Null => Some(None),
            Value::Bool(flag) => Some(Some(*flag)),
            other => {
                self.complain(name, &format!("Invalid input: expected boolean, received {}", kind(Some(other))));
                None
            }
        }
    }

    /// A point in time that may be left out, or be `null` to take away what is there.
    pub(crate) fn nullable_time(&mut self, name: &str) -> Option<Option<DateTime<Utc>>> {
        self.note(name, false, || json!({ "type": ["string", "null"], "format": "date-time" }));
        let value = self.value(name)?;
        if value.is_null() {
            return Some(None);
        }
        let time = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        if time.is_none() {
            self.complain(name, &format!("Invalid input: expected date, received {}", kind(Some(value))));
        }
        time.map(|time| Some(time.to_utc()))
    }
}

fn one_or_several(one: &Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one }] })
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// The value as JavaScript makes a text of it.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let items: Vec<_> =
                list.iter().map(|item| if item.is_null() { String::new() } else { text_of(item) }).collect();
            items.join(",")
        }
        Value::Object(_) => "[object Object]".to_owned(),
        plain => plain.to_string(),
    }
}
