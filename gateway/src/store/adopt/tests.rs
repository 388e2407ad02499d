//! Recognising and planning, without a database.

use super::{
    catalog::{Catalog, Field, Index, Table},
    layout::{Finding, Layout, recognise},
    plan::{Existing, literal, quoted, steps},
    record::Made,
};

const SNAKE: &[&str] = &[
    "user: id text!, email text! unique, email_verified boolean! = false, name text, image text, role text, banned boolean, \
     ban_reason text, ban_expires timestamp, created_at timestamp! = now(), updated_at timestamp! = now()",
    "session: id text!, expires_at timestamp!, token text! unique, created_at timestamp, updated_at timestamp, \
     ip_address text, user_agent text, user_id text! -> user",
];
const USERS: &[&str] = &[
    "users: id text!, email text! unique, password text, name text",
    "user_sessions: id text!, user_id text -> users, token text! unique, expires_at timestamp!, ip_address text",
];

/// Tables in short: `name: column type! = default unique -> table, …`.
fn catalog(tables: &[&str]) -> Catalog {
    let table = |text: &&str| {
        let (name, columns) = text.split_once(": ").unwrap();
        let (schema, name) = name.split_once('.').unwrap_or(("public", name));
        let mut table = Table { schema: schema.into(), name: name.into(), owned: true, ..Table::default() };
        for column in columns.split(", ") {
            let words: Vec<_> = column.split_whitespace().collect();
            let kind = words[1].trim_end_matches('!');
            let kind = if kind == "timestamp" { "timestamp without time zone" } else { kind };
            let after = |mark: &str| words.iter().position(|word| *word == mark).map(|at| words[at + 1].to_owned());
            table.columns.push(Field {
                name: words[0].into(),
                kind: kind.into(),
                is_enum: kind == "level",
                not_null: words[1].ends_with('!'),
                default: after("="),
            });
            table.references.extend(after("->").map(|target| (words[0].to_owned(), target)));
            if words.contains(&"unique") {
                table.indexes.push(Index { name: format!("{}_key", words[0]), column: words[0].into(), unique: true });
            }
        }
        table
    };
    Catalog { tables: tables.iter().map(table).collect() }
}

fn layout(tables: &[&str]) -> Layout {
    match recognise(&catalog(tables), None) {
        Finding::Other(layout) => *layout,
        other => panic!("{other:?}"),
    }
}

fn problems(tables: &[&str]) -> String {
    match recognise(&catalog(tables), None) {
        Finding::Unfit(problems) | Finding::Nothing(problems) => problems.join("; "),
        Finding::Other(layout) => panic!("{layout:?}"),
    }
}

/// The tables of `base` with this one in place of the one of its name.
fn with<'a>(base: &[&'a str], table: &'a str) -> Vec<&'a str> {
    let name = table.split(':').next().unwrap();
    let others = base.iter().copied().filter(|other| other.split(':').next() != Some(name));
    others.chain([table]).collect()
}

