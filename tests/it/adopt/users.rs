//! Users with their passwords and sessions in two tables, as an API in Python keeps them.

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::eventually;
use gateway_tests::gateway::SECRET;
use gateway_tests::peers::NodeServer;
use gateway_tests::upstream::Upstream;
use serde_json::json;

use super::{USERS, adopted, beside, email_of, made_of};

/// What the API asks, with its own clock in UTC.
const ASK: &str = "select u.email from user_sessions s join users u on s.user_id = u.id
    where s.expires_at > (now() at time zone 'UTC') and s.token = ";

/// Somebody who has signed up at an original server, moved into the two tables: same ids, hash and token, so that the
/// cookie is the original's.
async fn moved_to(database: &Database) -> (NodeServer, Person) {
    let stock = Database::postgres().await;
    let node = tokio::task::block_in_place(|| NodeServer::on(&stock.url(), SECRET).migrate().start());
    let mut ada = node.anon();
    ada.sign_up("ada").await;
    let id = stock.text(r#"select id from "user""#).await.unwrap();
    let hash = stock.text("select password from account").await.unwrap();
    let session = stock.text("select id from session").await.unwrap();
    let user =
        format!("insert into users (id, email, name, password) values ('{id}', 'ada@example.com', 'Ada', '{hash}')");
    database.execute(&user).await;
    let token = ada.token();
    let session = format!(
        "insert into user_sessions (id, user_id, token, expires_at, created_at) values \
         ('{session}', '{id}', '{token}', (now() at time zone 'UTC') + interval '7 days', now() at time zone 'UTC')"
    );
    database.execute(&session).await;
    (node, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tables_are_served_and_given_back() {
    let database = made_of(USERS).await;
    let (_node, there) = moved_to(&database).await;
    database.execute("insert into todos (user_id, title) select id, 'write' from users").await;
    adopted(&database, &["--yes"], 0);
    let upstream = Upstream::start().await;
    let gateway = beside(&database, &upstream).start().await;

    let ada = there.at(&gateway.url(""), gateway.origin());
    assert_eq!(email_of(&ada).await, "ada@example.com", "the old cookie");
    ada.get("/items").await.expect(200);
    assert_eq!(upstream.last().header("x-user-email"), Some("ada@example.com"));
    let wrong = json!({ "email": ada.email, "password": "another pass phrase" });
    ada.post("/api/auth/sign-in/email", wrong).await.expect(401);
    ada.jar.clear();
    ada.sign_in().await.expect(200);
    let asked = database.text(&format!("{ASK}'{}'", ada.token())).await;
    assert_eq!(asked.as_deref(), Some("ada@example.com"), "the API reads the new session, too");

    let eve = gateway.user("eve").await;
    eve.get("/items").await.expect(200);
    let hash = database.text("select password from users where email = 'eve@example.com'").await;
    assert_eq!(hash.map(|hash| hash.len()), Some(161), "scrypt, where the API keeps passwords");
    database.execute("update users set name = 'Eva' where email = 'eve@example.com'").await;
    eventually("a change by the API counts", async || {
        eve.get("/items").await.expect(200);
        upstream.last().header("x-user-name") == Some("Eva")
    })
    .await;
    database.execute(&format!("delete from user_sessions where token = '{}'", eve.token())).await;
    eventually("a session ended by the API is over", async || eve.get("/items").await.status == 401).await;
    drop(gateway);

    adopted(&database, &["--undo", "--yes"], 0);
    assert_eq!(database.count("select count(*) from users where password is not null").await, 2);
    assert_eq!(database.text(&format!("{ASK}'{}'", ada.token())).await.as_deref(), Some("ada@example.com"));
    assert_eq!(database.count("select count(*) from todos").await, 1);
}

/// Passwords that the API sets count, and a password that is unset lets nobody in.
#[tokio::test(flavor = "multi_thread")]
async fn the_api_may_go_on_setting_passwords() {
    let database = made_of(USERS).await;
    let (_node, there) = moved_to(&database).await;
    adopted(&database, &["--yes"], 0);
    let upstream = Upstream::start().await;
    let gateway = beside(&database, &upstream).start().await;
    let ada = there.at(&gateway.url(""), gateway.origin());
    database.execute("update users set password = null").await;
    ada.sign_in().await.expect(401);
    let eve = gateway.user("eve").await;
    database.execute("update users a set password = e.password from users e where e.email = 'eve@example.com'").await;
    ada.sign_in().await.expect(200);
    eve.sign_in().await.expect(200);
}
