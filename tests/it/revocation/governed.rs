//! What an admin does at one gateway counts at the other from the next request on.

use serde_json::{Value, json};

use super::{Pair, soon};
use gateway_tests::client::Person;

async fn id_of(person: &Person) -> String {
    person.session().await["user"]["id"].as_str().unwrap().to_owned()
}

async fn govern(admin: &Person, path: &str, body: Value) {
    admin.post(&format!("/api/auth/admin/{path}"), body).await.expect(200);
}

/// Waits until the upstream is told this role of whoever asks there.
async fn told(pair: &Pair, person: &Person, role: &str) {
    gateway_tests::eventually("the upstream is told the new role", async || {
        person.get("/items").await.expect(200);
        pair.upstream.last().header("x-user-role") == Some(role)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bans_roles_and_impersonation_count_at_the_other_gateway() {
    let pair = Pair::start().await;
    let (ada, _) = pair.user("ada").await;
    pair.database.execute("update \"user\" set role = 'admin'").await;
    let (bob, there) = pair.user("bob").await;
    let id = id_of(&bob).await;
    govern(&ada, "set-role", json!({ "userId": id, "role": "admin" })).await;
    told(&pair, &there, "admin").await;
    govern(&ada, "set-role", json!({ "userId": id, "role": "user" })).await;
    told(&pair, &there, "user").await;

    govern(&ada, "impersonate-user", json!({ "userId": id })).await;
    let as_bob = ada.at(&pair.there.url(""), pair.there.origin());
    as_bob.get("/items").await.expect(200);
    assert_eq!(pair.upstream.last().header("x-user-id"), Some(id.as_str()), "the impersonated one");
    let cookie = as_bob.session_cookie();
    govern(&ada, "stop-impersonating", json!({})).await;
    let left = pair.there.anon();
    let (name, value) = cookie.split_once('=').unwrap();
    left.jar.put(name, value);
    soon(&left, 401).await;

    govern(&ada, "ban-user", json!({ "userId": id })).await;
    bob.get("/items").await.expect(401);
    soon(&there, 401).await;
}
