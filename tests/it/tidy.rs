//! Rules of the project that no compiler checks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gateway_tests::workspace;
use regex::Regex;

/// Which module of the gateway may name which others; `config` and `telemetry` may be named by all.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["serve", "app", "auth", "proxy", "identity", "store", "crypto", "clock", "rate_limit", "mail"]),
    ("serve", &["proxy", "auth", "app", "identity", "store", "crypto", "clock", "rate_limit", "mail"]),
    ("proxy", &["app", "identity", "store", "crypto", "clock", "rate_limit", "mail"]),
    ("auth", &["app", "identity", "store", "crypto", "clock", "rate_limit", "mail"]),
    ("app", &["identity", "store", "crypto", "clock", "rate_limit", "mail"]),
    ("identity", &["store", "crypto", "clock"]),
    ("store", &["clock"]),
    ("crypto", &[]),
    ("mail", &[]),
    ("rate_limit", &["clock"]),
    ("clock", &[]),
    ("config", &[]),
    ("telemetry", &[]),
];

/// Crates and the only places that may name them, as beginnings of paths below `gateway/src`.
const CRATES: &[(&str, &[&str])] = &[
    ("pingora", &["proxy", "serve"]),
    ("pingora_http", &["proxy", "serve"]),
    ("axum", &["auth", "proxy.rs", "proxy/bridge.rs", "serve"]),
    ("sqlx", &["store"]),
];

/// Most lines of a file of production code, and of any other file of ours.
const LONGEST: usize = 350;

/// File names that say nothing.
const NAMELESS: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "types", "manager", "service", "handler", "misc"];

/// All files below a folder with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if path.is_dir() && !["target", "node_modules", ".venv", ".git", ".deny"].contains(&name.as_ref()) {
                walk(&path, ending, found);
            } else if path.is_file() && name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&workspace().join(folder), ending, &mut found);
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(workspace()).unwrap().display().to_string()
}

/// Path below `gateway/src`, and whether it is a test.
fn source(path: &Path) -> (String, bool) {
    let inside = shown(path).replacen("gateway/src/", "", 1);
    let test = inside.ends_with("tests.rs") || inside.contains("/tests/");
    (inside, test)
}

/// The code without comments and without texts of one line.
fn code(text: &str) -> String {
    let quoted = Regex::new(r#""(?:[^"\\\n]|\\.)*""#).unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{}\n", quoted.replace_all(line, "\"\""))).collect()
}

#[test]
fn modules_name_only_what_they_may() {
    let named = Regex::new(r"\bcrate::(?:\{([^;]*)\}|([a-z_]+))").unwrap();
    let mut wrong = BTreeSet::new();
    for path in files("gateway/src", ".rs") {
        let (inside, test) = source(&path);
        let module = inside.split(['/', '.']).next().unwrap().to_owned();
        if test || module == "lib" {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            panic!("{module} has no line in ARROWS: say what it may name");
        };
        let text = fs::read_to_string(&path).unwrap();
        for found in named.captures_iter(&code(&text)) {
            for other in top_level_names(&found) {
                let fine = other == module
                    || ["config", "telemetry"].contains(&other.as_str())
                    || allowed.contains(&other.as_str());
                let is_module = ARROWS.iter().any(|(name, _)| *name == other);
                if is_module && !fine {
                    wrong.insert(format!("{inside} names {other}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not allowed by ARCHITECTURE.md: {wrong:#?}");
}

/// The modules in `crate::name` or `crate::{a::b, c::{d, e}}`.
fn top_level_names(found: &regex::Captures<'_>) -> Vec<String> {
    if let Some(one) = found.get(2) {
        return vec![one.as_str().to_owned()];
    }
    let (mut depth, mut names) = (0, vec![String::new()]);
    for c in found[1].chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.iter().map(|name| name.trim().split("::").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn crates_are_named_where_they_belong() {
    let mut wrong = BTreeSet::new();
    for path in files("gateway/src", ".rs") {
        let (inside, test) = source(&path);
        let text = code(&fs::read_to_string(&path).unwrap());
        for (name, places) in CRATES {
            let used = Regex::new(&format!(r"\b{name}::")).unwrap().is_match(&text);
            if used && !test && !places.iter().any(|place| inside.starts_with(place)) {
                wrong.insert(format!("{inside} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn statuses_of_http_stay_in_auth_and_proxy() {
    let status = Regex::new(r"\bStatusCode\b").unwrap();
    let below = |inside: &str| !["auth", "proxy", "serve", "cli"].iter().any(|place| inside.starts_with(place));
    let wrong: Vec<_> = files("gateway/src", ".rs")
        .into_iter()
        .filter(|path| below(&source(path).0) && status.is_match(&code(&fs::read_to_string(path).unwrap())))
        .map(|path| shown(&path))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_are_short_and_well_named_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for path in ["gateway/src", "auth-ui/src", "tests", "bench"].into_iter().flat_map(|folder| files(folder, ".rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{} has {lines} lines", shown(&path)));
        }
        if NAMELESS.contains(&name.as_str()) {
            wrong.push(format!("{} has a name that says nothing", shown(&path)));
        }
        if !source(&path).1 && !text.starts_with("//!") {
            wrong.push(format!("{} doesn't begin by saying what it is for", shown(&path)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn production_code_has_no_unwraps_nor_promises() {
    let promise = Regex::new(r"\.unwrap\(\)|\b(TODO|FIXME|XXX|HACK)\b|\btodo!|\bunimplemented!").unwrap();
    let mut wrong = Vec::new();
    for path in ["gateway/src", "auth-ui/src"].into_iter().flat_map(|folder| files(folder, ".rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let (_, test) = source(&path);
        let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = production.lines().enumerate().filter(|(_, line)| !test && promise.is_match(line));
        wrong.extend(lines.map(|(number, line)| format!("{}:{}: {}", shown(&path), number + 1, line.trim())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn links_in_the_papers_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)#\s]+)(?:#[^)]*)?\)").unwrap();
    let mut wrong = Vec::new();
    for path in files("", ".md") {
        let text = fs::read_to_string(&path).unwrap();
        for found in link.captures_iter(&text) {
            let target = &found[1];
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !elsewhere && !path.parent().unwrap().join(target).exists() {
                wrong.push(format!("{}: {target}", shown(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
