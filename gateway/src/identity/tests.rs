//! Sessions in memory against a real database and a clock that is moved by hand.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, header};

use super::{Identity, Rules, Verdict, cache::SessionCache, cookie::Cookies, policy::Policy};
use crate::{
    clock::Clock,
    config::{AdminConfig, BearerConfig, CacheConfig, CookieConfig, DatabaseConfig, Secret, SessionConfig},
    crypto::sign::Signer,
    store::{Event, Link, NewSession, NewUser, SessionToken, Store, User, UserId, Watcher},
    telemetry::Metrics,
};

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";

/// A gateway's identity over a SQLite file of its own, with one user and one session.
struct World {
    identity: Identity,
    cache: Arc<SessionCache>,
    store: Store,
    clock: Clock,
    signer: Signer,
    metrics: Metrics,
    user: User,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new(cache: CacheConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: DateTime<Utc> = "2026-11-21T08:00:00Z".parse().unwrap();
        let clock = Clock::manual(start);
        let metrics = Metrics::new().unwrap();
        let cache = Arc::new(SessionCache::new(&cache, clock.clone(), metrics.clone()));
        let store = Store::open(&database(folder.path()), clock.clone(), cache.clone()).await.unwrap();
        let signer = Signer::new(b"0123456789abcdef0123456789abcdef");
        let session = SessionConfig::default();
        let cookies = Cookies::new(&CookieConfig::default(), false, session.expires_in, signer.clone()).unwrap();
        let rules = Rules::new(&session, &BearerConfig::default(), &AdminConfig::default());
        let identity = Identity::new(store.clone(), cache.clone(), signer.clone(), cookies, rules, clock.clone());
        let new = NewUser {
            id: "ada".into(),
            name: "Ada".into(),
            email: "ada@example.com".into(),
            email_verified: true,
            role: Some("user".into()),
            ..NewUser::default()
        };
        let (user, _) =
            store.create_user(&new, Some(&session_of(&new.id, TOKEN, start + TimeDelta::days(7)))).await.unwrap();
        cache.link(Link::Listening);
        Self { identity, cache, store, clock, signer, metrics, user, _folder: folder }
    }

    async fn sees(&self) -> Option<String> {
        let known = self.identity.resolve(&self.cookie()).await.unwrap();
        known.map(|known| known.user().name)
    }

    fn cookie(&self) -> HeaderMap {
        let value = self.signer.signed(TOKEN).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        one(header::COOKIE, &format!("other=1; better-auth.session_token={value}"))
    }

    fn queries(&self) -> u64 {
        self.metrics.cache_misses.get()
    }
}

fn database(folder: &Path) -> DatabaseConfig {
    let url = format!("sqlite://{}", folder.join("gateway.db").display());
    DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() }
}

fn session_of(user: &UserId, token: &str, expires_at: DateTime<Utc>) -> NewSession {
    NewSession {
        id: format!("session-{token}").as_str().into(),
        token: SessionToken::from(token),
        user_id: user.clone(),
        expires_at,
        ip_address: None,
        user_agent: None,
        impersonated_by: None,
    }
}

fn one(name: header::HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
}

fn bearer(token: &str) -> HeaderMap {
    one(header::AUTHORIZATION, &format!("Bearer {token}"))
}

#[tokio::test]
async fn a_session_is_read_once_and_then_known() {
    let world = World::new(CacheConfig::default()).await;
    for _ in 0..3 {
        assert_eq!(world.sees().await.as_deref(), Some("Ada"));
    }
    let raw = world.identity.resolve(&bearer(TOKEN)).await.unwrap();
    assert!(raw.is_some(), "the same session by its raw token");
    let signed = world.identity.resolve(&bearer(&world.signer.signed(TOKEN))).await.unwrap();
    assert!(signed.is_some(), "and by its signed token");
    assert_eq!((world.queries(), world.metrics.cache_hits.get()), (1, 4));
}

