//! Tokens as bearer, against a real database and a clock that is moved by hand.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

use super::Tokens;
use crate::{
    clock::Clock,
    config::{AdminConfig, BearerConfig, CacheConfig, Config, CookieConfig, DatabaseConfig, Secret, SessionConfig},
    crypto::{jws, seal::AtRest, sign::Signer},
    identity::{
        Identity, Known, Rules, Verdict,
        cache::SessionCache,
        cookie::Cookies,
        keys::{KeyRules, Keys},
        policy::Policy,
    },
    store::{Link, NewSession, NewUser, SessionToken, Store, Watcher},
    telemetry::Metrics,
};

const ORIGIN: &str = "https://gateway.test";
const SESSION: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";

struct World {
    identity: Identity,
    store: Store,
    clock: Clock,
    metrics: Metrics,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("gateway.db").display());
        let database = DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() };
        let clock = Clock::manual(DateTime::from_timestamp(1_795_000_000, 0).unwrap());
        let metrics = Metrics::new().unwrap();
        let cache = Arc::new(SessionCache::new(&CacheConfig::default(), clock.clone(), metrics.clone()));
        let store = Store::open(&database, clock.clone(), cache.clone()).await.unwrap();
        let signer = Signer::new(b"0123456789abcdef0123456789abcdef");
        let session = SessionConfig::default();
        let cookies = Cookies::new(&CookieConfig::default(), false, session.expires_in, signer.clone()).unwrap();
        let rules = Rules::new(&session, &BearerConfig::default(), &AdminConfig::default());
        let config = Config::default();
        let at_rest = AtRest::new((None, b"0123456789abcdef0123456789abcdef"), []);
        let keys = Keys::new(store.clone(), at_rest, KeyRules::new(&config.jwt), clock.clone());
        let tokens = Tokens::new(keys, &config, ORIGIN, store.clone(), clock.clone());
        let identity = Identity::new(store.clone(), cache.clone(), signer, cookies, rules, clock.clone());
        let identity = identity.issuing(Some(Arc::new(tokens)));
        cache.link(Link::Listening);
        let world = Self { identity, store, clock, metrics, _folder: folder };
        world.user("ada", SESSION).await;
        world
    }

    async fn user(&self, name: &str, token: &str) {
        let new = NewUser {
            id: name.into(),
            name: name.into(),
            email: format!("{name}@example.com"),
            email_verified: true,
            role: Some("user".into()),
            ..NewUser::default()
        };
        let session = NewSession {
            id: format!("session-of-{name}").as_str().into(),
            token: token.into(),
            user_id: name.into(),
            expires_at: self.clock.now() + TimeDelta::days(7),
            ip_address: None,
            user_agent: None,
            impersonated_by: None,
        };
        self.store.create_user(&new, Some(&session)).await.unwrap();
    }

    fn tokens(&self) -> &Tokens {
        self.identity.tokens().unwrap()
    }

    async fn known(&self) -> Arc<Known> {
        self.identity.resolve(&bearer(SESSION)).await.unwrap().unwrap()
    }

    async fn token(&self) -> String {
        let token = self.tokens().issue(&self.known().await, || json!({ "name": "Ada" })).await.unwrap();
        token.to_str().unwrap().to_owned()
    }

    /// A token with our signature and these claims in place of the good ones; null takes one away.
    async fn signed(&self, changes: Value) -> String {
        let now = self.clock.now().timestamp();
        let mut claims = json!({
            "iss": ORIGIN, "aud": ORIGIN, "sub": "ada", "sid": "session-of-ada", "iat": now, "exp": now + 900,
        });
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        self.tokens().keys().sign(&claims).await.unwrap()
    }

    /// Who a bearer token lets through a route that takes JWTs.
    async fn passes(&self, token: &str) -> Option<String> {
        match self.identity.authorize(&bearer(token), &takes_jwts()).await {
            Verdict::Allow(Some(known)) => Some(known.user_id().to_owned()),
            Verdict::SignIn => None,
            other => panic!("{other:?}"),
        }
    }
}

