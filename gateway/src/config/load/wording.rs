//! Turns what serde says into sentences for people who have never heard of serde, and finds the nearest right word.

use super::{
    super::key::{Key, Step},
    schema,
};

/// `complaint` of serde about a value, with what was `found` there.
pub(super) fn sentence(complaint: &str, found: &str) -> String {
    if let Some(rest) = complaint.strip_prefix("unknown variant `") {
        return one_of(rest);
    }
    let typed = complaint.strip_prefix("invalid type: ").or_else(|| complaint.strip_prefix("invalid value: "));
    if let Some((_, expected)) = typed.and_then(|rest| rest.rsplit_once(", expected ")) {
        return format!("expected {}, found {found}", plain(expected));
    }
    if complaint.starts_with("expected ") { format!("{complaint}, found {found}") } else { complaint.to_owned() }
}

/// The rest of ``unknown variant `x`, expected one of `a`, `b` ``.
fn one_of(rest: &str) -> String {
    let (word, expected) = rest.split_once('`').unwrap_or((rest, ""));
    let known: Vec<&str> = schema::quoted(expected).collect();
    let list = known.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    match nearest(word, known.iter().copied()) {
        None if known.len() == 1 => format!("{word:?} is unknown; the only choice is {list}"),
        Some(near) => format!("{word:?} is none of {list}; did you mean \"{near}\"?"),
        None => format!("{word:?} is none of {list}"),
    }
}

/// Serde's and Rust's names for kinds of values, in plain words.
fn plain(expected: &str) -> &str {
    match expected {
        "usize" | "u64" => "a whole number, 0 or more",
        "u32" => "a whole number from 0 to 4294967295",
        "u16" => "a whole number from 0 to 65535",
        "a boolean" => "true or false",
        "a string" | "string only" | "string or table" => "a text in quotes",
        "a sequence" => "a list in [ ]",
        "a map" => "a table of names and values",
        struct_name if struct_name.starts_with("struct ") => "a table of keys and values",
        other => other,
    }
}

/// How the section at `key` is written.
pub(super) fn section(key: &Key) -> String {
    match key.steps().iter().any(|step| matches!(step, Step::Index(_))) {
        true => "write it as { key = value }".to_owned(),
        false => format!("write [{key}] with its keys below"),
    }
}

/// Why `key`, whose last name is none of `fields`, is not known, and what may have been meant.
pub(super) fn unknown(key: &Key, fields: &[String]) -> String {
    let word = key.last_name();
    let top = key.parent().is_root();
    let what = if top { "unknown section or key" } else { "unknown key" };
    if let Some(near) = nearest(word, fields.iter().map(String::as_str)) {
        return if top {
            format!("unknown section; did you mean [{near}]?")
        } else {
            format!("{what}; did you mean `{near}`?")
        };
    }
    let elsewhere = elsewhere(word);
    if !elsewhere.is_empty() {
        return format!("{what}; did you mean {}?", elsewhere.join(" or "));
    }
    format!("{what}; known {}: {}", if top { "sections" } else { "here" }, ticked(fields))
}

/// Keys of the same name in other sections.
fn elsewhere(word: &str) -> Vec<String> {
    let keys = schema::all_keys().into_iter().filter(|key| key.steps().len() > 1 && key.last_name() == word);
    let found: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
    if found.len() > 3 { Vec::new() } else { found }
}

fn ticked(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The candidate that `word` is most likely a slip of.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    let scored = candidates.into_iter().filter_map(|candidate| {
        let other = fold(candidate);
        let distance = strsim::damerau_levenshtein(&folded, &other);
        let shorter = folded.len().min(other.len());
        let starts = shorter >= 4 && (folded.starts_with(&other) || other.starts_with(&folded));
        let close = distance <= (folded.chars().count().max(other.chars().count()) / 3).clamp(1, 4);
        (close || starts).then_some((distance, candidate))
    });
    scored.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// The word as it is compared: case and the marks between words make no difference.
pub(super) fn fold(word: &str) -> String {
    word.to_lowercase().replace(['-', '_'], "")
}
