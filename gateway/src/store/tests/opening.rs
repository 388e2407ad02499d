//! Opening databases of every kind and state.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{super::migrate, *};

fn config(url: &str) -> DatabaseConfig {
    DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() }
}

fn unmigrated(url: &str) -> DatabaseConfig {
    DatabaseConfig { migrate: false, ..config(url) }
}

async fn refusal(config: &DatabaseConfig) -> String {
    open(config).await.unwrap_err().to_string()
}

/// An empty database of each kind.
async fn empty() -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", folder.path().join("gateway.db").display());
    (folder, vec![file, Cluster::shared().new_database().await])
}

/// Better Auth's own tables without plugins, as its migrator makes them.
const STOCK: &[&str] = &[
    r#"create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" boolean not null, "image" text, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz default CURRENT_TIMESTAMP not null)"#,
    r#"create table "session" ("id" text not null primary key, "expiresAt" timestamptz not null, "token" text not null unique, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz not null, "ipAddress" text, "userAgent" text, "userId" text not null references "user" ("id") on delete cascade)"#,
    r#"create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz, "scope" text, "password" text, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz not null)"#,
    r#"create table "verification" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" timestamptz not null, "createdAt" timestamptz default CURRENT_TIMESTAMP not null, "updatedAt" timestamptz default CURRENT_TIMESTAMP not null)"#,
    r#"create index "session_userId_idx" on "session" ("userId")"#,
    r#"create index "account_userId_idx" on "account" ("userId")"#,
    r#"create index "verification_identifier_idx" on "verification" ("identifier")"#,
    r#"insert into "user" values ('u', 'Ada', 'ada@example.com', true, null, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')"#,
    r#"insert into "session" values ('s', '2027-01-01T00:00:00.000Z', 't', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '', 'x', 'u')"#,
];

async fn stock(url: &str) {
    for statement in STOCK {
        let statement = match url.starts_with("sqlite:") {
            true => statement.replace("timestamptz", "date").replace("boolean", "integer"),
            false => (*statement).to_owned(),
        };
        if let Some(path) = url.strip_prefix("sqlite://") {
            fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        }
        other(url, &statement).await;
    }
}