fn takes_jwts() -> Policy {
    Policy { jwt: true, ..Policy::default() }
}

fn bearer(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap())])
}

#[tokio::test]
async fn a_token_passes_where_tokens_do() {
    let world = World::new().await;
    let token = world.token().await;
    assert_eq!(world.passes(&token).await.as_deref(), Some("ada"));
    let elsewhere = world.identity.authorize(&bearer(&token), &Policy::default()).await;
    assert!(matches!(elsewhere, Verdict::SignIn), "{elsewhere:?}");
    assert!(world.identity.owns_jwt(&bearer(&token)));
    assert!(!world.identity.owns_jwt(&bearer("eyJhbGciOiJFZERTQSIsImtpZCI6Im90aGVyIn0.e30.AAAA")));
}

#[tokio::test]
async fn it_ends_with_its_session_its_user_and_its_time() {
    let world = World::new().await;
    let token = world.token().await;
    assert!(world.passes(&token).await.is_some());
    world.store.delete_session(&SessionToken::from(SESSION)).await.unwrap();
    assert_eq!(world.passes(&token).await, None, "the session was ended");

    let world = World::new().await;
    let token = world.token().await;
    assert!(world.passes(&token).await.is_some());
    world.store.ban(&"ada".into(), None, None).await.unwrap();
    assert_eq!(world.passes(&token).await, None, "the user was banned");

    let world = World::new().await;
    let token = world.token().await;
    assert!(world.passes(&token).await.is_some());
    world.clock.advance(TimeDelta::seconds(899));
    assert!(world.passes(&token).await.is_some());
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(world.passes(&token).await, None, "it has expired");
}

#[tokio::test]
async fn a_session_that_had_ended_before_is_never_let_in() {
    let world = World::new().await;
    let token = world.token().await;
    world.store.delete_session(&SessionToken::from(SESSION)).await.unwrap();
    assert_eq!(world.passes(&token).await, None);
    assert_eq!(world.passes(&token).await, None);
    world.clock.advance(TimeDelta::seconds(60));
    assert_eq!(world.passes(&token).await, None);
}

#[tokio::test]
async fn the_live_user_is_judged_and_not_the_claims() {
    let world = World::new().await;
    let token = world.signed(json!({ "role": "admin", "emailVerified": true })).await;
    let admins = Policy { roles: vec!["admin".into()], ..takes_jwts() };
    assert!(matches!(world.identity.authorize(&bearer(&token), &admins).await, Verdict::Forbidden(_)));
    world.store.set_role(&"ada".into(), "admin").await.unwrap();
    assert!(matches!(world.identity.authorize(&bearer(&token), &admins).await, Verdict::Allow(Some(_))));
}

#[tokio::test]
async fn claims_must_be_there_and_right() {
    let world = World::new().await;
    let now = world.clock.now().timestamp();
    assert!(world.passes(&world.signed(json!({})).await).await.is_some());
    assert!(world.passes(&world.signed(json!({ "nbf": now })).await).await.is_some());
    for changes in [
        json!({ "iss": "https://evil.test" }),
        json!({ "iss": null }),
        json!({ "iss": [ORIGIN] }),
        json!({ "aud": "app" }),
        json!({ "aud": null }),
        json!({ "aud": [ORIGIN, "app"] }),
        json!({ "sub": "eve" }),
        json!({ "sub": null }),
        json!({ "sub": 7 }),
        json!({ "sub": "" }),
        json!({ "sid": null }),
        json!({ "sid": "session-of-nobody" }),
        json!({ "sid": SESSION }),
        json!({ "sid": ["session-of-ada"] }),
        json!({ "exp": now }),
        json!({ "exp": null }),
        json!({ "exp": (now + 900).to_string() }),
        json!({ "exp": 1e30 }),
        json!({ "exp": true }),
        json!({ "iat": null }),
        json!({ "iat": now + 3600 }),
        json!({ "nbf": now + 60 }),
        json!({ "nbf": "soon" }),
    ] {
        let token = world.signed(changes.clone()).await;
        assert_eq!(world.passes(&token).await, None, "{changes}");
    }
}

