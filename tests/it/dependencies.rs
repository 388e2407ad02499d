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
