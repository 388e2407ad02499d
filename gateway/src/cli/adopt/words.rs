//! How an adoption is told: as text for people, as JSON, as a script of SQL.

use serde_json::{Value, json};

use crate::{
    cli::{
        database::place,
        output::{count, harmless},
    },
    config::DatabaseConfig,
    store::adopt::{Adoption, Step, Undoing, Verdict},
};

/// What was found and what is to be done.
pub(super) fn adoption(database: &DatabaseConfig, seen: &Adoption) -> String {
    let verdict = match seen.verdict {
        Verdict::Ready => "nothing is to be done",
        Verdict::Adoptable => "can be adopted",
        Verdict::Refused => "can't be adopted",
    };
    let mut text = format!("{}: {}; {verdict}\n", place(database), harmless(&seen.layout));
    section(&mut text, "compatible", &seen.compatible);
    section(&mut text, "missing", &seen.missing);
    section(&mut text, "left untouched", &seen.untouched);
    section(&mut text, "to know before", &seen.notes);
    section(&mut text, "in the way", &seen.problems);
    if seen.verdict == Verdict::Adoptable {
        text.push_str(&listed(&seen.steps));
        text.push_str("\n`gateway adopt --sql` shows the statements. Back up the database first.\n");
    }
    text
}

/// What is to be taken away and what stays.
pub(super) fn undoing(database: &DatabaseConfig, seen: &Undoing) -> String {
    if seen.steps.is_empty() {
        return format!("{}: nothing of the gateway is there\n", place(database));
    }
    let mut text = format!("{}: to be given back; stop every gateway that runs on it first\n", place(database));
    section(&mut text, "stays", &seen.kept);
    text.push_str(&listed(&seen.steps));
    text
}

/// The steps as one transaction.
pub(super) fn script(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "-- nothing is to be done\n".to_owned();
    }
    let step = |step: &Step| format!("-- {}\n{};\n\n", one_line(&step.what), step.sql.trim().trim_end_matches(';'));
    format!("begin;\n\n{}commit;\n", steps.iter().map(step).collect::<String>())
}

/// What was found and whether it was done.
pub(super) fn adoption_json(seen: &Adoption, done: bool) -> Value {
    let verdict = match seen.verdict {
        _ if done => "adopted",
        Verdict::Ready => "ready",
        Verdict::Adoptable => "adoptable",
        Verdict::Refused => "refused",
    };
    let steps: Vec<_> = seen.steps.iter().map(|step| json!({ "what": step.what, "sql": step.sql })).collect();
    json!({
        "verdict": verdict,
        "layout": seen.layout,
        "compatible": seen.compatible,
        "missing": seen.missing,
        "leftUntouched": seen.untouched,
        "notes": seen.notes,
        "problems": seen.problems,
        "steps": steps,
    })
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        text.push_str(&format!("\n{title}:\n"));
        lines.iter().for_each(|line| text.push_str(&format!("  {}\n", harmless(line))));
    }
}

fn listed(steps: &[Step]) -> String {
    let mut text = format!("\nto be done, {} in one transaction:\n", count(steps.len(), "step"));
    for (number, step) in steps.iter().enumerate() {
        text.push_str(&format!("  {:>2}  {}\n", number + 1, harmless(&one_line(&step.what))));
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
