//! Finds everything in a tree that does not fit the configuration structs, and takes it out, so that the rest can be
//! looked at too.

use toml::Value;

use super::{
    super::{
        key::{Key, Step},
        problem::{Place, Problem},
    },
    schema,
    tree::{Content, Node},
    wording,
};

/// Values that must never be repeated in a message, with `*` for any one name.
pub(super) const SECRETS: [&str; 7] = [
    "auth.secret",
    "auth.secrets",
    "database.url",
    "mail.smtp_url",
    "mail.resend_api_key",
    "oauth.*.client_secret",
    "oauth.*.private_key",
];

/// Whether the value at `key` is a secret, or one of a list of secrets.
pub(super) fn is_secret(key: &Key) -> bool {
    SECRETS.iter().any(|secret| {
        let mut names = key.steps().iter().filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Index(_) => None,
        });
        secret.split('.').all(|want| names.next().is_some_and(|name| want == "*" || want == name))
            && names.next().is_none()
    })
}

/// Takes out of `node` what does not fit and reports it. False: the node itself does not fit.
pub(super) fn prune(key: &Key, node: &mut Node, problems: &mut Vec<Problem>) -> bool {
    let mut say = |place: &Place, message: String| {
        problems.push(Problem { place: place.clone(), key: key.to_string(), message });
        false
    };
    match &mut node.content {
        Content::Leaf(value) => match schema::complaint(key, value.clone()) {
            None => true,
            Some(complaint) => say(&node.place, refused_leaf(key, value, &complaint)),
        },
        Content::Table(table) => {
            if !schema::takes_table(key) {
                return say(&node.place, misplaced(key, Value::Table(toml::Table::new())));
            }
            let fields = schema::fields(key);
            table.retain(|name, child| {
                let key = key.name(name);
                match &fields {
                    Some(fields) if !fields.contains(name) => {
                        let message = wording::unknown(&key, fields);
                        problems.push(Problem { place: child.key_place.clone(), key: key.to_string(), message });
                        false
                    }
                    _ => prune(&key, child, problems),
                }
            });
            true
        }
        Content::List(items) => {
            if !schema::takes_list(key) {
                return say(&node.place, misplaced(key, Value::Array(Vec::new())));
            }
            let mut index = 0;
            items.retain_mut(|item| {
                let fits = prune(&key.at(index), item, problems);
                index += 1;
                fits
            });
            true
        }
    }
}

/// Why a plain value does not fit.
fn refused_leaf(key: &Key, value: &Value, complaint: &str) -> String {
    let alone = || value.as_str().filter(|_| schema::complaint(&key.at(0), value.clone()).is_none());
    match alone() {
        Some(text) if schema::takes_list(key) => format!("expected a list; write [{text:?}]"),
        _ => wording::sentence(complaint, &found(key, value)),
    }
}

/// A table or list where something else belongs.
fn misplaced(key: &Key, value: Value) -> String {
    if value.is_array() && schema::fields(key).is_some() {
        return format!("is a table of keys and values, not a list; {}", wording::section(key));
    }
    if value.is_table() && schema::fields(&key.at(0)).is_some() {
        return format!("is a list of tables; write each as [[{key}]] with its keys below");
    }
    let found = found(key, &value);
    wording::sentence(&schema::complaint(key, value).unwrap_or_default(), &found)
}

/// What stands there, in words; of a secret only its kind.
fn found(key: &Key, value: &Value) -> String {
    let shown = !is_secret(key);
    match value {
        Value::String(text) if shown => format!("the text {text:?}"),
        Value::Integer(number) if shown => format!("the number {number}"),
        Value::Float(number) if shown => format!("the number {number}"),
        Value::String(_) => "a text".to_owned(),
        Value::Integer(_) | Value::Float(_) => "a number".to_owned(),
        Value::Boolean(switch) => switch.to_string(),
        Value::Datetime(_) => "a date".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
    }
}
