//! The reference `gateway.toml` says everything, and says it right.

use std::{collections::BTreeSet, path::Path};

use serde::Deserialize;
use toml::{Table, Value};

use crate::config::{
    Config, Key,
    load::{Sources, known_keys, load},
};

fn reference() -> String {
    std::fs::read_to_string(path()).unwrap()
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../gateway.toml")
}

/// Settings and section headings that are commented out, without their `#`.
fn uncommented(line: &str) -> &str {
    match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest,
        _ => line,
    }
}

fn everything() -> String {
    reference().lines().map(|line| format!("{}\n", uncommented(line))).collect()
}

#[test]
fn it_can_be_served_as_it_is() {
    let loaded = load(Sources { file: Some(path()), ..Sources::default() }).unwrap();
    let (config, plain) = (loaded.config, load(Sources::default()).unwrap().config);
    assert_eq!(format!("{config:?}"), format!("{plain:?}"), "without the file everything is the same");
}

#[test]
fn every_line_can_be_uncommented() {
    Config::deserialize(toml::Deserializer::parse(&everything()).unwrap()).unwrap();
}

#[test]
fn every_setting_is_there() {
    let mut written = BTreeSet::new();
    names(&Key::default(), &Value::Table(everything().parse().unwrap()), &mut written);
    let missing: Vec<_> =
        known_keys().into_iter().map(|key| key.to_string()).filter(|key| !written.contains(key)).collect();
    assert!(missing.is_empty(), "not in gateway.toml: {missing:?}");
    for section in ["upstreams.app", "upstreams.app.health", "tls.certificates[0]", "routes[0]", "rate_limit.rules[0]"]
    {
        let key = Key::from(section);
        for name in crate::config::load::fields(&key).unwrap() {
            assert!(written.contains(&key.name(&name).to_string()), "not in gateway.toml: {section}.{name}");
        }
    }
}

fn names(key: &Key, value: &Value, found: &mut BTreeSet<String>) {
    found.insert(key.to_string());
    match value {
        Value::Table(table) => table.iter().for_each(|(name, value)| names(&key.name(name), value, found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| names(&key.at(i), item, found)),
        _ => {}
    }
}

#[test]
fn defaults_are_what_it_says() {
    let mut heading = String::new();
    let mut seen = 0;
    for line in reference().lines().filter(|line| !line.contains("# example")) {
        let setting = uncommented(line);
        if setting.starts_with('[') {
            heading = setting.to_owned();
        } else if let Some(setting) = line.strip_prefix('#').filter(|rest| *rest == setting) {
            let with = format!("{heading}\n{setting}\n");
            assert_eq!(shown(&with), shown(&heading), "another default than gateway.toml says: {with}");
            seen += 1;
        }
    }
    assert!(seen > 90, "{seen} settings are compared");
}

/// The whole configuration; the one secret that has a default is shown too.
fn shown(text: &str) -> String {
    let table: Table = text.parse().unwrap();
    let config = Config::deserialize(Value::Table(table)).unwrap();
    format!("{config:?} {}", config.database.url.expose())
}

#[test]
fn settings_are_explained() {
    for (number, line) in reference().lines().enumerate() {
        assert!(line.chars().count() <= 120, "line {} is longer than 120", number + 1);
    }
    for paragraph in reference().split("\n\n") {
        let first_setting = paragraph.lines().position(|line| uncommented(line) != line);
        let first_sentence = paragraph.lines().position(|line| line.starts_with("# "));
        let explained = first_setting.is_none_or(|at| first_sentence.is_some_and(|sentence| sentence < at));
        assert!(explained, "settings without a word:\n{paragraph}");
    }
}
