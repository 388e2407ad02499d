//! The outbox and the courier, over a real SQLite file, with a clock that only moves when told to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::*;
use crate::{
    app::Parts,
    clock::Clock,
    config::Config,
    identity::cache::SessionCache,
    mail::{Failure, Kind, Language, Recipient, Transport},
    store::Store,
    telemetry::Metrics,
};

/// An app with a courier whose transport does what the test says.
struct Office {
    app: App,
    clock: Clock,
    /// Addresses and ids of what the transport was given.
    seen: Arc<Mutex<Vec<(String, String)>>>,
    path: String,
    stop: CancellationToken,
    tasks: TaskTracker,
    _folder: TempDir,
}

impl Office {
    /// With the outcome of the first attempt, the second and so on; afterwards all goes well.
    async fn with(script: Vec<Result<(), Failure>>) -> Self {
        let office = Self::closed().await;
        let (seen, count) = (office.seen.clone(), AtomicUsize::new(0));
        let transport = Transport::Scripted(Box::new(move |mail| {
            seen.lock().unwrap().push((mail.to.clone(), mail.id.clone()));
            script.get(count.fetch_add(1, Ordering::Relaxed)).cloned().unwrap_or(Ok(()))
        }));
        office.tasks.spawn(courier::run(office.app.clone(), transport, office.stop.clone()));
        office
    }

    /// Without a courier.
    async fn closed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        let path = format!("sqlite://{}", folder.path().join("gateway.db").display());
        config.database.url = Secret::new(path.clone());
        let clock = Clock::manual("2026-03-01T12:00:00Z".parse().unwrap());
        let metrics = Metrics::new().unwrap();
        let cache = Arc::new(SessionCache::new(&config.cache, clock.clone(), metrics.clone()));
        let store = Store::open(&config.database, clock.clone(), cache.clone()).await.unwrap();
        let public_url = "http://localhost".parse().unwrap();
        let secrets = Secret::new("0123456789abcdef0123456789abcdefXYZ!").into();
        let app = App::new(Parts { config, public_url, secrets, store, cache, clock: clock.clone(), metrics }).unwrap();
        let seen = Arc::default();
        Self { app, clock, seen, path, stop: CancellationToken::new(), tasks: TaskTracker::new(), _folder: folder }
    }

    async fn post(&self, name: &str) {
        self.app.post(&mail(name)).await.unwrap();
    }

    /// Lets time pass and the courier look.
    fn wait(&self, time: TimeDelta) {
        self.clock.advance(time);
        self.app.bell.0.notify_one();
    }

    /// Waits until the transport was given so many mails, and no row is being worked on.
    async fn attempts(&self, count: usize) {
        eventually(async || self.seen.lock().unwrap().len() == count).await;
    }

    /// Waits for this many mails to be counted with an outcome.
    async fn counted(&self, outcome: &str, count: u64) {
        eventually(async || self.app.metrics.mails.with_label_values(&[outcome]).get() == count).await;
    }

    /// What is in the outbox: kind, letter, due time, last error.
    async fn rows(&self) -> Vec<(String, Option<String>, Option<String>, Option<String>)> {
        let mut connection = SqliteConnection::connect(&self.path).await.unwrap();
        let query = "select kind, letter, due_at, last_error from gateway_outbox order by created_at, id";
        sqlx::query_as(query).fetch_all(&mut connection).await.unwrap()
    }

    async fn rows_become(&self, count: usize) {
        eventually(async || self.rows().await.len() == count).await;
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it never came true");
}

fn mail(name: &str) -> Mail {
    Mail {
        to: Recipient { name: name.into(), email: format!("{name}@example.com") },
        language: Language::English,
        kind: Kind::ResetPassword { url: "https://x.example/t0ken".into(), expires_in: Duration::from_secs(3_600) },
    }
}

