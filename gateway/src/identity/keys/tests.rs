use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{KeyRules, Keys};
use crate::{
    clock::Clock,
    config::{DatabaseConfig, JwtConfig, Period, Secret},
    crypto::{jws::Unverified, seal::AtRest},
    store::{Store, StoredKey, Unwatched},
};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

struct World {
    store: Store,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("gateway.db").display());
        let config = DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() };
        let clock = Clock::manual(DateTime::from_timestamp(1_795_000_000, 0).unwrap());
        let store = Store::open(&config, clock.clone(), Arc::new(Unwatched)).await.unwrap();
        Self { store, clock, _folder: folder }
    }

    fn keys(&self, change: impl FnOnce(&mut JwtConfig)) -> Keys {
        self.keys_under(SECRET, change)
    }

    fn keys_under(&self, secret: &[u8], change: impl FnOnce(&mut JwtConfig)) -> Keys {
        let mut config = JwtConfig::default();
        change(&mut config);
        let at_rest = AtRest::new((None, secret), []);
        Keys::new(self.store.clone(), at_rest, KeyRules::new(&config), self.clock.clone())
    }

    async fn rows(&self) -> Vec<StoredKey> {
        self.store.signing_keys().await.unwrap()
    }

    fn wait(&self, time: TimeDelta) {
        self.clock.advance(time);
    }
}

fn kid(token: &str) -> String {
    Unverified::read(token).unwrap().kid().to_owned()
}

async fn sign(keys: &Keys) -> String {
    keys.sign(&json!({ "sub": "ada" })).await.unwrap()
}

async fn verifies(keys: &Keys, token: &str) -> bool {
    match keys.accepted(&kid(token)).await.unwrap() {
        Some(key) => keys.verify(&key, token).await,
        None => false,
    }
}

async fn shown(keys: &Keys) -> Vec<String> {
    keys.shown().await.unwrap().iter().map(|key| key.row.id.clone()).collect()
}

#[tokio::test]
async fn the_first_token_makes_a_key_and_others_use_it() {
    let world = World::new().await;
    let keys = world.keys(|_| {});
    let token = sign(&keys).await;
    let rows = world.rows().await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].id.as_str(), rows[0].algorithm.as_deref()), (kid(&token).as_str(), Some("EdDSA")));
    assert!(rows[0].private_key.expose().starts_with('"') && !rows[0].private_key.expose().contains("OKP"));
    assert_eq!(kid(&sign(&keys).await), rows[0].id);
    let elsewhere = world.keys(|_| {});
    assert!(verifies(&elsewhere, &token).await, "another gateway on the same database");
    assert_eq!(kid(&sign(&elsewhere).await), rows[0].id);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_find_none_make_one() {
    let world = World::new().await;
    let gateways: Vec<_> = (0..8).map(|_| Arc::new(world.keys(|_| {}))).collect();
    let tokens = gateways.iter().flat_map(|keys| [keys.clone(), keys.clone(), keys.clone()]);
    let tokens = join_all(tokens.map(|keys| tokio::spawn(async move { sign(&keys).await }))).await;
    let rows = world.rows().await;
    assert_eq!(rows.len(), 1);
    assert!(tokens.into_iter().all(|token| kid(&token.unwrap()) == rows[0].id));
}

#[tokio::test]
async fn a_key_ends_and_stays_accepted_for_the_grace_period() {
    let world = World::new().await;
    let rotating = |config: &mut JwtConfig| {
        config.rotation_interval = Some(Period::days(1));
        config.grace_period = Period::hours(2);
    };
    let keys = world.keys(rotating);
    let first = sign(&keys).await;
    world.wait(TimeDelta::hours(23));
    assert_eq!(kid(&sign(&keys).await), kid(&first));
    world.wait(TimeDelta::hours(1));
    let second = sign(&keys).await;
    assert_ne!(kid(&second), kid(&first));
    assert_eq!(shown(&keys).await, [kid(&second), kid(&first)]);
    assert!(verifies(&keys, &first).await && verifies(&keys, &second).await);
    world.wait(TimeDelta::minutes(119));
    assert!(verifies(&keys, &first).await);
    world.wait(TimeDelta::minutes(1));
    assert!(!verifies(&keys, &first).await, "the grace period is over");
    assert_eq!(shown(&keys).await, [kid(&second)]);
}

