//! The triggers on adopted tables: those that tell of changes, and the one that keeps columns. Pure.

use super::{
    catalog::{SCHEMA, Table},
    layout::Base,
    plan::{at, quoted},
};

const EVENTS: &str = include_str!("../../../../migrations/postgres/0002_events.sql");
/// Name of the trigger that keeps columns.
pub(super) const UPKEEP: &str = "gateway_upkeep";

/// The functions and triggers that tell of changes, on these tables. To be run with our schema first in the search path.
pub(super) fn events(user: &str, session: &str) -> String {
    let statements: Vec<_> = EVENTS.lines().filter(|line| !line.starts_with("--")).collect();
    statements.join("\n").replace("\"session\"", session).replace("\"user\"", user).trim().to_owned()
}

/// The trigger that fills what the gateway leaves empty and must not be, and keeps a column of text in step with one of
/// another type; none if the table needs neither.
pub(super) fn upkeep(logical: &str, schema: &str, table: &Table, base: &Base) -> Option<String> {
    if base.fills.is_empty() && base.shadows.is_empty() {
        return None;
    }
    let shadow =
        |(of, shadow): (&String, &String)| keep(of, shadow, table.column(of).map_or("text", |field| &field.kind));
    let fill = |(column, value): (&String, &String)| {
        let column = quoted(column);
        format!("    if new.{column} is null then new.{column} := {value}; end if;\n")
    };
    let kind = |of: &str| table.column(of).map_or("text", |field| &field.kind).to_owned();
    let follow = |(of, shadow): (&String, &String)| {
        let (column, text) = (quoted(of), quoted(shadow));
        let value = as_text(&format!("new.{column}"), &kind(of));
        format!("    if new.{text} is null then new.{text} := {value}; end if;\n")
    };
    let body =
        base.shadows.iter().map(shadow).chain(base.fills.iter().map(fill)).chain(base.shadows.iter().map(follow));
    let body: String = body.collect();
    let function = format!("{SCHEMA}.gateway_upkeep_{logical}");
    let place = at(schema, &base.name);
    let filled: String = base
        .shadows
        .iter()
        .map(|(of, shadow)| {
            let (text, shadow, column) = (as_text(&quoted(of), &kind(of)), quoted(shadow), quoted(of));
            format!("update {place} set {shadow} = {text} where {column} is not null and {shadow} is distinct from {text};\n")
        })
        .collect();
    // A default's expression names what the table's schema holds without saying so.
    Some(format!(
        "create or replace function {function}() returns trigger\n\
         language plpgsql set search_path = pg_catalog, {} as $upkeep$\nbegin\n{body}    return new;\nend $upkeep$;\n\
         drop trigger if exists {UPKEEP} on {place};\n{filled}\
         create trigger {UPKEEP} before insert or update on {place}\n    for each row execute function {function}()",
        quoted(schema)
    ))
}

/// Whoever writes either column, the other follows.
fn keep(of: &str, shadow: &str, kind: &str) -> String {
    let (column, text) = (quoted(of), quoted(shadow));
    let to_text = as_text(&format!("new.{column}"), kind);
    // An address that can't be read as one is not worth a failing sign-in; a role that can't be is.
    let to_kind = match kind {
        "inet" | "cidr" => format!(
            "        begin\n            new.{column} := cast(new.{text} as {kind});\n        \
             exception when others then\n            new.{column} := null;\n        end;\n"
        ),
        _ => format!("        new.{column} := cast(new.{text} as {kind});\n"),
    };
    // A new row from elsewhere leaves the text empty; one of ours may find a default in the other column.
    format!(
        "    if tg_op = 'INSERT' and new.{text} is not null or tg_op = 'UPDATE' and new.{column} is not distinct from \
         old.{column}\n        and new.{text} is distinct from old.{text} then\n{to_kind}    else\n        \
         new.{text} := {to_text};\n    end if;\n"
    )
}

fn as_text(value: &str, kind: &str) -> String {
    if kind == "inet" { format!("host({value})") } else { format!("cast({value} as text)") }
}
