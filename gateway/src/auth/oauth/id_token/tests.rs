//! Tokens, good and bad, before a provider that publishes its keys over HTTP.

use std::sync::OnceLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use gateway_tests::upstream::{Reply, Upstream};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey, traits::PublicKeyParts};
use serde_json::{Value, json};

use super::verify;
use crate::{
    auth::oauth::{
        outbound::Outbound,
        provider::{Asking, Facts, Provider, Tokens},
        providers::NAMED,
    },
    config::{ProviderConfig, Words},
};

mod keys;

const ISSUER: &str = "https://accounts.google.com";

/// A key pair of RSA; making one takes a while.
struct Pair {
    private: EncodingKey,
    modulus: String,
    exponent: String,
}

fn pair() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        let encode = |number: &rsa::BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
        Pair {
            private: EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes()),
            modulus: encode(key.n()),
            exponent: encode(key.e()),
        }
    })
}

fn jwk(id: &str) -> Value {
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": pair().modulus, "e": pair().exponent })
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// A provider whose keys are at an address of the test's own.
struct World {
    edge: Upstream,
    provider: Provider,
    outbound: Outbound,
    now: DateTime<Utc>,
}

impl World {
    async fn of(id: &str, change: impl FnOnce(&mut ProviderConfig)) -> Self {
        let edge = Upstream::start().await;
        let mut config = ProviderConfig {
            client_id: Words::from("web ios"),
            jwks_url: format!("http://{}/keys", edge.address()),
            ..ProviderConfig::default()
        };
        change(&mut config);
        let facts: &'static Facts = NAMED.iter().find(|facts| facts.id == id).unwrap();
        let world = Self { edge, provider: Provider::new(id, facts, &config), outbound: Outbound::new(), now: now() };
        world.publish(&json!({ "keys": [jwk("one")] }));
        world
    }

    async fn google() -> Self {
        Self::of("google", |_| ()).await
    }

    fn publish(&self, keys: &Value) {
        self.edge.on("/keys", Reply::text(200, &[("content-type", "application/json")], &keys.to_string()));
    }

    async fn believes(&self, token: &str) -> bool {
        self.believes_with(token, None).await
    }

    async fn believes_with(&self, token: &str, nonce: Option<&str>) -> bool {
        let endpoints = self.provider.discovery.endpoints(&self.outbound, self.now).await.unwrap();
        let asking = Asking {
            outbound: &self.outbound,
            provider: &self.provider,
            endpoints: &endpoints,
            tokens: &Tokens::default(),
            user: None,
            nonce,
            now: self.now,
        };
        verify(asking, token, nonce).await.is_some()
    }
}

fn claims() -> Value {
    let at = now().timestamp();
    json!({ "iss": ISSUER, "aud": "web", "sub": "1", "email": "a@b.c", "iat": at, "exp": at + 600, "nonce": "n0nce" })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn sign(claims: &Value) -> String {
    sign_as(claims, Algorithm::RS256, Some("one"))
}

fn sign_as(claims: &Value, algorithm: Algorithm, id: Option<&str>) -> String {
    let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, &pair().private).unwrap()
}

fn raw(head: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(head), part(claims))
}

#[tokio::test]
async fn a_good_one_is_believed() {
    let world = World::google().await;
    assert!(world.believes(&sign(&claims())).await);
    assert!(world.believes(&sign(&with("iss", "accounts.google.com"))).await);
    assert!(world.believes(&sign(&with("aud", "ios"))).await, "one of our other ids");
    assert!(world.believes(&sign(&with("aud", json!(["other", "web"])))).await);
    assert!(world.believes_with(&sign(&claims()), Some("n0nce")).await);
    assert!(world.believes_with(&sign(&claims()), Some("")).await, "no nonce is expected");
    assert_eq!(world.edge.count(), 1, "the keys are kept");
}

#[tokio::test]
async fn claims_of_others_are_not_believed() {
    let world = World::google().await;
    let wrong = [
        with("iss", "https://accounts.google.com.evil.example"),
        with("iss", json!([ISSUER])),
        with("iss", ""),
        with("aud", "somebody-else"),
        with("aud", json!(["somebody-else"])),
        with("aud", json!([])),
        with("aud", json!({ "web": true })),
        with("aud", ""),
        with("exp", "1795000600"),
        with("iat", Value::Null),
        with("exp", 1e300),
        without("iss"),
        without("aud"),
        without("sub"),
        without("exp"),
        without("iat"),
    ];
    for claims in wrong {
        assert!(!world.believes(&sign(&claims)).await, "{claims}");
    }
    for (claim, expected) in [(json!("other"), "n0nce"), (json!(null), "n0nce"), (json!(["n0nce"]), "n0nce")] {
        assert!(!world.believes_with(&sign(&with("nonce", claim.clone())), Some(expected)).await, "{claim}");
    }
    assert!(!world.believes_with(&sign(&without("nonce")), Some("n0nce")).await);
}

#[tokio::test]
async fn clocks_may_be_half_a_minute_apart() {
    let world = World::google().await;
    let at = now().timestamp();
    let times = |iat: i64, exp: i64| {
        let mut claims = claims();
        (claims["iat"], claims["exp"]) = ((at + iat).into(), (at + exp).into());
        sign(&claims)
    };
    assert!(world.believes(&times(0, -29)).await);
    assert!(!world.believes(&times(0, -30)).await);
    assert!(world.believes(&times(30, 600)).await);
    assert!(!world.believes(&times(31, 600)).await, "from the future");
    assert!(world.believes(&times(-3630, 600)).await);
    assert!(!world.believes(&times(-3631, 600)).await, "older than an hour");
    assert!(world.believes(&sign(&with("nbf", at + 30))).await);
    assert!(!world.believes(&sign(&with("nbf", at + 31))).await);
    assert!(!world.believes(&sign(&with("nbf", "soon"))).await);
}

