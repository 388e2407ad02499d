//! When keys are fetched, and which are taken.

use super::*;

#[tokio::test]
async fn ten_requests_at_once_fetch_once() {
    let world = World::google().await;
    let token = sign(&claims());
    let believed = futures_util::future::join_all((0..10).map(|_| world.believes(&token))).await;
    assert!(believed.into_iter().all(|believed| believed));
    assert_eq!(world.edge.count(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_but_nobody_can_make_us_ask_often() {
    let mut world = World::google().await;
    assert!(world.believes(&sign(&claims())).await);
    let new = sign_as(&claims(), Algorithm::RS256, Some("two"));
    world.now += TimeDelta::seconds(9);
    assert!(!world.believes(&new).await);
    assert_eq!(world.edge.count(), 1, "somebody asked a moment ago");
    world.now += TimeDelta::seconds(1);
    world.publish(&json!({ "keys": [jwk("one"), jwk("two")] }));
    assert!(world.believes(&new).await);
    for _ in 0..20 {
        assert!(!world.believes(&sign_as(&claims(), Algorithm::RS256, Some("three"))).await);
    }
    assert_eq!(world.edge.count(), 2);
}

#[tokio::test]
async fn a_key_that_is_withdrawn_is_forgotten() {
    let mut world = World::google().await;
    let token = |world: &World| {
        let mut claims = claims();
        claims["iat"] = world.now.timestamp().into();
        claims["exp"] = (world.now + TimeDelta::minutes(5)).timestamp().into();
        sign(&claims)
    };
    assert!(world.believes(&token(&world)).await);
    world.publish(&json!({ "keys": [jwk("two")] }));
    world.now += TimeDelta::minutes(9);
    assert!(world.believes(&token(&world)).await, "kept for ten minutes");
    world.now += TimeDelta::minutes(1);
    assert!(!world.believes(&token(&world)).await);
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_seldom_and_its_keys_last_an_hour() {
    let mut world = World::google().await;
    let token = |world: &World| {
        let mut claims = claims();
        claims["iat"] = world.now.timestamp().into();
        claims["exp"] = (world.now + TimeDelta::minutes(5)).timestamp().into();
        sign(&claims)
    };
    assert!(world.believes(&token(&world)).await);
    world.edge.on("/keys", Reply::text(500, &[], "down"));
    world.now += TimeDelta::minutes(30);
    for _ in 0..5 {
        assert!(world.believes(&token(&world)).await);
    }
    assert_eq!(world.edge.count(), 2);
    world.now += TimeDelta::minutes(30);
    assert!(!world.believes(&token(&world)).await);
}

#[tokio::test]
async fn what_is_no_list_of_keys_is_none() {
    let mut world = World::google().await;
    for wrong in ["", "null", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, r#"{"keys":[null,1,{}]}"#, "<html>"] {
        world.edge.on("/keys", Reply::text(200, &[("content-type", "application/json")], wrong));
        world.now += TimeDelta::seconds(10);
        assert!(!world.believes(&sign(&claims())).await, "{wrong}");
    }
    world.edge.on("/keys", Reply::text(302, &[("location", "/elsewhere")], ""));
    world.now += TimeDelta::seconds(10);
    assert!(!world.believes(&sign(&claims())).await);
    world.publish(&json!({ "keys": [{ "kty": "unheard of", "kid": "x" }, jwk("one")] }));
    world.now += TimeDelta::seconds(10);
    assert!(world.believes(&sign(&claims())).await, "strange keys are left out");
}

#[tokio::test]
async fn keys_for_other_things_are_not_taken() {
    let mut world = World::google().await;
    let changed = |name: &str, value: Value| {
        let mut key = jwk("one");
        key[name] = value;
        json!({ "keys": [key] })
    };
    let short = URL_SAFE_NO_PAD.encode([0x81; 128]);
    for (name, value) in [
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("alg", json!("RSA-OAEP")),
        ("kid", json!("other")),
        ("kty", json!("oct")),
        ("n", json!(short)),
        ("n", json!("A".repeat(4096))),
    ] {
        world.publish(&changed(name, value.clone()));
        world.now += TimeDelta::seconds(10);
        assert!(!world.believes(&sign(&claims())).await, "{name} {value}");
    }
}

#[tokio::test]
async fn a_token_without_a_key_id_is_believed_only_if_there_is_no_choice() {
    let mut world = World::google().await;
    let token = sign_as(&claims(), Algorithm::RS256, None);
    assert!(world.believes(&token).await);
    world.publish(&json!({ "keys": [jwk("one"), jwk("two")] }));
    world.now += TimeDelta::minutes(10);
    assert!(!world.believes(&token).await);
}
