//! Settings from environment variables and flags.
//!
//! `GATEWAY_<SECTION>__<KEY>` sets any key, deeper ones with more double underscores
//! (`GATEWAY_UPSTREAMS__APP__SERVERS`). Secrets can be read from a file: `GATEWAY_AUTH__SECRET_FILE`. Texts are taken as
//! they are, lists are separated by commas, everything else is written as in the file.

use std::collections::BTreeMap;

use toml::Value;

use super::{
    super::{
        key::{Key, Step},
        problem::{Place, Problem},
    },
    Flag, check, file, schema,
    tree::Node,
    wording,
};

/// Variables that are no settings: the command line reads them itself.
const NOT_SETTINGS: [&str; 2] = ["GATEWAY_CONFIG", "GATEWAY_LOG"];

/// What one source sets, and what is wrong with it.
pub(super) type Given = (Option<Node>, Vec<Problem>);

/// All `GATEWAY_…` variables as trees, in the order of their names.
pub(super) fn settings(env: &[(String, String)]) -> Vec<Given> {
    let mine: BTreeMap<&str, &str> = env
        .iter()
        .filter(|(name, value)| name.starts_with("GATEWAY_") && !is_foreign(name, value))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    mine.iter().map(|(name, value)| setting(name, value, &mine)).collect()
}

/// A flag as a tree.
pub(super) fn flag(flag: &Flag) -> Given {
    read(&Key::from(flag.path.as_str()), &flag.value, &Place::Flag(flag.flag.clone()))
}

/// Names used by the command line, and those that Kubernetes and Docker set for a service called "gateway".
fn is_foreign(name: &str, value: &str) -> bool {
    let service = name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT");
    let link =
        value.starts_with("tcp://") || value.starts_with("udp://") || name.contains("_TCP") || name.contains("_UDP");
    NOT_SETTINGS.contains(&name) || !name.contains("__") && (service || name.contains("_PORT") && link)
}

fn setting(name: &str, value: &str, all: &BTreeMap<&str, &str>) -> Given {
    let place = Place::Environment(name.to_owned());
    let key = key_of(name);
    if let Some(secret) = name.strip_suffix("_FILE").filter(|base| check::is_secret(&key_of(base))) {
        if all.contains_key(secret) {
            return refused(&place, format!("both {secret} and {name} are set; keep one of them"));
        }
        return secret_file(&key_of(secret), value, &place);
    }
    match schema::known(&key) {
        schema::Known::Yes => read(&key, value, &place),
        schema::Known::NothingBelow(depth) => {
            refused(&place, format!("no such setting; `{}` is a plain value, nothing is below it", key.first(depth)))
        }
        schema::Known::NotAmong(depth, fields) => refused(&place, unknown(&key, depth, &fields)),
    }
}

fn refused(place: &Place, message: String) -> Given {
    (None, vec![Problem { place: place.clone(), key: String::new(), message }])
}

/// `GATEWAY_SERVER__LISTEN` → `server.listen`.
fn key_of(name: &str) -> Key {
    name.trim_start_matches("GATEWAY_").split("__").map(str::to_lowercase).collect()
}

/// `server.listen` → `GATEWAY_SERVER__LISTEN`.
fn variable(key: &Key) -> String {
    let names = key.steps().iter().map(|step| match step {
        Step::Name(name) => name.to_uppercase(),
        Step::Index(index) => index.to_string(),
    });
    format!("GATEWAY_{}", names.collect::<Vec<_>>().join("__"))
}

/// Why `key` is no setting: its step at `depth` is none of `fields`.
fn unknown(key: &Key, depth: usize, fields: &[String]) -> String {
    let written = variable(key);
    let all: Vec<String> = schema::all_keys().iter().map(variable).collect();
    if let Some(same) = all.iter().find(|name| wording::fold(name) == wording::fold(&written)) {
        return format!("no such setting; did you mean {same}?");
    }
    let word = key.first(depth + 1).last_name().to_owned();
    let near = wording::nearest(&word, fields.iter().map(String::as_str)).map(|near| {
        key.steps()[depth + 1..].iter().fold(key.first(depth).name(near), |key, step| match step {
            Step::Name(name) => key.name(name),
            Step::Index(index) => key.at(*index),
        })
    });
    if let Some(near) = near.filter(|near| matches!(schema::known(near), schema::Known::Yes)) {
        return format!("no such setting; did you mean {}?", variable(&near));
    }
    match wording::nearest(&written, all.iter().map(String::as_str)) {
        Some(near) => format!("no such setting; did you mean {near}?"),
        None => "no such setting; a variable is called GATEWAY_<SECTION>__<KEY> after a key of the file".to_owned(),
    }
}

fn secret_file(key: &Key, path: &str, place: &Place) -> Given {
    match std::fs::read_to_string(path) {
        Ok(text) => read(key, text.trim_end_matches(['\r', '\n']), place),
        Err(error) => refused(place, format!("the file {path} can not be read: {}", file::reason(&error))),
    }
}

/// A text as the value of `key`: the first reading that fits.
pub(super) fn read(key: &Key, text: &str, place: &Place) -> Given {
    let mut complaints = Vec::new();
    for value in readings(key, text) {
        let mut node = Node::given(value, place);
        let mut problems = Vec::new();
        if check::prune(key, &mut node, &mut problems) && problems.is_empty() {
            return (Some(node.under(key)), problems);
        }
        complaints.push((matches!(node.content, super::tree::Content::Leaf(_)), problems));
    }
    // What is said of the text as such helps most, unless it was a list or table to begin with.
    let structured = text.trim_start().starts_with(['[', '{']);
    let best = complaints.iter().position(|(leaf, _)| *leaf != structured).unwrap_or_default();
    (None, complaints.into_iter().nth(best).map(|(_, problems)| problems).unwrap_or_default())
}

/// The ways to read a text. A quoted text keeps its quotes: nothing is ever taken off a secret.
fn readings(key: &Key, text: &str) -> Vec<Value> {
    let plain = Value::String(text.to_owned());
    if check::is_secret(key) {
        return vec![plain];
    }
    let written =
        toml::de::ValueDeserializer::parse(text).ok().and_then(|value| serde::Deserialize::deserialize(value).ok());
    let list = || Value::Array(comma_separated(text).map(|item| Value::String(item.to_owned())).collect());
    let written = written.filter(|value: &Value| !value.is_str());
    if text.contains(',') {
        written.into_iter().chain([list(), plain]).collect()
    } else {
        written.into_iter().chain([plain, list()]).collect()
    }
}

/// The entries of `a, b`, empty ones left out.
pub(super) fn comma_separated(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
