//! What the tests drive: a whole app on a database of its own.

use std::sync::Arc;

use axum::Router;
use chrono::{DateTime, TimeDelta};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use super::browser::Browser;
use crate::{
    app::{App, Parts},
    clock::Clock,
    config::{Config, Keyring, Secret, Size},
    identity::cache::SessionCache,
    store::{Store, User},
    telemetry::Metrics,
};

/// Where the gateway under test seems to be.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:4100";

/// What everything is signed with, unless the configuration lists newer ones.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdefXYZ!";

/// An app with its router.
pub(crate) struct Gate {
    pub(crate) app: App,
    pub(crate) router: Router,
    clock: Clock,
    _folder: TempDir,
    _watch: DropGuard,
}

impl Gate {
    /// As configured by default, without limits.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.database.url = Secret::new(format!("sqlite://{}", folder.path().join("gateway.db").display()));
        config.auth.trusted_origins =
            ["http://localhost:3000", "https://*.example.com", "myapp://"].map(String::from).into();
        config.password.memory = Size::kib(64);
        config.password.iterations = 1;
        config.password.reject_common = false;
        config.rate_limit.enabled = false;
        change(&mut config);
        let clock = Clock::manual(DateTime::from_timestamp(1_795_000_000, 0).unwrap());
        let metrics = Metrics::new().unwrap();
        let cache = Arc::new(SessionCache::new(&config.cache, clock.clone(), metrics.clone()));
        let store = Store::open(&config.database, clock.clone(), cache.clone()).await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(store.watch(stop.clone()));
        cache.listening().await;
        let public_url =
            Url::parse(if config.server.public_url.is_empty() { ORIGIN } else { &config.server.public_url }).unwrap();
        let secrets = Keyring::new(&config.auth.secrets, &Secret::new(SECRET)).unwrap();
        let app = App::new(Parts { config, public_url, secrets, store, cache, clock: clock.clone(), metrics }).unwrap();
        Self { router: crate::auth::router(app.clone()), app, clock, _folder: folder, _watch: stop.drop_guard() }
    }

    /// Somebody without cookies.
    pub(crate) fn anon(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// Somebody who has just made an account with this address and is signed in.
    pub(crate) async fn user(&self, email: &str) -> Browser<'_> {
        let mut browser = self.anon();
        let answer = browser.sign_up(email).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        browser
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// The stored user with this address.
    pub(crate) async fn stored(&self, email: &str) -> User {
        self.app.store.user_by_email(email).await.unwrap().unwrap()
    }
}