#[tokio::test]
async fn rotation_counts_for_keys_from_before_it_was_configured() {
    let world = World::new().await;
    let first = sign(&world.keys(|_| {})).await;
    world.wait(TimeDelta::days(2));
    let keys = world.keys(|config| config.rotation_interval = Some(Period::days(1)));
    let second = sign(&keys).await;
    assert_ne!(kid(&second), kid(&first));
    let rows = world.rows().await;
    assert!(rows.iter().all(|row| row.expires_at.is_some()), "other programs are told of the end");
    assert!(verifies(&keys, &first).await);
}

#[tokio::test]
async fn a_rotation_by_hand_counts_elsewhere_within_a_second() {
    let world = World::new().await;
    let keys = world.keys(|_| {});
    let first = sign(&keys).await;
    let elsewhere = world.keys(|_| {});
    let new = elsewhere.rotate().await.unwrap();
    assert_ne!(new.row.id, kid(&first));
    assert!(verifies(&keys, &sign(&elsewhere).await).await, "an unknown name is looked up");
    world.wait(TimeDelta::seconds(1));
    assert_eq!(kid(&sign(&keys).await), new.row.id);
    assert!(verifies(&keys, &first).await);
}

#[tokio::test]
async fn the_newest_key_of_the_algorithm_signs_else_the_newest() {
    let world = World::new().await;
    let first = sign(&world.keys(|_| {})).await;
    let es256 = |config: &mut JwtConfig| config.algorithm = "ES256".into();
    assert_eq!(kid(&sign(&world.keys(es256)).await), kid(&first), "another algorithm counts from the next key on");
    world.wait(TimeDelta::seconds(2));
    let keys = world.keys(es256);
    let second = keys.rotate().await.unwrap();
    assert_eq!(kid(&sign(&keys).await), second.row.id);
    assert_eq!(second.algorithm().unwrap().name(), "ES256");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_passed_over() {
    let world = World::new().await;
    let first = sign(&world.keys(|_| {})).await;
    let other_secret = world.keys_under(b"another secret of 32 bytes and more", |_| {});
    let second = sign(&other_secret).await;
    assert_ne!(kid(&second), kid(&first));
    assert!(verifies(&other_secret, &first).await, "the public half is good");
    assert_eq!(kid(&sign(&world.keys(|_| {})).await), kid(&first));
}

#[tokio::test]
async fn rows_of_older_servers_are_used() {
    let world = World::new().await;
    sign(&world.keys(|config| config.disable_private_key_encryption = true)).await;
    let mut row = world.rows().await.remove(0);
    assert!(row.private_key.expose().contains("OKP"), "kept as it is, if that is wanted");
    (row.algorithm, row.curve, row.expires_at) = (None, None, None);
    row.id = "old".into();
    row.created_at += TimeDelta::seconds(1);
    let known: Vec<String> = world.rows().await.into_iter().map(|row| row.id).collect();
    assert!(world.store.add_signing_key(&row, &known, &[]).await.unwrap());
    assert!(!world.store.add_signing_key(&row, &known, &[]).await.unwrap(), "somebody was quicker");
    let keys = world.keys(|_| {});
    let token = sign(&keys).await;
    assert_eq!(kid(&token), "old");
    assert!(verifies(&keys, &token).await);
    let shown = keys.shown().await.unwrap()[0].shown();
    assert_eq!(shown["alg"], "EdDSA");
    assert!(!shown.contains_key("d"), "{shown:?}");
}

#[tokio::test]
async fn what_is_shown_holds_no_private_member() {
    let world = World::new().await;
    for algorithm in ["EdDSA", "ES256", "ES512", "RS256", "PS256"] {
        world.wait(TimeDelta::seconds(2));
        let keys = world.keys(|config| config.algorithm = algorithm.into());
        let key = keys.rotate().await.unwrap();
        let shown = Value::Object(key.shown());
        assert_eq!((&shown["alg"], &shown["kid"]), (&json!(algorithm), &json!(key.row.id)));
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(shown.get(name).is_none(), "{algorithm}: {name}");
        }
        let token = sign(&keys).await;
        assert!(verifies(&keys, &token).await, "{algorithm}");
    }
    assert_eq!(world.rows().await.len(), 5);
}
