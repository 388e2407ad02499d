//! Masks what differs between two runs (ids, tokens, dates, ports), so that the rest can be compared to the letter.
//!
//! The same value gets the same mask within one snapshot: `[id 1]` in the user is `[id 1]` in the session.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    let kinds = [
        r"(?<signed>\b[A-Za-z0-9]{32}\.(?:[A-Za-z0-9+/]{43}=|(?:[A-Za-z0-9]|%2[BF]){43,}%3D))",
        r"(?<copy>session_data(?:\.\d+)?=[\w.-]+)",
        r"(?<jwt>\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+)",
        r"(?<date>\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)",
        r"(?<id>\b[A-Za-z0-9]{32}\b)",
        r"(?<secret>\b[A-Za-z0-9]{24}\b)",
        r"(?<host>\b(?:127\.0\.0\.1|localhost)(?::|%3A)\d+)",
    ];
    Regex::new(&kinds.join("|")).expect("the pattern is right")
});

/// What has been masked so far in one snapshot.
#[derive(Default)]
pub struct Mask {
    seen: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

impl Mask {
    /// A text with everything masked that varies.
    pub fn text(&mut self, text: &str) -> String {
        let masked = VARYING.replace_all(text, |found: &regex::Captures<'_>| {
            let value = found[0].to_owned();
            let kinds = ["signed", "copy", "jwt", "date", "id", "secret", "host"];
            let kind = kinds.into_iter().find(|kind| found.name(kind).is_some());
            match kind.expect("one of the kinds matched") {
                "signed" => format!("{}.[signature]", self.numbered("id", &value[..32])),
                "copy" => format!("{}=[copy]", value.split('=').next().unwrap_or_default()),
                "jwt" => "[jwt]".into(),
                "date" => "[date]".into(),
                "host" => "[host]".into(),
                kind => self.numbered(kind, &value),
            }
        });
        masked.into_owned()
    }

    /// JSON with sorted keys, indented and masked.
    pub fn json(&mut self, value: &Value) -> String {
        let sorted = serde_json::to_string_pretty(&sorted(value)).expect("JSON can be written");
        self.text(&sorted)
    }

    fn numbered(&mut self, kind: &'static str, value: &str) -> String {
        if let Some(name) = self.seen.get(value) {
            return name.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let name = format!("[{kind} {count}]");
        self.seen.insert(value.into(), name.clone());
        name
    }
}

/// The same JSON with the keys of every object in alphabetical order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(fields.into_iter().collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_id_has_the_same_mask() {
        let (a, b) = ("a".repeat(32), "b".repeat(32));
        let masked = Mask::default().json(&json!({ "user": { "id": a }, "session": { "userId": a, "id": b } }));
        let line = masked.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(line, r#"{ "session": { "id": "[id 1]", "userId": "[id 2]" }, "user": { "id": "[id 2]" } }"#);
    }

    #[test]
    fn signed_cookies_dates_and_ports_are_masked() {
        let token = "t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33";
        let line = format!("s={token}.c6nPF9TeIAFpIWZGcI2DViZKVd9lMOuf73dY0mWLPhc%3D; Path=/");
        assert_eq!(Mask::default().text(&line), "s=[id 1].[signature]; Path=/");
        let text = "http://127.0.0.1:4711/x at 2026-11-28T00:49:43.607Z";
        assert_eq!(Mask::default().text(text), "http://[host]/x at [date]");
    }
}
