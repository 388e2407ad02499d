//! The papers and the manifest agree on what the workspace depends on.

use std::{collections::BTreeSet, fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Crates of others that the workspace names.
fn declared() -> BTreeSet<String> {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).expect("the manifest is TOML");
    let dependencies = manifest["workspace"]["dependencies"].as_table().expect("a table");
    let is_ours = |value: &toml::Value| value.get("path").is_some();
    dependencies.iter().filter(|(_, value)| !is_ours(value)).map(|(name, _)| name.clone()).collect()
}

/// Crates that have a line with a reason.
fn explained() -> BTreeSet<String> {
    let rows = read("docs/decisions/002-dependencies.md");
    let cells = rows.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    cells
        .filter(|(name, reason)| *name != "crate" && !reason.trim().is_empty())
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_dependency_has_a_reason() {
    let (declared, explained) = (declared(), explained());
    let without: Vec<_> = declared.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&declared).collect();
    assert!(without.is_empty(), "no reason in docs/decisions/002-dependencies.md for {without:?}");
    assert!(gone.is_empty(), "docs/decisions/002-dependencies.md explains what is not there: {gone:?}");
}

/// The text of every source file of a crate; folders that are crates of their own are left out.
fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let is_elsewhere = ["node_modules", ".venv", ".deny"].iter().any(|name| entry.ends_with(name));
        if entry.is_dir() && !is_elsewhere && !entry.join("Cargo.toml").exists() {
            sources(&entry, into);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&entry).expect("a text"));
        }
    }
}

#[test]
fn every_dependency_is_used() {
    let workspace: toml::Table = toml::from_str(&read("Cargo.toml")).expect("the manifest is TOML");
    for member in workspace["workspace"]["members"].as_array().expect("a list").iter().filter_map(toml::Value::as_str) {
        let manifest: toml::Table = toml::from_str(&read(&format!("{member}/Cargo.toml"))).expect("TOML");
        let mut text = String::new();
        sources(&root().join(member), &mut text);
        for kind in ["dependencies", "dev-dependencies"] {
            for name in manifest.get(kind).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys) {
                let name = name.replace('-', "_");
                let used = [format!("{name}::"), format!("{name}!"), format!("use {name}")];
                assert!(used.iter().any(|used| text.contains(used)), "{member}: {name} is not used");
            }
        }
    }
}
