//! The keys: what others check with them, what a rotation changes, and a Better Auth server on the same ones.

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET, Setup};
use gateway_tests::peers::{Library, NodeServer, Verifier};
use http::Method;
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{claims_of, kid_of, shown_keys, token_of};

on_both!(a_rotation_breaks_no_token, a_better_auth_server_uses_the_same_keys, keys_of_older_servers_are_used);

fn setup(database: &Database, config: &str) -> Setup {
    Gateway::on(database).upstream("127.0.0.1:9").config(config)
}

fn verifier(library: Library, gateway: &Gateway) -> Verifier {
    let issuer = gateway.origin();
    block_in_place(|| Verifier::start(library, &gateway.url("/api/auth/jwks"), issuer, issuer))
}

/// Who a token is about, as other languages see it.
fn subject(verifier: &mut Verifier, token: &str) -> Value {
    block_in_place(|| verifier.claims(token)["sub"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_algorithm_is_checked_in_other_languages() {
    for algorithm in ["EdDSA", "ES256", "ES512", "RS256", "PS256"] {
        let database = Database::sqlite();
        let gateway = setup(&database, &format!("[jwt]\nalgorithm = \"{algorithm}\"")).start().await;
        let ada = gateway.user("ada").await;
        let (id, token) = (ada.session().await["user"]["id"].clone(), token_of(&ada).await);
        let keys = shown_keys(&gateway).await;
        assert_eq!((keys.len(), &keys[0]["alg"]), (1, &json!(algorithm)));
        for library in [Library::Python, Library::Node] {
            let mut verifier = verifier(library, &gateway);
            assert_eq!(subject(&mut verifier, &token), id, "{algorithm} in {library:?}");
            let forged = format!("{}.{}", token.rsplit_once('.').unwrap().0, "A".repeat(86));
            assert_eq!(subject(&mut verifier, &forged), Value::Null, "{algorithm} in {library:?}");
        }
    }
}

async fn a_rotation_breaks_no_token(database: Database) {
    let setup = setup(&database, "");
    let gateway = setup.start().await;
    let ada = gateway.user("ada").await;
    let before = token_of(&ada).await;
    let mut verifiers = [Library::Python, Library::Node].map(|library| verifier(library, &gateway));
    for verifier in &mut verifiers {
        assert_ne!(subject(verifier, &before), Value::Null);
    }
    let again = self::setup(&database, "");
    let rotated = block_in_place(|| again.cli(&["keys", "rotate", "--json"]));
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    let new: Value = serde_json::from_str(&rotated.stdout).unwrap();
    gateway_tests::eventually("the gateway signs with the new key", async || {
        new["kid"] == kid_of(&token_of(&ada).await)
    })
    .await;
    let after = token_of(&ada).await;
    for verifier in &mut verifiers {
        assert_ne!(subject(verifier, &after), Value::Null, "the new key is fetched");
        assert_ne!(subject(verifier, &before), Value::Null, "the old key is still good");
    }
    let kids: Vec<_> = shown_keys(&gateway).await.iter().map(|key| key["kid"].clone()).collect();
    assert_eq!(kids, [new["kid"].clone(), json!(kid_of(&before))]);
    let listed = block_in_place(|| again.cli(&["keys", "list", "--json"]));
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let states: Vec<_> = listed.as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["signs", "accepted"]);
    assert!(block_in_place(|| again.cli(&["keys", "list"])).stdout.contains("EdDSA"));
}

fn better_auth(database: &Database, version: Option<&str>) -> NodeServer {
    block_in_place(|| {
        let node = NodeServer::on(&database.url(), SECRET).plugins("admin,bearer,jwt");
        let node = version.into_iter().fold(node, gateway_tests::peers::NodeSetup::version);
        node.migrate().start()
    })
}

async fn signed_up(person: Person, name: &str) -> Person {
    let mut person = person;
    person.sign_up(name).await;
    person
}

async fn node_keys(node: &NodeServer) -> Vec<Value> {
    node.anon().get("/api/auth/jwks").await.expect(200).json()["keys"].as_array().unwrap().clone()
}

async fn a_better_auth_server_uses_the_same_keys(database: Database) {
    let node = better_auth(&database, None);
    let theirs = token_of(&signed_up(node.anon(), "nora").await).await;
    let gateway = setup(&database, "").start().await;
    let ours = token_of(&signed_up(gateway.anon(), "ada").await).await;
    assert_eq!(kid_of(&ours), kid_of(&theirs), "their key signs here");
    assert_eq!(shown_keys(&gateway).await, node_keys(&node).await);
    let mut node_library = verifier(Library::Node, &gateway);
    assert_ne!(subject(&mut node_library, &ours), Value::Null);
    let rotated = block_in_place(|| setup(&database, "").cli(&["keys", "rotate", "--json"]));
    let new: Value = serde_json::from_str(&rotated.stdout).unwrap();
    let again = token_of(&signed_up(node.anon(), "nils").await).await;
    assert_eq!(new["kid"], kid_of(&again), "our key signs there");
    let shown: Vec<_> = node_keys(&node).await.iter().map(|key| key["kid"].clone()).collect();
    assert!(shown.contains(&new["kid"]) && shown.len() == 2, "{shown:?}");
    gateway_tests::eventually("the gateway shows the new key", async || {
        shown_keys(&gateway).await.iter().any(|key| key["kid"] == new["kid"])
    })
    .await;
    let mut at_theirs =
        block_in_place(|| Verifier::start(Library::Python, &gateway.url("/api/auth/jwks"), &node.url(), &node.url()));
    assert_eq!(subject(&mut at_theirs, &again), claims_of(&again)["sub"], "their tokens are checked with what we show");
    assert_eq!(subject(&mut at_theirs, &theirs), claims_of(&theirs)["sub"]);
}

async fn keys_of_older_servers_are_used(database: Database) {
    for version in ["1.3", "1.4", "1.6"] {
        let database = if database.is_sqlite() { Database::sqlite() } else { Database::postgres().await };
        let node = better_auth(&database, Some(version));
        let theirs = token_of(&signed_up(node.anon(), "nora").await).await;
        let gateway = setup(&database, "").start().await;
        let ada = signed_up(gateway.anon(), "ada").await;
        let ours = token_of(&ada).await;
        assert_eq!(kid_of(&ours), kid_of(&theirs), "the key of {version} signs here");
        let mut verifier = verifier(Library::Python, &gateway);
        assert_ne!(subject(&mut verifier, &ours), Value::Null, "{version}");
        let again = token_of(&signed_up(node.anon(), "nils").await).await;
        assert_eq!(kid_of(&again), kid_of(&theirs), "and {version} goes on with it");
        ada.ask(Method::GET, "/api/auth/jwks").send().await.expect(200);
    }
}
