//! Databases of other layouts, adopted and given back.

mod columns;

use super::{
    super::{
        adopt::{self, Adoption, Verdict},
        migrate,
    },
    *,
};

async fn database(layout: &str) -> DatabaseConfig {
    let url = Cluster::shared().new_database().await;
    script(&url, layout).await;
    DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() }
}

/// The two tables with ids of another type.
fn of_ids(kind: &str) -> String {
    let ids = USERS.replace("id varchar not null primary key", &format!("id {kind} not null primary key"));
    ids.replace("user_id varchar references", &format!("user_id {kind} references"))
}

async fn look(config: &DatabaseConfig) -> Adoption {
    adopt::look(config).await.unwrap()
}

/// Everything in the database that an adoption could touch, as text.
async fn everything(config: &DatabaseConfig) -> Vec<String> {
    const EVERYTHING: &str = r#"
        select 'column ' || table_schema || '.' || table_name || '.' || column_name || ' ' || data_type
        from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema')
        union all select 'index ' || schemaname || '.' || indexname from pg_indexes where schemaname not like 'pg\_%'
        union all select 'trigger ' || tgname || ' on ' || tgrelid::regclass from pg_trigger where not tgisinternal
        union all select 'function ' || n.nspname || '.' || p.proname from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace where n.nspname not in ('pg_catalog', 'information_schema')
        union all select 'schema ' || nspname from pg_namespace where nspname not like 'pg\_%'
        order by 1"#;
    let mut connection = PgConnection::connect(config.url.expose()).await.unwrap();
    sqlx::query_scalar(EVERYTHING).fetch_all(&mut connection).await.unwrap()
}

async fn one(config: &DatabaseConfig, query: &str) -> Option<String> {
    let mut connection = PgConnection::connect(config.url.expose()).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_optional(&mut connection).await.unwrap().flatten()
}

#[tokio::test]
async fn every_layout_is_adopted_once_and_given_back_whole() {
    for layout in [SNAKE_CASE, USERS, CONVERTED, STOCK] {
        let config = database(layout).await;
        let before = everything(&config).await;
        let seen = look(&config).await;
        assert_eq!(seen.verdict, Verdict::Adoptable, "{seen:?}");
        assert_eq!(everything(&config).await, before, "looking changes nothing");
        adopt::adopt(&config, &seen).await.unwrap();
        let seen = look(&config).await;
        assert_eq!((seen.verdict, seen.steps.as_slice()), (Verdict::Ready, [].as_slice()), "{seen:?}");
        assert!(migrate::state(&config).await.unwrap().is_current());
        let unmigrated = DatabaseConfig { migrate: false, ..config.clone() };
        assert!(open(&unmigrated).await.unwrap().schema().await.unwrap().is_current());

        let back = adopt::look_back(&config).await.unwrap();
        assert_eq!(back.kept, Vec::<String>::new());
        adopt::give_back(&config, &back).await.unwrap();
        assert_eq!(everything(&config).await, before);
        assert!(adopt::look_back(&config).await.unwrap().steps.is_empty());
        // And once more: what was given back can be adopted again.
        adopt::adopt(&config, &look(&config).await).await.unwrap();
    }
}

