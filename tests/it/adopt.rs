//! Databases of other layouts and older versions: taken over beside the original server, and given back to it.

mod node;
mod users;

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::process::Ended;
use gateway_tests::upstream::Upstream;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const SNAKE_CASE: &str = include_str!("adopt/layouts/snake_case.sql");
const USERS: &str = include_str!("adopt/layouts/users.sql");

/// A database with these tables.
async fn made_of(layout: &str) -> Database {
    let database = Database::postgres().await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(layout)).execute(&mut connection).await.unwrap();
    database
}

/// A gateway as it is set up while the other server may come back.
fn beside(database: &Database, upstream: &Upstream) -> Setup {
    let careful = "[password]\nrehash = false\n[database]\nmigrate = false";
    Gateway::on(database).upstream(upstream.address()).config(careful)
}

fn adopt(database: &Database, arguments: &[&str]) -> Ended {
    let command: Vec<_> = ["adopt"].iter().chain(arguments).copied().collect();
    tokio::task::block_in_place(|| Gateway::on(database).cli(&command))
}

/// Runs it; panics unless it ends with this code.
#[track_caller]
fn adopted(database: &Database, arguments: &[&str], code: i32) -> String {
    let ended = adopt(database, arguments);
    assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
    ended.stdout
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The same person as seen by both servers.
async fn email_of(person: &Person) -> Value {
    person.session().await["user"]["email"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_without_a_word() {
    let database = made_of(USERS).await;
    let schemas = async || database.count("select count(*) from pg_namespace").await;
    let before = schemas().await;
    let refused = tokio::task::block_in_place(|| Gateway::on(&database).upstream("127.0.0.1:9").run_to_end());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("tables users and user_sessions") && refused.stderr.contains("`gateway adopt`"));

    let told = adopted(&database, &["--check"], 3);
    for part in ["passwords: public.users.password", "table verification", "public.users.banned", "times without zone"]
    {
        assert!(told.contains(part), "{told}");
    }
    let seen = json(&adopted(&database, &["--check", "--json"], 3));
    assert_eq!(seen["verdict"], "adoptable");
    assert!(seen["steps"].as_array().unwrap().iter().all(|step| step["sql"].is_string()));
    let unasked = adopt(&database, &[]);
    assert_eq!(unasked.code, Some(3));
    assert!(unasked.stderr.contains("nothing was changed"), "{unasked:?}");
    assert_eq!(adopt(&database, &["--json"]).code, Some(2));
    assert_eq!(schemas().await, before);
    assert!(adopted(&database, &["--undo", "--yes"], 0).contains("nothing of the gateway is there"));
    let empty = Database::postgres().await;
    assert!(adopted(&empty, &["--check"], 4).contains("no tables of users and sessions were found"));
}

/// The script that is shown does what the command does.
#[tokio::test(flavor = "multi_thread")]
async fn the_statements_can_be_run_by_hand() {
    let database = made_of(USERS).await;
    let script = adopted(&database, &["--sql"], 3);
    assert!(script.starts_with("begin;") && script.ends_with("commit;\n"), "{script}");
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
    assert_eq!(database.count("select count(*) from gateway_adopted._gateway_adoption").await, 1);
    adopted(&database, &["--yes"], 0);
    let gateway = Gateway::on(&database).upstream("127.0.0.1:9").start().await;
    gateway.user("ada").await;
    drop(gateway);
    let script = adopted(&database, &["--undo", "--sql"], 0);
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
    assert_eq!(database.count("select count(*) from users where password is not null").await, 1);
    assert_eq!(database.count("select count(*) from pg_namespace where nspname like 'gateway%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_watches_over_what_was_adopted() {
    let database = made_of(SNAKE_CASE).await;
    adopted(&database, &["--yes"], 0);
    let gateway = Gateway::on(&database).upstream("127.0.0.1:9").start().await;
    let status = async || gateway_tests::client::fetch(gateway.admin_url("/readyz")).await.unwrap().status().as_u16();
    gateway_tests::eventually("it is ready", async || status().await == 200).await;
    database.execute("drop trigger gateway_session_deleted on public.session").await;
    assert_eq!(status().await, 503);
    let migrate =
        |check: &[&str]| tokio::task::block_in_place(|| Gateway::on(&database).cli(&[&["migrate"], check].concat()));
    assert_eq!(migrate(&["--check"]).code, Some(3));
    assert_eq!(migrate(&[]).code, Some(0));
    assert_eq!(status().await, 200);
}