#[tokio::test]
async fn a_wrong_signature_is_nobody_and_asks_nothing() {
    let world = World::new(CacheConfig::default()).await;
    let forged = format!("{TOKEN}.{}", Signer::new(b"another secret, as long as ours!").signature(TOKEN).as_str());
    let forged =
        one(header::COOKIE, &format!("better-auth.session_token={}", forged.replace('+', "%2B").replace('=', "%3D")));
    assert!(world.identity.resolve(&forged).await.unwrap().is_none());
    assert_eq!(world.queries(), 0, "before the session is known");
    assert!(world.sees().await.is_some());
    assert!(world.identity.resolve(&forged).await.unwrap().is_none(), "and after");
    assert_eq!(world.queries(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_at_once_make_one_query() {
    let world = Arc::new(World::new(CacheConfig::default()).await);
    let requests: Vec<_> = (0..200)
        .map(|_| {
            tokio::spawn({
                let world = world.clone();
                async move { world.sees().await }
            })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap().as_deref(), Some("Ada"));
    }
    assert_eq!(world.queries(), 1);
}

#[tokio::test]
async fn every_kind_of_change_counts_on_the_next_request() {
    let world = World::new(CacheConfig::default()).await;
    let policy = Policy { roles: vec!["admin".into()], ..Policy::default() };
    assert!(matches!(world.identity.authorize(&world.cookie(), &policy).await, Verdict::Forbidden(_)));
    world.store.set_role(&world.user.id, "user,admin").await.unwrap();
    assert!(matches!(world.identity.authorize(&world.cookie(), &policy).await, Verdict::Allow(Some(_))));
    world.store.ban(&world.user.id, None, Some(world.clock.now() + TimeDelta::hours(1))).await.unwrap();
    assert_eq!(world.sees().await, None, "banned, and the sessions are gone");
    world.store.unban(&world.user.id).await.unwrap();
    let again = session_of(&world.user.id, TOKEN, world.clock.now() + TimeDelta::days(7));
    world.cache.changed(&Event::Everything);
    world.store.create_session(&again).await.unwrap();
    assert_eq!(world.sees().await.as_deref(), Some("Ada"));
    world.store.delete_session(&TOKEN.into()).await.unwrap();
    assert_eq!(world.sees().await, None, "signed out");
}

#[tokio::test]
async fn an_unknown_token_is_asked_for_once() {
    let world = World::new(CacheConfig::default()).await;
    for _ in 0..3 {
        assert!(world.identity.resolve(&bearer("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")).await.unwrap().is_none());
    }
    assert_eq!(world.queries(), 1);
}

#[tokio::test]
async fn a_read_from_before_a_change_never_enters_after_it() {
    let world = World::new(CacheConfig::default()).await;
    let generation = world.cache.generation();
    let stale = world.identity.resolve(&world.cookie()).await.unwrap().unwrap();
    world.store.delete_session(&TOKEN.into()).await.unwrap();
    world.cache.keep(&stale, generation);
    assert_eq!(world.sees().await, None);
}

#[tokio::test]
async fn nothing_is_believed_while_changes_may_be_missed() {
    let world = World::new(CacheConfig::default()).await;
    assert!(world.sees().await.is_some());
    world.cache.link(Link::Deaf);
    for _ in 0..2 {
        assert!(world.sees().await.is_some());
    }
    assert_eq!(world.queries(), 3, "each request asks");
    world.cache.changed(&Event::Everything);
    world.cache.link(Link::Listening);
    assert!(world.sees().await.is_some() && world.sees().await.is_some());
    assert_eq!(world.queries(), 4, "emptied, then believed again");
}

#[tokio::test]
async fn an_outage_is_bridged_for_the_grace_period_only() {
    let world = World::new(CacheConfig::default()).await;
    assert!(world.sees().await.is_some());
    world.cache.link(Link::Unreachable);
    assert!(world.sees().await.is_some(), "known from before");
    assert!(
        world.identity.resolve(&bearer("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")).await.is_err(),
        "nothing unknown gets in"
    );
    world.clock.advance(TimeDelta::seconds(59));
    assert!(world.sees().await.is_some());
    world.clock.advance(TimeDelta::seconds(1));
    assert!(world.identity.resolve(&world.cookie()).await.is_err(), "the grace period is over");
    assert!(matches!(world.identity.authorize(&world.cookie(), &Policy::default()).await, Verdict::Unavailable));
    world.cache.changed(&Event::Everything);
    world.cache.link(Link::Listening);
    assert!(world.sees().await.is_some(), "the database is back");
}

#[tokio::test]
async fn no_grace_means_no_answer() {
    let config = CacheConfig { outage_grace: crate::config::Period::seconds(0), ..CacheConfig::default() };
    let world = World::new(config).await;
    assert!(world.sees().await.is_some());
    world.cache.link(Link::Unreachable);
    assert!(world.identity.resolve(&world.cookie()).await.is_err());
}

#[tokio::test]
async fn a_session_ends_when_its_time_is_over() {
    let world = World::new(CacheConfig::default()).await;
    assert!(world.sees().await.is_some());
    world.clock.advance(TimeDelta::days(7));
    assert_eq!(world.sees().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_session_is_extended_by_one_write() {
    let world = Arc::new(World::new(CacheConfig::default()).await);
    let known = world.identity.resolve(&world.cookie()).await.unwrap().unwrap();
    assert!(!world.identity.is_extension_due(&known, &world.cookie()));
    world.clock.advance(TimeDelta::days(1));
    assert!(world.identity.is_extension_due(&known, &world.cookie()));
    let done = Arc::new(Mutex::new(Vec::new()));
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (world, known, done) = (world.clone(), known.clone(), done.clone());
            tokio::spawn(async move {
                if let Some(until) = world.identity.extend(&known).await.unwrap() {
                    done.lock().unwrap().push(until);
                }
            })
        })
        .collect();
    for one in tries {
        one.await.unwrap();
    }
    assert_eq!(*done.lock().unwrap(), [world.clock.now() + TimeDelta::days(7)]);
    let now = world.identity.resolve(&world.cookie()).await.unwrap().unwrap();
    assert_eq!(now.session().expires_at, world.clock.now() + TimeDelta::days(7));
}

#[tokio::test]
async fn an_extension_never_revives_a_session_that_was_ended() {
    let world = World::new(CacheConfig::default()).await;
    let known = world.identity.resolve(&world.cookie()).await.unwrap().unwrap();
    world.clock.advance(TimeDelta::days(2));
    world.store.delete_session(&TOKEN.into()).await.unwrap();
    assert_eq!(world.identity.extend(&known).await.unwrap(), None);
    assert_eq!(world.sees().await, None);
}

#[tokio::test]
async fn all_sessions_of_a_user_go_at_once_and_nobody_elses() {
    let world = World::new(CacheConfig::default()).await;
    let until = world.clock.now() + TimeDelta::days(7);
    let tokens: Vec<String> = (0..50).map(|n| format!("{n:0>32}")).collect();
    for token in &tokens {
        world.store.create_session(&session_of(&world.user.id, token, until)).await.unwrap();
        assert!(world.identity.resolve(&bearer(token)).await.unwrap().is_some());
    }
    world.store.delete_sessions_of(&world.user.id).await.unwrap();
    for token in &tokens {
        assert!(world.identity.resolve(&bearer(token)).await.unwrap().is_none());
    }
    world.cache.tidy();
    assert_eq!(world.metrics.cache_entries.get(), 0);
}

#[tokio::test]
async fn a_flood_of_unknown_tokens_evicts_nobody() {
    let world = World::new(CacheConfig { capacity: 50, ..CacheConfig::default() }).await;
    assert!(world.sees().await.is_some());
    for n in 0..200 {
        assert!(world.identity.resolve(&bearer(&format!("{n:x>32}"))).await.unwrap().is_none());
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    world.cache.tidy();
    let before = world.queries();
    assert!(world.sees().await.is_some());
    assert_eq!(world.queries(), before);
}
