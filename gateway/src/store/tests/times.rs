//! How times are spelled on SQLite.

use sqlx::{Connection, SqliteConnection};

use super::super::time::Time;

#[tokio::test]
async fn every_spelling_is_read() {
    let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let mut check = async |sql: &'static str, expected: Option<&str>| {
        let read: Result<Time, _> = sqlx::query_scalar(sql).fetch_one(&mut db).await;
        let expected = expected.map(|text| text.parse().map(Time).unwrap());
        assert_eq!(read.ok(), expected, "{sql}");
    };
    check("select '2026-11-28T00:49:43.607Z'", Some("2026-11-28T00:49:43.607Z")).await;
    check("select '2026-11-28T02:49:43.607999+02:00'", Some("2026-11-28T00:49:43.607Z")).await;
    check("select '2026-11-28T00:49:43+00:00'", Some("2026-11-28T00:49:43Z")).await;
    check("select '2026-11-28 00:49:43'", Some("2026-11-28T00:49:43Z")).await;
    check("select '2026-11-28 00:49:43.6'", Some("2026-11-28T00:49:43.600Z")).await;
    check("select '2026-11-28 00:49:43.607+00'", Some("2026-11-28T00:49:43.607Z")).await;
    check("select '2026-11-28 00:49:43Z'", Some("2026-11-28T00:49:43Z")).await;
    check("select 1795826983607", Some("2026-11-28T00:49:43.607Z")).await;
    check("select 1795826983607.0", Some("2026-11-28T00:49:43.607Z")).await;
    check("select '1795826983607'", Some("2026-11-28T00:49:43.607Z")).await;
    check("select 1795826983", Some("2026-11-28T00:49:43Z")).await;
    check("select 'tomorrow'", None).await;
    check("select x'00'", None).await;
}

#[tokio::test]
async fn the_spelling_written_is_better_auths() {
    let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for (time, text) in [
        ("2026-11-28T00:49:43.607Z", "2026-11-28T00:49:43.607Z"),
        ("2026-11-28T00:49:43Z", "2026-11-28T00:49:43.000Z"),
        ("2026-11-28T00:49:43.607999Z", "2026-11-28T00:49:43.607Z"),
    ] {
        let time: chrono::DateTime<chrono::Utc> = time.parse().unwrap();
        let query = sqlx::query_scalar("select cast($1 as text)").bind(Time::from(time));
        let written: String = query.fetch_one(&mut db).await.unwrap();
        assert_eq!(written, text);
    }
}
