//! A database of the original server is served as it is, and the original server can come back.

use gateway_tests::client::{PASSWORD, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET};
use gateway_tests::peers::NodeServer;
use gateway_tests::upstream::Upstream;
use serde_json::{Value, json};

on_both!(
    a_stock_database_goes_there_and_back,
    old_hashes_are_replaced_when_allowed,
    our_tables_please_the_original_server
);

/// The original server on its own tables, and a user who has signed up there.
async fn stock(database: &Database, plugins: &str) -> (NodeServer, Person) {
    let node =
        tokio::task::block_in_place(|| NodeServer::on(&database.url(), SECRET).plugins(plugins).migrate().start());
    let mut ada = node.anon();
    ada.sign_up("ada").await;
    (node, ada)
}

/// What both servers must agree on, without the plugin fields that only one of them knows.
fn known(mut session: Value, extra: &[&str]) -> Value {
    for (part, name) in extra.iter().filter_map(|path| path.split_once('.')) {
        session[part].as_object_mut().unwrap().remove(name);
    }
    session
}

const ADMIN_FIELDS: &[&str] =
    &["user.role", "user.banned", "user.banReason", "user.banExpires", "session.impersonatedBy"];

async fn a_stock_database_goes_there_and_back(database: Database) {
    let (node, there) = stock(&database, "").await;
    let upstream = Upstream::start().await;
    let setup = Gateway::on(&database).upstream(upstream.address()).config("[password]\nrehash = false");
    let gateway = setup.start().await;

    let here = there.at(&gateway.url(""), gateway.origin());
    assert_eq!(
        known(here.session().await, ADMIN_FIELDS),
        there.session().await,
        "the old cookie works and says the same"
    );
    here.get("/items").await.expect(200);
    assert_eq!(upstream.last().header("x-user-email"), Some("ada@example.com"));

    here.jar.clear();
    here.sign_in().await.expect(200);
    let back = here.at(&node.url(), &node.url());
    assert_eq!(back.session().await, known(here.session().await, ADMIN_FIELDS), "our session is read there");

    let eve = gateway.user("eve").await;
    let eve_there = eve.at(&node.url(), &node.url());
    assert_eq!(eve_there.session().await, known(eve.session().await, ADMIN_FIELDS));
    eve_there.jar.clear();
    eve_there.sign_in().await.expect(200);

    eve_there.post("/api/auth/sign-out", json!({})).await.expect(200);
    let gone = eve_there.at(&gateway.url(""), gateway.origin());
    assert!(gone.session().await.is_null());
    here.post("/api/auth/sign-out", json!({})).await.expect(200);
    assert!(back.session().await.is_null());
}

async fn old_hashes_are_replaced_when_allowed(database: Database) {
    let (_node, there) = stock(&database, "admin").await;
    let hash = async || database.text("select password from account").await.unwrap();
    let old = hash().await;
    assert_eq!(old.len(), 161, "scrypt as the original writes it");
    let gateway = Gateway::on(&database).upstream("127.0.0.1:9").start().await;
    let ada = there.at(&gateway.url(""), gateway.origin());
    let wrong = json!({ "email": ada.email, "password": format!("{PASSWORD}x") });
    ada.post("/api/auth/sign-in/email", wrong).await.expect(401);
    assert_eq!(hash().await, old);
    ada.sign_in().await.expect(200);
    gateway_tests::eventually("the hash is replaced", async || hash().await.starts_with("$argon2id$")).await;
    ada.sign_in().await.expect(200);
}

/// The gateway makes the tables, the original server uses them.
async fn our_tables_please_the_original_server(database: Database) {
    let setup = Gateway::on(&database).upstream("127.0.0.1:9").config("[password]\nrehash = false");
    let gateway = setup.start().await;
    let ada = gateway.user("ada").await;
    let node =
        tokio::task::block_in_place(|| NodeServer::on(&database.url(), SECRET).plugins("admin").migrate().start());
    let there = ada.at(&node.url(), &node.url());
    assert_eq!(there.session().await, ada.session().await);
    let mut eve = node.anon();
    eve.sign_up("eve").await;
    let here = eve.at(&gateway.url(""), gateway.origin());
    assert_eq!(here.session().await, eve.session().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secret_means_nobody_is_signed_in() {
    let database = Database::sqlite();
    let (_node, there) = stock(&database, "").await;
    let setup = Gateway::on(&database).upstream("127.0.0.1:9");
    let gateway = setup.config("[auth]\nsecret = \"another-secret-of-forty-characters-0123456\"").start().await;
    let here = there.at(&gateway.url(""), gateway.origin());
    assert!(here.session().await.is_null());
}