fn unreachable() -> Result<(), Failure> {
    Err(Failure::Unreachable("connection refused".into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_is_delivered_and_gone() {
    let office = Office::with(Vec::new()).await;
    office.post("ada").await;
    office.attempts(1).await;
    office.rows_become(0).await;
    assert_eq!(office.seen.lock().unwrap()[0].0, "ada@example.com");
    office.counted("delivered", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posting_waits_for_nobody() {
    let office = Office::closed().await;
    office.post("ada").await;
    office.app.post_decoy(&mail("eve")).await.unwrap();
    let rows = office.rows().await;
    let kinds: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert!(kinds.contains(&"reset-password") && kinds.contains(&"decoy"), "{kinds:?}");
    // The rows differ in nothing that takes time.
    let lengths: Vec<usize> = rows.iter().map(|row| row.1.as_ref().unwrap().len()).collect();
    assert_eq!(lengths[0], lengths[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoy_is_dropped() {
    let office = Office::with(Vec::new()).await;
    office.app.post_decoy(&mail("eve")).await.unwrap();
    office.rows_become(0).await;
    assert!(office.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fills_a_mailbox() {
    let office = Office::closed().await;
    for name in ["ada", "Ada", "bob"] {
        for _ in 0..11 {
            office.post(name).await;
        }
    }
    let kinds = async || {
        let rows = office.rows().await;
        let sent = rows.iter().filter(|row| row.0 == "reset-password").count();
        (sent, rows.len() - sent)
    };
    assert_eq!(kinds().await, (20, 13), "ten for each mailbox; the rest cost the same and go nowhere");
    office.counted("limited", 13).await;
    // What the owner has to know comes through.
    office.app.post(&Mail { kind: Kind::Welcome, ..mail("ada") }).await.unwrap();
    assert_eq!(kinds().await, (20, 14));
    assert!(office.rows().await.iter().any(|row| row.0 == "welcome"));
    office.clock.advance(TimeDelta::minutes(16));
    office.post("ada").await;
    assert_eq!(kinds().await, (21, 14));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_attempt_is_repeated_with_the_same_id() {
    let later = Err(Failure::Later("try later".into()));
    let office = Office::with(vec![later.clone(), later.clone(), later]).await;
    office.post("ada").await;
    for (attempts, pause) in [(1, 1), (2, 3), (3, 10)] {
        office.attempts(attempts).await;
        office.counted("delayed", attempts as u64).await;
        eventually(async || office.rows().await[0].3.as_deref() == Some("try later")).await;
        let due = office.clock.now() + TimeDelta::seconds(pause);
        eventually(async || office.rows().await[0].2.as_ref().unwrap().parse::<DateTime<Utc>>().unwrap() == due).await;
        office.wait(TimeDelta::milliseconds(pause * 1_000 - 1));
        office.wait(TimeDelta::milliseconds(1));
    }
    office.attempts(4).await;
    office.rows_become(0).await;
    let seen = office.seen.lock().unwrap();
    assert!(seen.iter().all(|(_, id)| *id == seen[0].1), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_mail_is_given_up_and_its_link_forgotten() {
    let office = Office::with(vec![Err(Failure::Refused("550 no such user".into()))]).await;
    office.post("ada").await;
    office.counted("refused", 1).await;
    let gone = ("reset-password".into(), None, None, Some("550 no such user".into()));
    eventually(async || office.rows().await == [gone.clone()]).await;
    office.wait(TimeDelta::hours(2));
    office.post("bob").await;
    office.attempts(2).await;
    assert_eq!(office.seen.lock().unwrap()[1].0, "bob@example.com");

    let store = &office.app.store;
    store.delete_given_up_mails(office.clock.now() - TimeDelta::hours(3)).await.unwrap();
    office.rows_become(1).await;
    store.delete_given_up_mails(office.clock.now() - TimeDelta::hours(1)).await.unwrap();
    office.rows_become(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_has_expired_is_not_sent() {
    let office = Office::closed().await;
    office.post("ada").await;
    office.clock.advance(TimeDelta::hours(1));
    let transport = Transport::Scripted(Box::new(|_| panic!("nothing is to be sent")));
    office.tasks.spawn(courier::run(office.app.clone(), transport, office.stop.clone()));
    office.counted("expired", 1).await;
    eventually(async || office.rows().await[0].1.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_ends_when_the_link_does() {
    let office = Office::with((0..1_000).map(|_| unreachable()).collect()).await;
    office.post("ada").await;
    office.attempts(1).await;
    office.counted("delayed", 1).await;
    office.wait(TimeDelta::minutes(59));
    office.attempts(2).await;
    office.counted("delayed", 2).await;
    // The next attempt would be in time, the one after it would not.
    office.wait(TimeDelta::seconds(58));
    office.counted("expired", 1).await;
    assert_eq!(office.seen.lock().unwrap().len(), 3);
    eventually(async || office.rows().await[0].1.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_waited_leave_within_a_minute_of_the_servers_return() {
    let office = Office::with((0..8).map(|_| unreachable()).collect()).await;
    office.post("ada").await;
    for attempt in 1..=8 {
        office.attempts(attempt).await;
        office.counted("delayed", attempt as u64).await;
        office.wait(TimeDelta::minutes(1));
    }
    office.rows_become(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_holder_died_is_delivered_by_another() {
    let office = Office::closed().await;
    office.post("ada").await;
    let lease = office.clock.now() + TimeDelta::minutes(2);
    let first = office.app.store.claim_mails(10, lease).await.unwrap();
    assert_eq!(first.len(), 1);
    assert!(office.app.store.claim_mails(10, lease).await.unwrap().is_empty());
    office.clock.advance(TimeDelta::minutes(2));
    let second = office.app.store.claim_mails(10, lease + TimeDelta::minutes(2)).await.unwrap();
    assert_eq!((second[0].mail.id.as_str(), second[0].attempt), (first[0].mail.id.as_str(), 2));
    // Who lost the lease changes nothing any more.
    office.app.store.retry_mail(&first[0], office.clock.now(), "late").await.unwrap();
    office.app.store.give_up_mail(&first[0], "late").await.unwrap();
    let rows = office.rows().await;
    assert!(rows[0].1.is_some() && rows[0].3.is_none(), "{rows:?}");
    office.app.store.mail_delivered(&first[0].mail.id).await.unwrap();
    assert!(office.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_mails_are_each_sent_once_and_a_stop_waits_for_them() {
    let office = Office::with(Vec::new()).await;
    for n in 0..50 {
        office.post(&format!("user{n}")).await;
    }
    office.attempts(50).await;
    office.stop.cancel();
    office.tasks.close();
    office.tasks.wait().await;
    assert!(office.rows().await.is_empty());
    let mut ids: Vec<String> = office.seen.lock().unwrap().iter().map(|(_, id)| id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
}