#[tokio::test]
async fn what_holds_data_stays_when_given_back() {
    let config = database(USERS).await;
    adopt::adopt(&config, &look(&config).await).await.unwrap();
    let store = open(&config).await.unwrap();
    let (user, _) = store.create_user(&new_user("ada"), None).await.unwrap();
    store.ban(&user.id, Some("noise"), None).await.unwrap();
    let google = r#"insert into gateway_adopted.account (id, "accountId", "providerId", "userId", "updatedAt") values ('a', '1', 'google', 'id-of-ada', now())"#;
    other(config.url.expose(), google).await;
    store.close().await;
    let back = adopt::look_back(&config).await.unwrap();
    assert!(back.kept.contains(&"column public.users.ban_reason: it holds values".to_owned()), "{back:?}");
    adopt::give_back(&config, &back).await.unwrap();
    assert_eq!(one(&config, "select ban_reason from users").await.as_deref(), Some("noise"));
    assert_eq!(one(&config, "select password from users").await.as_deref(), Some("hash"));
    let kept = r#"select "accountId" from gateway_account_kept where "providerId" = 'google'"#;
    assert_eq!(one(&config, kept).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_plain_start_makes_no_second_set_of_tables() {
    let serial = of_ids("integer");
    for layout in [SNAKE_CASE, USERS, CONVERTED, &serial] {
        let config = database(layout).await;
        let before = everything(&config).await;
        for refused in [open(&config).await.map(drop), migrate::run(&config).await.map(drop)] {
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("`gateway adopt`"), "{refused}");
        }
        assert_eq!(everything(&config).await, before);
    }
    let config = database(&serial).await;
    let seen = look(&config).await;
    assert_eq!(seen.verdict, Verdict::Refused);
    assert!(seen.problems[0].contains("is of type integer instead of text"), "{seen:?}");
}

#[tokio::test]
async fn tables_that_are_no_accounts_are_left_alone() {
    let config = database("create table users (id serial primary key, name text); create table items (id int)").await;
    let seen = look(&config).await;
    assert_eq!(seen.verdict, Verdict::Refused);
    assert!(seen.problems.join(" ").contains("table public.users has no column for email"), "{seen:?}");
    open(&config).await.unwrap();
    assert_eq!(look(&config).await.verdict, Verdict::Ready, "our own tables are served as they are");
}

#[tokio::test]
async fn changes_by_anyone_on_the_tables_themselves_are_told() {
    for (layout, users, sessions) in
        [(SNAKE_CASE, r#"public."user""#, "public.session"), (USERS, "users", "user_sessions")]
    {
        let world = World::adopted(layout).await.listening().await;
        let user = world.user("ada").await;
        world.session(&user, "a").await;
        world.watcher.events();
        world.other(&format!("update {users} set image = 'x'")).await;
        world.watcher.told(&Event::UserChanged(user.id.clone())).await;
        world.other(&format!("delete from {sessions} where token = 'a'")).await;
        world.watcher.told(&Event::SessionGone("session-a".into())).await;
        // A trigger that went missing is noticed and made anew.
        world.other(&format!("drop trigger gateway_session_deleted on {sessions}")).await;
        assert!(!world.store.schema().await.unwrap().is_current());
        let done = migrate::run(&world.config).await.unwrap();
        assert!(done[0].starts_with("triggers that tell of changes"), "{done:?}");
        assert!(world.store.schema().await.unwrap().is_current());
        world.session(&user, "b").await;
        world.other(&format!("delete from {sessions} where token = 'b'")).await;
        world.watcher.told(&Event::SessionGone("session-b".into())).await;
    }
}

#[tokio::test]
async fn an_adoption_that_fails_midway_leaves_nothing() {
    let config = database(&USERS.replace("create unique index", "create index")).await;
    let twice = "insert into users (id, email) values ('a', 'a@example.com'), ('b', 'a@example.com')";
    script(config.url.expose(), twice).await;
    let (before, seen) = (everything(&config).await, look(&config).await);
    let refused = adopt::adopt(&config, &seen).await.unwrap_err().to_string();
    assert!(
        refused.contains("unique index on public.users.email") && refused.contains("nothing was changed"),
        "{refused}"
    );
    assert!(!refused.contains("a@example.com"), "{refused}");
    assert_eq!(everything(&config).await, before);
}

#[tokio::test]
async fn what_has_changed_since_it_was_seen_is_not_done() {
    let config = database(USERS).await;
    let seen = look(&config).await;
    script(config.url.expose(), "alter table users add column role text").await;
    let refused = adopt::adopt(&config, &seen).await.unwrap_err().to_string();
    assert!(refused.contains("has changed since"), "{refused}");
    adopt::adopt(&config, &look(&config).await).await.unwrap();
}

#[tokio::test]
async fn missing_rights_and_a_taken_schema_are_told_before() {
    let config = database(USERS).await;
    script(
        config.url.expose(),
        "do $$ begin create role stranger login; exception when duplicate_object then null; end $$",
    )
    .await;
    let stranger =
        DatabaseConfig { url: Secret::new(config.url.expose().replace("postgres@", "stranger@")), ..config.clone() };
    let seen = look(&stranger).await;
    assert_eq!(seen.verdict, Verdict::Refused);
    let problems = seen.problems.join("; ");
    assert!(
        problems.contains("may not create a schema")
            && problems.contains("table public.users is not of the user \"stranger\""),
        "{problems}"
    );
    script(config.url.expose(), "create schema gateway_adopted").await;
    let seen = look(&config).await;
    assert!(seen.problems[0].contains("there is a schema gateway_adopted already"), "{seen:?}");
    assert!(adopt::look_back(&config).await.unwrap().steps.is_empty(), "it is not ours to drop");
}

#[tokio::test]
async fn a_role_with_rights_on_the_views_alone_can_serve() {
    let config = database(USERS).await;
    adopt::adopt(&config, &look(&config).await).await.unwrap();
    script(
        config.url.expose(),
        "do $$ begin create role waiter login; exception when duplicate_object then null; end $$;
        grant usage on schema gateway_adopted to waiter;
        grant select, insert, update, delete on all tables in schema gateway_adopted to waiter",
    )
    .await;
    let waiter =
        DatabaseConfig { url: Secret::new(config.url.expose().replace("postgres@", "waiter@")), ..config.clone() };
    let store = open(&waiter).await.unwrap();
    let (user, _) = store.create_user(&new_user("ada"), Some(&new_session(&dummy(), "t"))).await.unwrap();
    assert_eq!(one(&config, "select password from users").await.as_deref(), Some("hash"));
    assert!(store.delete_user(&user.id).await.unwrap());
}

/// Whose id is that of ada.
fn dummy() -> User {
    User { id: "id-of-ada".into(), created_at: noon(), updated_at: noon(), ..User::default() }
}

#[tokio::test]
async fn what_is_good_to_know_is_told() {
    let config = database(USERS).await;
    let rows = "insert into users (id, email, password) values ('u', 'Ada@Example.com', 'pbkdf2:sha256:1$x$y');
        insert into user_sessions (id, user_id, token, expires_at, created_at) values ('s', 'u', 't', now(), now() + interval '5 hours')";
    script(config.url.expose(), rows).await;
    let notes = look(&config).await.notes.join("\n");
    for part in ["capital letters", "begin in the future", "can't verify"] {
        assert!(notes.contains(part), "{notes}");
    }
}

#[tokio::test]
async fn a_file_is_adopted_if_it_is_stock_and_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    let config =
        DatabaseConfig { url: Secret::new(format!("sqlite://{}", path.display())), ..DatabaseConfig::default() };
    let absent = look(&config).await;
    assert_eq!((absent.verdict, path.exists()), (Verdict::Refused, false));
    std::fs::File::create(&path).unwrap();
    for statement in STOCK.split(';').filter(|statement| !statement.trim().is_empty()) {
        other(config.url.expose(), &statement.replace("timestamptz", "date").replace("boolean", "integer")).await;
    }
    let tables = async || {
        let mut connection = SqliteConnection::connect(config.url.expose()).await.unwrap();
        let tables = "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c where m.name not like 'sqlite%' order by 1";
        sqlx::query_scalar::<_, String>(tables).fetch_all(&mut connection).await.unwrap()
    };
    let before = tables().await;
    let seen = look(&config).await;
    assert!(seen.missing.contains(&"column user.role".to_owned()), "{seen:?}");
    adopt::adopt(&config, &seen).await.unwrap();
    assert_eq!(look(&config).await.verdict, Verdict::Ready);
    open(&config).await.unwrap().close().await;
    adopt::give_back(&config, &adopt::look_back(&config).await.unwrap()).await.unwrap();
    assert_eq!(tables().await, before);

    other(config.url.expose(), r#"alter table "user" rename column "emailVerified" to email_verified"#).await;
    let seen = look(&config).await;
    assert_eq!(seen.verdict, Verdict::Refused);
    assert!(seen.problems[0].contains("need PostgreSQL"), "{seen:?}");
    assert!(open(&config).await.unwrap_err().to_string().contains("`gateway adopt`"));
}