#[tokio::test]
async fn nothing_in_a_token_decides_how_it_is_judged() {
    let world = World::google().await;
    let good = sign(&claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut broken: Vec<String> = ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", signed].map(str::to_owned).into();
    broken.push(format!("{signed}."));
    broken.push(format!("{signed}.{}", URL_SAFE_NO_PAD.encode("nonsense")));
    broken.push(format!("{signed}.{signature}="));
    broken.push(format!("{good}.{signature}"));
    broken.push(good.replacen('.', "..", 1));
    broken.push(format!("{good}{}", "a".repeat(40_000)));
    for head in [
        json!({ "alg": "none", "kid": "one" }),
        json!({ "alg": "None", "kid": "one" }),
        json!({ "alg": "", "kid": "one" }),
        json!({ "kid": "one" }),
        json!({ "alg": ["RS256"], "kid": "one" }),
        json!({ "alg": "RS256", "kid": "two" }),
        json!({ "alg": "RS256", "kid": "one", "crit": ["x"] }),
        json!({ "alg": "RS256", "kid": "one", "b64": false }),
        json!({ "alg": "RS256", "kid": "two", "jwk": jwk("two") }),
        json!({ "alg": "RS256", "kid": "two", "jku": "http://127.0.0.1:9/keys" }),
    ] {
        broken.push(raw(&head, &claims(), ""));
        broken.push(raw(&head, &claims(), signature));
    }
    for token in broken {
        assert!(!world.believes(&token).await, "{token}");
    }
    assert!(world.believes(&good).await);
}

/// The public key is no secret, whatever the header says.
#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let world = World::google().await;
    let der = URL_SAFE_NO_PAD.decode(&pair().modulus).unwrap();
    let published = jwk("one").to_string();
    for secret in [der.as_slice(), pair().modulus.as_bytes(), published.as_bytes(), b""] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = Header { kid: Some("one".into()), ..Header::new(algorithm) };
            let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
            assert!(!world.believes(&token).await);
        }
    }
}

#[tokio::test]
async fn other_algorithms_of_the_same_key_are_not_believed() {
    let world = World::google().await;
    world.publish(
        &json!({ "keys": [json!({ "kty": "RSA", "kid": "one", "n": pair().modulus, "e": pair().exponent })] }),
    );
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS512] {
        assert!(!world.believes(&sign_as(&claims(), algorithm, Some("one"))).await, "{algorithm:?}");
    }
    assert!(world.believes(&sign(&claims())).await);
}

#[tokio::test]
async fn apple_may_hash_the_nonce() {
    let world = World::of("apple", |_| ()).await;
    let apple = |nonce: &str| {
        let mut claims = with("iss", "https://appleid.apple.com");
        claims["nonce"] = nonce.into();
        sign(&claims)
    };
    // printf n0nce | sha256sum
    let hashed = "0a92133b451378ca1f991e507fd8f15017d158e1b856d77e0b62234a7cfa853a".to_owned();
    assert!(world.believes_with(&apple("n0nce"), Some("n0nce")).await);
    assert!(world.believes_with(&apple(&hashed), Some("n0nce")).await);
    assert!(!world.believes_with(&apple(&hashed.to_uppercase()), Some("n0nce")).await);
    assert!(!world.believes_with(&apple("other"), Some("n0nce")).await);
    let google = World::google().await;
    assert!(!google.believes_with(&sign(&with("nonce", hashed)), Some("n0nce")).await, "Google's is plain");
}

#[tokio::test]
async fn google_keeps_other_domains_out_of_tokens() {
    let world = World::of("google", |config| config.hd = "example.com".into()).await;
    assert!(world.believes(&sign(&with("hd", "example.com"))).await);
    assert!(!world.believes(&sign(&with("hd", "other.com"))).await);
    assert!(!world.believes(&sign(&claims())).await);
}

#[tokio::test]
async fn microsoft_has_an_issuer_per_directory() {
    let world = World::of("microsoft", |_| ()).await;
    let from = |directory: &str, issuer: &str| {
        let mut claims = with("tid", directory);
        claims["iss"] = format!("https://login.microsoftonline.com/{issuer}/v2.0").into();
        sign(&claims)
    };
    assert!(world.believes(&from("contoso", "contoso")).await);
    assert!(!world.believes(&from("contoso", "fabrikam")).await);
    assert!(!world.believes(&sign(&claims())).await);
}

/// Facebook says nothing of an age.
#[tokio::test]
async fn facebook_takes_old_tokens_that_are_still_good() {
    let world = World::of("facebook", |_| ()).await;
    let mut claims = with("iss", "https://www.facebook.com");
    claims["iat"] = (now() - TimeDelta::days(3)).timestamp().into();
    assert!(world.believes(&sign(&claims)).await);
}

#[tokio::test]
async fn nobody_is_believed_without_an_id_of_ours() {
    let world = World::of("google", |config| config.client_id = Words::default()).await;
    assert!(!world.believes(&sign(&claims())).await);
    assert!(!world.believes(&sign(&with("aud", ""))).await);
}