#[test]
fn names_are_recognised_in_any_spelling() {
    for (user, session) in [
        ("user", "session"),
        ("users", "user_sessions"),
        ("User", "Session"),
        ("Users", "UserSessions"),
        ("auth_user", "auth_session"),
        ("auth_users", "sessions"),
        ("better_auth_users", "better_auth_user_session"),
    ] {
        let tables = [
            format!("{user}: id text!, Email text!, emailverified boolean"),
            format!("{session}: id text!, TOKEN text!, userID text!, expires_at timestamptz!"),
        ];
        let tables: Vec<_> = tables.iter().map(|table| table.replace("timestamptz", "timestamp")).collect();
        let layout = layout(&tables.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((layout.tables["user"].name.as_str(), layout.tables["session"].name.as_str()), (user, session));
        assert_eq!(layout.tables["user"].columns["emailVerified"], "emailverified");
        assert_eq!(layout.tables["session"].columns["userId"], "userID");
    }
}

#[test]
fn missing_columns_get_names_in_the_manner_of_their_table() {
    assert_eq!(layout(SNAKE).tables["session"].columns["impersonatedBy"], "impersonated_by");
    let camel = with(USERS, "users: id text!, email text!, emailVerified boolean!");
    assert_eq!(layout(&camel).tables["user"].columns["banReason"], "banReason");
}

#[test]
fn passwords_stand_with_the_users_or_with_accounts() {
    assert_eq!(layout(USERS).password.as_deref(), Some("password"));
    let hash = with(USERS, "users: id text!, email text!, password_hash text!");
    assert_eq!(layout(&hash).password.as_deref(), Some("password_hash"));
    assert_eq!(layout(&hash).tables["user"].fills["password_hash"], "''");
    let account = "account: id text!, account_id text!, provider_id text!, user_id text!, password text";
    let layout = layout(&with(USERS, account));
    assert_eq!((layout.password, layout.tables["account"].columns["accountId"].as_str()), (None, "account_id"));
}

#[test]
fn what_can_not_be_served_is_told_with_every_reason() {
    for (tables, reason) in [
        (with(USERS, "users: id integer!, email text!"), "public.users.id is of type integer instead of text"),
        (with(USERS, "users: id text!, email text!, banned integer"), "banned is of type integer instead of boolean"),
        (with(USERS, "users: id text!, email text!, password bytea"), "public.users.password is no text"),
        (with(USERS, "users: id text!, email text!, status text!"), "users.status must not be null and has no default"),
        (with(USERS, "users: Id text!, email text!"), "public.users.Id has to be named id"),
        (vec![USERS[0]], "table public.users could hold users, but no table goes with it"),
        (vec!["users: id text!, name text"], "table public.users has no column for email"),
        (
            vec!["users: id text!, email text!", "session: sid text!, sess json!, expire timestamp!"],
            "no column for id, token, userId, expiresAt",
        ),
        (vec!["items: id text!"], ""),
    ] {
        let problems = problems(&tables);
        assert!(problems.contains(reason), "{tables:?}: {problems}");
    }
}

#[test]
fn of_two_pairs_the_one_is_taken_whose_sessions_refer_to_the_users() {
    let user = "user: id text!, email text!";
    let tables = |session: &'static str| vec![USERS[0], user, session];
    let bound = "sessions: id text!, token text!, user_id text! -> user, expires_at timestamp!";
    assert_eq!(layout(&tables(bound)).tables["user"].name, "user");
    let loose = "sessions: id text!, token text!, user_id text!, expires_at timestamp!";
    let told = problems(&tables(loose));
    assert!(told.contains("public.users with public.sessions or in public.user with public.sessions"), "{told}");
}

#[test]
fn types_that_our_queries_can_not_use_get_a_column_of_text() {
    let tables = with(USERS, "users: id text!, email text!, role level! = 'user'::level");
    let user = layout(&tables).tables["user"].clone();
    assert_eq!(user.columns["role"], "gateway_role");
    assert_eq!(user.shadows["role"], "gateway_role");
    assert_eq!(user.fills["role"], "'user'::level");
    let inet =
        with(USERS, "user_sessions: id text!, user_id text, token text!, expires_at timestamp!, ip_address inet");
    assert_eq!(layout(&inet).tables["session"].columns["ipAddress"], "gateway_ip_address");
}

#[test]
fn ids_that_are_uuids_get_a_column_of_text() {
    let tables = [
        "user: id uuid! = gen_random_uuid(), email text! unique",
        "session: id uuid!, token text! unique, userId uuid! -> user, expiresAt timestamp!",
    ];
    let layout = layout(&tables);
    assert!(layout.has_uuids());
    assert_eq!(layout.tables["session"].columns["userId"], "gateway_userId");
    let steps = steps(&catalog(&tables), &layout, &Existing::default());
    let unique = "create unique index \"gateway_user_gateway_id\" on \"public\".\"user\" (\"gateway_id\")";
    assert!(steps.iter().any(|step| step.sql == unique), "{steps:#?}");
    assert!(!self::layout(USERS).has_uuids());
}

#[test]
fn the_adopted_tables_are_kept_to_when_others_come() {
    let before = layout(USERS);
    let more = [
        USERS,
        &[
            "app_users: id text!, email text!",
            "app_sessions: id text!, token text!, user_id text! -> app_users, expires_at timestamp!",
        ],
    ]
    .concat();
    assert!(matches!(recognise(&catalog(&more), None), Finding::Unfit(_)));
    assert_eq!(recognise(&catalog(&more), Some(&before)), Finding::Other(Box::new(before.clone())));
    assert!(matches!(recognise(&catalog(&more[1..]), Some(&before)), Finding::Unfit(_)));
}

#[test]
fn what_is_there_is_not_made_again() {
    let (tables, layout) = (catalog(SNAKE), layout(SNAKE));
    let whole = steps(&tables, &layout, &Existing::default());
    let what: Vec<_> = whole.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(what[0], "schema gateway_adopted");
    assert!(what.contains(&"column public.session.impersonated_by"), "{what:?}");
    assert!(what.contains(&"table gateway_adopted.account"), "{what:?}");
    assert!(whole.iter().all(|step| !step.sql.contains("drop column") && !step.sql.contains("alter column")));
    let view = ["user", "session"].map(|view| (view.to_owned(), vec!["id".to_owned()])).to_vec();
    let tables_there = vec!["account".to_owned(), "verification".to_owned()];
    let existing = Existing { layout: Some(layout.clone()), views: view, tables: tables_there, ..Existing::default() };
    let left: Vec<_> = steps(&tables, &layout, &existing).into_iter().map(|step| step.what).collect();
    assert_eq!(
        left,
        [
            "column public.session.impersonated_by",
            "index on public.session.user_id",
            "column public.user.username",
            "column public.user.display_username",
            "column public.user.is_anonymous",
            "column public.user.last_login_method",
            "unique index on public.user.username",
            "triggers that tell of changes of public.user and public.session"
        ]
    );
}

#[test]
fn a_view_is_replaced_by_one_that_begins_alike() {
    let (tables, layout) = (catalog(SNAKE), layout(SNAKE));
    let views = vec![("user".to_owned(), vec!["role".to_owned(), "id".to_owned()])];
    let existing = Existing { layout: Some(Layout::default()), views, ..Existing::default() };
    let steps = steps(&tables, &layout, &existing);
    let view = steps.iter().find(|step| step.what.starts_with("view gateway_adopted.user")).unwrap();
    assert!(
        view.sql.contains("select\n    \"role\" as \"role\",\n    \"id\" as \"id\",\n    \"name\" as \"name\""),
        "{}",
        view.sql
    );
}

#[test]
fn names_and_texts_can_not_break_out() {
    assert_eq!(quoted(r#"a"b"#), r#""a""b""#);
    assert_eq!(literal("it's"), "'it''s'");
    assert_eq!(literal(r"a\'b"), r"E'a\\''b'");
    let odd = with(USERS, r#"users: id text!, email text!, "role" text"#);
    let layout = layout(&odd);
    assert!(
        steps(&catalog(&odd), &layout, &Existing::default())
            .iter()
            .all(|step| !step.sql.contains(r#"add column "role" text"#)
                || step.sql.contains("alter table \"public\".\"users\""))
    );
}

#[test]
fn what_was_made_is_what_was_not_there_before() {
    let before = catalog(&["a: id text!", "b: id text!"]);
    let after = catalog(&["a: id text!, role text unique", "b: id text!", "c: id text!"]);
    let made = Made::between(&before, &after);
    assert_eq!(made.columns, [("public".into(), "a".into(), "role".into())]);
    assert_eq!(made.indexes, [("public".into(), "role_key".into())]);
    assert_eq!(made.tables, [("public".into(), "c".into())]);
    let both = Made::default().and(made.clone());
    assert_eq!(both, made);
}
