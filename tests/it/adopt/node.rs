//! The original server on its own tables, in its own or in other names, before, beside and after a gateway.

use gateway_tests::db::Database;
use gateway_tests::gateway::SECRET;
use gateway_tests::peers::{NodeServer, NodeSetup};
use gateway_tests::upstream::Upstream;
use gateway_tests::{client::Person, eventually};
use serde_json::{Value, json};

use super::{SNAKE_CASE, adopted, beside, email_of, json as parsed, made_of};

/// What a Node server is told of tables in snake_case.
fn snake_case() -> Value {
    let dates = json!({ "createdAt": "created_at", "updatedAt": "updated_at" });
    let with = |more: Value| {
        let mut fields = dates.clone();
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "fields": fields })
    };
    json!({
        "user": with(json!({ "emailVerified": "email_verified" })),
        "session": with(json!({
            "expiresAt": "expires_at", "ipAddress": "ip_address", "userAgent": "user_agent", "userId": "user_id"
        })),
        "account": with(json!({
            "accountId": "account_id", "providerId": "provider_id", "userId": "user_id",
            "accessToken": "access_token", "refreshToken": "refresh_token", "idToken": "id_token",
            "accessTokenExpiresAt": "access_token_expires_at", "refreshTokenExpiresAt": "refresh_token_expires_at"
        })),
        "verification": with(json!({ "expiresAt": "expires_at" })),
    })
}

fn node(database: &Database) -> NodeSetup {
    NodeServer::on(&database.url(), SECRET)
}

fn started(setup: NodeSetup) -> NodeServer {
    tokio::task::block_in_place(|| setup.start())
}

/// Node before, the gateway beside it, and Node alone again. `sessions` is the table of sessions, as the database has it.
async fn there_and_back(database: &Database, node: NodeServer, sessions: &str) {
    let mut there = node.anon();
    there.sign_up("ada").await;
    adopted(database, &["--check"], 3);
    adopted(database, &["--yes"], 0);
    adopted(database, &["--check"], 0);
    assert_eq!(email_of(&there).await, "ada@example.com", "Node sees nothing of it");

    let upstream = Upstream::start().await;
    let gateway = beside(database, &upstream).start().await;
    let here = there.at(&gateway.url(""), gateway.origin());
    assert_eq!(email_of(&here).await, "ada@example.com", "the old cookie");
    let (ours, theirs) = (here.session().await, there.session().await);
    for field in ["/session/expiresAt", "/session/createdAt", "/session/userId", "/user/createdAt", "/user/name"] {
        assert_eq!(ours.pointer(field), theirs.pointer(field), "{field}");
    }
    here.get("/items").await.expect(200);
    assert_eq!(upstream.last().header("x-user-email"), Some("ada@example.com"));
    let fresh = elsewhere(&here);
    fresh.sign_in().await.expect(200);
    assert_eq!(email_of(&fresh.at(&node.url(), &node.url())).await, "ada@example.com", "a new session, read by Node");
    fresh.get("/items").await.expect(200);
    database.execute(&format!("delete from {sessions} where token = '{}'", fresh.token())).await;
    eventually("a session that was deleted by hand counts no more", async || fresh.get("/items").await.status == 401)
        .await;

    let eve = gateway.user("eve").await;
    let eve_there = eve.at(&node.url(), &node.url());
    assert_eq!(email_of(&eve_there).await, "eve@example.com");
    there.post("/api/auth/sign-out", json!({})).await.expect(200);
    eventually("a sign-out at Node counts here", async || here.get("/items").await.status == 401).await;
    drop(gateway);

    adopted(database, &["--undo", "--yes"], 0);
    assert_eq!(email_of(&eve_there).await, "eve@example.com", "what the gateway wrote is still Node's");
    elsewhere(&eve_there).sign_in().await.expect(200);
    elsewhere(&there).sign_in().await.expect(200);
    node.anon().sign_up("mia").await;
}

/// The same person in another browser.
fn elsewhere(person: &Person) -> Person {
    let other = person.clone();
    other.jar.clear();
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn snake_case_columns_there_and_back() {
    let database = made_of(SNAKE_CASE).await;
    let node = started(node(&database).options(&snake_case()));
    there_and_back(&database, node, "public.session").await;
}

/// Tables of other names, made by the original's own migration.
#[tokio::test(flavor = "multi_thread")]
async fn tables_of_other_names_there_and_back() {
    let database = Database::postgres().await;
    let mut options = snake_case();
    for (table, name) in
        [("user", "users"), ("session", "user_sessions"), ("account", "accounts"), ("verification", "verifications")]
    {
        options[table]["modelName"] = name.into();
    }
    let setup = tokio::task::block_in_place(|| node(&database).options(&options).plugins("admin").migrate());
    there_and_back(&database, started(setup), "user_sessions").await;
}

/// Ids of the original server may be UUIDs; those that the gateway makes are, too.
#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_uuids_there_and_back() {
    let database = Database::postgres().await;
    let options = json!({ "advanced": { "database": { "generateId": "uuid" } } });
    let setup = tokio::task::block_in_place(|| node(&database).options(&options).migrate());
    there_and_back(&database, started(setup), "public.session").await;
}

/// Each version's own tables, made by its own migration, with tables of plugins that the gateway does not serve.
async fn of_version(version: &str, database: Database) {
    let setup = node(&database).version(version).plugins("jwt,two-factor,organization");
    let setup = tokio::task::block_in_place(|| setup.migrate());
    let node = started(setup);
    let seen = parsed(&adopted(&database, &["--check", "--json"], 3));
    let untouched = seen["leftUntouched"].to_string();
    for table in ["jwks", "twoFactor", "organization", "member", "invitation"] {
        assert!(untouched.contains(table), "{table}: {seen}");
    }
    there_and_back(&database, node, "\"session\"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_3_there_and_back() {
    of_version("1.3", Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_4_there_and_back() {
    of_version("1.4", Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_6_there_and_back() {
    of_version("1.6", Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_version_1_3_there_and_back() {
    of_version("1.3", Database::sqlite()).await;
}