#[tokio::test]
async fn a_token_of_another_users_session_is_nobodys() {
    let world = World::new().await;
    world.user("eve", "eve-eve-eve-eve-eve-eve-eve-eve-").await;
    let token = world.signed(json!({ "sid": "session-of-eve" })).await;
    assert_eq!(world.passes(&token).await, None, "the subject is not whose session it is");
}

#[tokio::test]
async fn forgeries_count_for_nothing_and_the_cookie_decides() {
    let world = World::new().await;
    let good = world.token().await;
    let (content, signature) = good.rsplit_once('.').unwrap();
    let mut forged = format!("{content}.{}", signature.chars().rev().collect::<String>());
    if jws::Unverified::read(&forged).is_none() {
        forged = format!("{content}.{}", "A".repeat(signature.len()));
    }
    for token in [forged.as_str(), content, "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "..", "....", &good[1..]] {
        assert_eq!(world.passes(token).await, None, "{token}");
        let mut headers = bearer(token);
        let signed = Signer::new(b"0123456789abcdef0123456789abcdef").signed(SESSION).replace('+', "%2B");
        let cookie = format!("better-auth.session_token={}", signed.replace('/', "%2F").replace('=', "%3D"));
        headers.insert(header::COOKIE, HeaderValue::try_from(cookie).unwrap());
        let verdict = world.identity.authorize(&headers, &takes_jwts()).await;
        assert!(matches!(verdict, Verdict::Allow(Some(_))), "{token}: {verdict:?}");
    }
    let mut twice = bearer(&good);
    twice.append(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {good}")).unwrap());
    assert!(matches!(world.identity.authorize(&twice, &takes_jwts()).await, Verdict::SignIn));
}

#[tokio::test]
async fn a_known_token_asks_nobody() {
    let world = World::new().await;
    let token = world.token().await;
    assert!(world.passes(&token).await.is_some());
    let misses = world.metrics.cache_misses.get();
    for _ in 0..20 {
        assert!(world.passes(&token).await.is_some());
    }
    assert_eq!(world.metrics.cache_misses.get(), misses);
}

#[tokio::test]
async fn within_a_second_a_session_gets_the_same_token() {
    let world = World::new().await;
    let (one, two) = (world.token().await, world.token().await);
    assert_eq!(one, two);
    world.clock.advance(TimeDelta::seconds(1));
    assert_ne!(world.token().await, one);
}

#[tokio::test]
async fn a_token_does_not_extend_its_session() {
    let world = World::new().await;
    let token = world.token().await;
    let known = world.known().await;
    world.clock.advance(TimeDelta::days(2));
    assert!(world.identity.is_extension_due(&known, &bearer(SESSION)));
    assert!(!world.identity.is_extension_due(&known, &bearer(&token)));
}

#[tokio::test]
async fn an_assertion_is_kept_for_half_its_life() {
    let world = World::new().await;
    let known = world.known().await;
    let (app, other): (Arc<str>, Arc<str>) = ("app".into(), "other".into());
    let first = world.identity.assertion(&known, &app).await.unwrap();
    let claims: Value = {
        let token = first.to_str().unwrap();
        serde_json::from_slice(jws::Unverified::read(token).unwrap().claims()).unwrap()
    };
    let now = world.clock.now().timestamp();
    assert_eq!(
        claims,
        json!({
            "iss": ORIGIN, "aud": "app", "sub": "ada", "sid": "session-of-ada", "email": "ada@example.com",
            "role": "user", "iat": now, "exp": now + 60,
        })
    );
    assert_ne!(world.identity.assertion(&known, &other).await.unwrap(), first, "each audience has its own");
    world.clock.advance(TimeDelta::seconds(29));
    assert_eq!(world.identity.assertion(&known, &app).await.unwrap(), first);
    world.clock.advance(TimeDelta::seconds(1));
    assert_ne!(world.identity.assertion(&known, &app).await.unwrap(), first);
    assert_eq!(world.passes(first.to_str().unwrap()).await, None, "an assertion is no bearer token");
}