#[tokio::test]
async fn a_stock_database_is_served_as_it_is() {
    let (_folder, urls) = empty().await;
    for url in urls {
        stock(&url).await;
        let pending = migrate::state(&config(&url)).await.unwrap().pending;
        assert!(pending.contains(&"column user.role".to_owned()), "{pending:?}");
        let refused = refusal(&unmigrated(&url)).await;
        assert!(refused.contains("column session.impersonatedBy") && refused.contains("gateway migrate"), "{refused}");

        let store = open(&config(&url)).await.unwrap();
        let (session, user) = store.session_with_user(&token("t")).await.unwrap().unwrap();
        assert_eq!((user.name.as_str(), user.email_verified, user.role, user.banned), ("Ada", true, None, None));
        assert_eq!(session.expires_at, "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert!(store.schema().await.unwrap().is_current());
        open(&unmigrated(&url)).await.unwrap();
        // What the other program inserts goes on working.
        let insert = r#"insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
            values ('v', 'Eve', 'eve@example.com', false, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')"#;
        other(&url, insert).await;
        assert_eq!(store.user_by_id(&"v".into()).await.unwrap().unwrap().name, "Eve");
    }
}

#[tokio::test]
async fn several_may_open_an_empty_database_at_once() {
    let (_folder, urls) = empty().await;
    for url in urls {
        let opens = (0..6).map(|_| {
            let config = config(&url);
            tokio::spawn(async move { open(&config).await.map(drop) })
        });
        for opened in futures_util::future::join_all(opens).await {
            opened.unwrap().unwrap();
        }
        assert!(migrate::state(&config(&url)).await.unwrap().is_current());
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (_folder, urls) = empty().await;
    for url in urls {
        open(&config(&url)).await.unwrap();
        let newer = "insert into _gateway_migrations (version, description, success, checksum, execution_time) values (9001, 'x', true, '', 0)";
        other(&url, newer).await;
        for config in [config(&url), unmigrated(&url)] {
            let refused = refusal(&config).await;
            assert!(refused.contains("newer schema (migration 9001)"), "{refused}");
        }
    }
}

#[tokio::test]
async fn migrating_says_what_it_did_and_is_done_once() {
    let (_folder, urls) = empty().await;
    for url in urls {
        let done = migrate::run(&config(&url)).await.unwrap();
        assert_eq!(done.first().map(String::as_str), Some("0001 core"));
        assert_eq!(migrate::run(&config(&url)).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn looking_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("gateway.db").display());
    assert!(!migrate::state(&config(&url)).await.unwrap().is_current());
    assert!(refusal(&unmigrated(&url)).await.contains("run `gateway migrate`"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_lost_trigger_is_noticed_and_made_anew() {
    let world = World::postgres().await.listening().await;
    let user = world.user("ada").await;
    world.other(r#"drop trigger gateway_user_updated on "user""#).await;
    world.other(r#"alter table "session" disable trigger gateway_session_deleted"#).await;
    let state = world.store.schema().await.unwrap();
    assert_eq!(state.pending, ["trigger gateway_session_deleted", "trigger gateway_user_updated"]);
    migrate::run(&world.config).await.unwrap();
    assert!(world.store.schema().await.unwrap().is_current());
    world.watcher.events();
    world.other(r#"update "user" set role = 'admin'"#).await;
    world.watcher.told(&Event::UserChanged(user.id)).await;
}

#[tokio::test]
async fn addresses_are_made_unique_where_they_are_not() {
    let (_folder, urls) = empty().await;
    for url in urls {
        open(&config(&url)).await.unwrap();
        // The table as a careless tool would have made it, with two users of one address.
        for statement in [
            r#"drop table "session""#,
            r#"drop table "account""#,
            r#"alter table "user" rename to old_user"#,
            r#"create table "user" as select * from old_user"#,
            "drop table old_user",
            r#"insert into "user" (id, name, email, "emailVerified") values ('a', 'A', 'a@example.com', true)"#,
            r#"insert into "user" (id, name, email, "emailVerified") values ('b', 'B', 'a@example.com', true)"#,
            r#"create unique index "user_pkey2" on "user" (id)"#,
        ] {
            other(&url, statement).await;
        }
        let refused = refusal(&config(&url)).await;
        assert!(refused.contains("remove one of the two rows"), "{refused}");
        other(&url, r#"delete from "user" where id = 'b'"#).await;
        let done = migrate::run(&config(&url)).await.unwrap();
        assert!(done.contains(&"index user_email_key".to_owned()), "{done:?}");
        let store = open(&unmigrated(&url)).await.unwrap();
        let again = NewUser { email: "a@example.com".into(), credential: None, ..new_user("c") };
        assert!(store.create_user(&again, None).await.unwrap_err().is_taken_email());
    }
}

#[tokio::test]
async fn tables_of_another_layout_are_refused_with_every_reason() {
    let (_folder, urls) = empty().await;
    for url in urls {
        stock(&url).await;
        other(&url, r#"alter table "user" rename column "emailVerified" to email_verified"#).await;
        let refused = refusal(&config(&url)).await;
        assert!(refused.contains("`gateway adopt`"), "{refused}");
        other(&url, r#"drop table "session""#).await;
        other(&url, r#"alter table "user" rename column image to picture"#).await;
        let refused = refusal(&config(&url)).await;
        assert!(refused.contains(r#"table "user" has no column "emailVerified""#), "{refused}");
        assert!(refused.contains(r#"table "user" has no column "image""#), "{refused}");
    }
}

#[tokio::test]
async fn tables_behind_another_schema_in_the_search_path_are_found() {
    let url = Cluster::shared().new_database().await;
    stock(&url).await;
    other(&url, "create schema postgres").await;
    open(&config(&url)).await.unwrap().session_with_user(&token("t")).await.unwrap().unwrap();
    let strays =
        r#"select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'postgres'"#;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let strays: i64 = sqlx::query_scalar(strays).fetch_one(&mut connection).await.unwrap();
    assert_eq!(strays, 0);
}

#[tokio::test]
async fn a_role_without_rights_runs_but_does_not_migrate() {
    let url = Cluster::shared().new_database().await;
    other(&url, "drop role if exists meek").await;
    other(&url, "create role meek login").await;
    let meek = url.replace("postgres@", "meek@");
    let refused = refusal(&config(&meek)).await;
    assert!(refused.contains("permission denied") && refused.contains("database.migrate = false"), "{refused}");
    open(&config(&url)).await.unwrap();
    other(&url, "grant select, insert, update, delete on all tables in schema public to meek").await;
    open(&config(&meek)).await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_postgres_that_does_not_let_us_in_says_why_and_no_password() {
    let url = Cluster::shared().new_database().await;
    for (url, expected) in [
        (url.replace("/test_", "/no_"), "does not exist; create it with `createdb no_"),
        (url.replace("postgres@", "nobody:hunter2@"), "does not let the user \"nobody\" in"),
        ("postgres://me:hunter2@127.0.0.1:1/db".into(), "nobody listens there"),
        ("postgres://me:hunter2@localhost/db?host=/nowhere".into(), "nobody listens there"),
        ("postgres://me:hunter2@[/db".into(), "it is malformed"),
        ("mysql://me:hunter2@localhost/db".into(), "\"mysql:\" is unknown"),
        ("gateway.db".into(), "it has no scheme"),
    ] {
        let refused = refusal(&config(&url)).await;
        assert!(refused.contains(expected), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_a_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.txt");
    fs::write(&path, "Just a text, and long enough not to be taken for an empty database. ".repeat(20)).unwrap();
    for (path, expected) in [
        (folder.path().join("no/gateway.db"), "does not exist; create it"),
        (folder.path().to_owned(), "it is a folder"),
        (path, "it exists and is not a SQLite database"),
    ] {
        let refused = refusal(&config(&format!("sqlite://{}", path.display()))).await;
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(refusal(&config("sqlite://")).await.contains("it names no file"));
}

#[tokio::test]
async fn the_file_is_its_owners_only() {
    let world = World::sqlite().await;
    world.user("ada").await;
    let path = world.config.url.expose().strip_prefix("sqlite://").unwrap();
    for file in [path.to_owned(), format!("{path}-wal"), format!("{path}-shm")] {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn the_log_of_writes_stays_bounded() {
    let world = World::sqlite().await;
    let user = world.user("ada").await;
    let wal = format!("{}-wal", world.config.url.expose().strip_prefix("sqlite://").unwrap());
    for number in 0..2_000 {
        let name = format!("t{number}");
        world.session(&user, &name).await;
        world.store.delete_session(&token(&name)).await.unwrap();
    }
    assert!(fs::metadata(&wal).unwrap().len() < 6 << 20);
    world.store.checkpoint().await.unwrap();
    assert_eq!(fs::metadata(&wal).unwrap().len(), 0);
}

#[tokio::test]
async fn a_database_in_memory_serves_tests() {
    let store = open(&config("sqlite::memory:")).await.unwrap();
    store.create_user(&new_user("ada"), None).await.unwrap();
    assert!(store.user_by_email("ada@example.com").await.unwrap().is_some());
    store.close().await;
}
