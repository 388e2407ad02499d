//! What a layout doesn't show: rights, and rows that will behave in a way worth knowing.

use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    super::schema::USERNAMES,
    Adoption, Verdict,
    catalog::{Catalog, SCHEMA, Table},
    layout::Layout,
    plan::{at, quoted},
};

/// What a gateway can verify, as a regular expression: Better Auth's scrypt, bcrypt, argon2id.
const HASHES: &str = r"^([0-9a-f]{32}:[0-9a-f]{128}|\$2[aby]\$.*|\$argon2id\$.*)$";

/// Whether we may do what is to be done.
pub(super) async fn rights(
    connection: &mut PgConnection,
    catalog: &Catalog,
    layout: &Layout,
    mut seen: Adoption,
) -> sqlx::Result<Adoption> {
    const SITUATION: &str = r#"
        select has_database_privilege(current_database(), 'CREATE'),
            exists (select from pg_catalog.pg_namespace where nspname = $1),
            exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where n.nspname = $1 and c.relname = '_gateway_adoption'),
            current_user::text"#;
    let (may_create, is_there, is_ours, user): (bool, bool, bool, String) =
        sqlx::query_as(SITUATION).bind(SCHEMA).fetch_one(connection).await?;
    if seen.verdict != Verdict::Adoptable {
        return Ok(seen);
    }
    if !is_there && !may_create {
        seen.problems.push(format!("the user \"{user}\" may not create a schema; adopt as the owner of the database"));
    }
    if is_there && !is_ours {
        seen.problems.push(format!("there is a schema {SCHEMA} already, and no adoption has made it"));
    }
    let bases = layout.tables.values().filter_map(|base| catalog.table(&layout.schema, &base.name));
    seen.problems.extend(foreign(bases, &user));
    Ok(judged(seen))
}

/// The same for a stock layout.
pub(super) async fn rights_on_stock(
    connection: &mut PgConnection,
    catalog: &Catalog,
    mut seen: Adoption,
) -> sqlx::Result<Adoption> {
    let user: String = sqlx::query_scalar("select current_user::text").fetch_one(connection).await?;
    if seen.verdict == Verdict::Adoptable {
        let bases = catalog.tables.iter().filter(|table| ["user", "session"].contains(&table.name.as_str()));
        seen.problems.extend(foreign(bases, &user));
    }
    Ok(judged(seen))
}

fn foreign<'a>(tables: impl Iterator<Item = &'a Table>, user: &str) -> Vec<String> {
    tables
        .filter(|table| !table.owned)
        .map(|table| format!("the table {} is not of the user \"{user}\"; adopt as its owner", table.shown()))
        .collect()
}

fn judged(mut seen: Adoption) -> Adoption {
    if !seen.problems.is_empty() {
        seen.verdict = Verdict::Refused;
    }
    seen
}

/// Adds what the rows tell.
pub(super) async fn notes(
    connection: &mut PgConnection,
    catalog: &Catalog,
    layout: &Layout,
    mut seen: Adoption,
) -> sqlx::Result<Adoption> {
    if seen.verdict != Verdict::Adoptable {
        return Ok(seen);
    }
    for (question, note) in questions(catalog, layout) {
        let yes: bool = sqlx::query_scalar(AssertSqlSafe(question)).fetch_one(&mut *connection).await?;
        seen.notes.extend(yes.then_some(note));
    }
    Ok(seen)
}

/// Questions to be answered with yes or no, and what a yes means.
fn questions(catalog: &Catalog, layout: &Layout) -> Vec<(String, String)> {
    let mut questions = Vec::new();
    let column = |logical: &str, name: &str| {
        let base = layout.tables.get(logical)?;
        let column = base.columns.get(name)?;
        let field = catalog.table(&layout.schema, &base.name)?.column(column)?;
        Some((at(&layout.schema, &base.name), quoted(column), field))
    };
    if let Some((table, email, _)) = column("user", "email") {
        questions.push((
            format!("select exists (select from {table} where {email} <> lower({email}))"),
            "some addresses have capital letters: like Better Auth the gateway looks for them in small ones, so these people can't sign in".to_owned(),
        ));
    }
    if let Some((table, name, _)) = column(USERNAMES.table, USERNAMES.column) {
        questions.push((
            format!("select exists (select from {table} where {name} is not null group by {name} having count(*) > 1)"),
            "some users have the same user name: sign-in by user name can be enabled once each has another one"
                .to_owned(),
        ));
    }
    let zoneless = column("session", "expiresAt").filter(|(_, _, field)| field.kind == "timestamp without time zone");
    let created = column("session", "createdAt").filter(|_| zoneless.is_some());
    if let Some((table, created, _)) = created {
        questions.push((
            format!("select exists (select from {table} where {created} > (now() at time zone 'UTC') + interval '10 minutes')"),
            "some sessions begin in the future: the server that wrote them does not run with TZ=UTC, and its times are not those of the gateway".to_owned(),
        ));
    }
    let password = match (&layout.password, layout.tables.get("user")) {
        (Some(password), Some(user)) => Some((at(&layout.schema, &user.name), quoted(password))),
        _ => column("account", "password").map(|(table, password, _)| (table, password)),
    };
    if let Some((table, password)) = password {
        questions.push((
            format!("select exists (select from {table} where {password} <> '' and {password} !~ '{HASHES}')"),
            "some passwords are hashed in a way that the gateway can't verify (it knows scrypt as Better Auth has it, bcrypt, argon2id): these people need a new one".to_owned(),
        ));
    }
    questions
}
