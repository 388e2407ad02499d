//! Fields that hold more than one value: objects and lists. And numbers and words out of a list.

use serde_json::{Map, Value, json};

use super::{Fields, kind, schema_of};

impl<'b> Fields<'b> {
    /// An object that may be left out; `read` takes its fields out.
    pub(crate) fn optional_object(&mut self, name: &str, read: impl FnOnce(&mut Fields<'_>)) {
        let nothing = Map::new();
        let object = match self.object.get(name) {
            Some(Value::Object(object)) => object,
            None if self.asked.is_some() => &nothing,
            None => return,
            other => return self.complain(name, &format!("Invalid input: expected object, received {}", kind(other))),
        };
        let asked = self.asked.as_ref().map(|_| Vec::new());
        let mut inner = Fields { place: format!("{}.{name}", self.place), object, issues: Vec::new(), asked };
        read(&mut inner);
        let Fields { issues, asked, .. } = inner;
        self.issues.extend(issues);
        self.note(name, false, || schema_of(&asked.unwrap_or_default()));
    }

    /// An object of whatever fields that may be left out.
    pub(crate) fn optional_record(&mut self, name: &str) -> Option<&'b Map<String, Value>> {
        self.note(name, false, || json!({ "type": "object" }));
        let value = self.object.get(name)?;
        if !value.is_object() {
            self.complain(name, &format!("Invalid input: expected record, received {}", kind(Some(value))));
        }
        value.as_object()
    }

    /// An object of whatever fields that must be there.
    pub(crate) fn record(&mut self, name: &str) -> Option<&'b Map<String, Value>> {
        self.note(name, true, || json!({ "type": "object" }));
        let value = self.object.get(name);
        if !value.is_some_and(Value::is_object) {
            self.complain(name, &format!("Invalid input: expected record, received {}", kind(value)));
        }
        value?.as_object()
    }

    /// An object of texts that may be left out; gives its fields if nothing is wrong with it.
    pub(crate) fn optional_record_of_texts(&mut self, name: &str) -> Vec<(String, String)> {
        let Some(record) = self.optional_record(name) else { return Vec::new() };
        let wrong: Vec<_> = record.iter().filter(|(_, value)| !value.is_string()).collect();
        for (key, value) in &wrong {
            let what = format!("Invalid input: expected string, received {}", kind(Some(value)));
            self.complain(&format!("{name}.{key}"), &what);
        }
        let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        if wrong.is_empty() { record.iter().filter_map(text).collect() } else { Vec::new() }
    }

    /// A list of texts that may be left out.
    pub(crate) fn optional_texts(&mut self, name: &str) -> Vec<String> {
        self.note(name, false, || json!({ "type": "array", "items": { "type": "string" } }));
        match self.object.get(name) {
            None => {}
            Some(Value::Array(list)) => {
                let texts: Vec<_> = list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
                if texts.len() == list.len() {
                    return texts;
                }
                for (at, value) in list.iter().enumerate().filter(|(_, value)| !value.is_string()) {
                    let what = format!("Invalid input: expected string, received {}", kind(Some(value)));
                    self.complain(&format!("{name}.{at}"), &what);
                }
            }
            other => self.complain(name, &format!("Invalid input: expected array, received {}", kind(other))),
        }
        Vec::new()
    }

    /// One of a few words, which must be there.
    pub(crate) fn one_of(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        self.note(name, true, || json!({ "type": "string", "enum": words }));
        let said = self.object.get(name).and_then(Value::as_str);
        let word = words.iter().copied().find(|word| Some(*word) == said);
        if word.is_none() {
            let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            self.complain(name, &format!("Invalid option: expected one of {}", quoted.join("|")));
        }
        word
    }

    /// A number that may be left out.
    pub(crate) fn optional_number(&mut self, name: &str) -> Option<f64> {
        self.note(name, false, || json!({ "type": "number" }));
        let value = self.object.get(name);
        if value.is_some_and(|value| !value.is_number()) {
            self.complain(name, &format!("Invalid input: expected number, received {}", kind(value)));
        }
        value?.as_f64()
    }
}
