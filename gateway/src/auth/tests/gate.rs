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

/// A mail as it was posted.
#[derive(Debug)]
pub(crate) struct Posted {
    /// What it is about.
    pub(crate) kind: String,
    /// Where it goes.
    pub(crate) to: String,
    /// What it says, as stored.
    pub(crate) letter: serde_json::Value,
}

impl Posted {
    /// Its link, without our address.
    pub(crate) fn link(&self) -> String {
        let link = self.letter["link"].as_str().expect("it has a link");
        link.strip_prefix(ORIGIN).expect("it leads to us").to_owned()
    }

    /// The secret in its link.
    pub(crate) fn secret(&self) -> String {
        let link = self.link();
        let at = ["/reset-password/", "token="].iter().find_map(|mark| link.find(mark).map(|at| at + mark.len()));
        link[at.expect("it holds a secret")..].split(['?', '&']).next().unwrap().to_owned()
    }
}

impl Gate {
    /// The mails posted since the last look, decoys included.
    pub(crate) async fn mails(&self) -> Vec<Posted> {
        let store = &self.app.store;
        let claimed = store.claim_mails(100, self.app.clock.now() + TimeDelta::hours(1)).await.unwrap();
        let mut mails = Vec::new();
        for claimed in claimed {
            store.mail_delivered(&claimed.mail.id).await.unwrap();
            let letter = serde_json::from_str(claimed.mail.letter.expose()).unwrap();
            mails.push(Posted { kind: claimed.mail.kind, to: claimed.mail.recipient, letter });
        }
        mails
    }

    /// The only mail posted since the last look.
    pub(crate) async fn mail(&self) -> Posted {
        let mut mails = self.mails().await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.remove(0)
    }
}
