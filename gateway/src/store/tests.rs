//! The same cases on SQLite and on a real PostgreSQL.

mod adopting;
mod auditing;
mod listening;
mod opening;
mod rows;
mod times;
mod triggers;
mod usernames;
mod verifications;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use gateway_tests::cluster::Cluster;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{
    Event, Link, NewCredential, NewSession, NewUser, OpenError, SessionToken, Store, User, UserChange, Watcher, adopt,
    on_db, postgres,
};
use crate::{
    clock::Clock,
    config::{DatabaseConfig, Secret},
};

const SNAKE_CASE: &str = include_str!("../../../tests/it/adopt/layouts/snake_case.sql");
const USERS: &str = include_str!("../../../tests/it/adopt/layouts/users.sql");
const CONVERTED: &str = include_str!("../../../tests/it/adopt/layouts/converted.sql");
const STOCK: &str = include_str!("../../../tests/it/adopt/layouts/stock.sql");

/// Writes down what it is told.
#[derive(Default)]
struct Recorder(Mutex<Told>);

#[derive(Default)]
struct Told {
    events: Vec<Event>,
    links: Vec<Link>,
    lags: Vec<Duration>,
}

impl Watcher for Recorder {
    fn changed(&self, event: &Event) {
        self.0.lock().unwrap().events.push(event.clone());
    }

    fn link(&self, link: Link) {
        self.0.lock().unwrap().links.push(link);
    }

    fn lag(&self, lag: Duration) {
        self.0.lock().unwrap().lags.push(lag);
    }
}

impl Recorder {
    /// What was told since the last look.
    fn events(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap().events)
    }

    /// Waits until the event was told; gives how long that took.
    async fn told(&self, event: &Event) -> Duration {
        self.until(&format!("{event:?}"), |told| told.events.contains(event)).await
    }

    async fn linked(&self, link: Link) -> Duration {
        self.until(&format!("{link:?}"), |told| told.links.last() == Some(&link)).await
    }

    async fn until(&self, what: &str, holds: impl Fn(&Told) -> bool) -> Duration {
        let began = Instant::now();
        while !holds(&self.0.lock().unwrap()) {
            assert!(began.elapsed() < Duration::from_secs(10), "was never told: {what}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        began.elapsed()
    }
}

/// A store of its own, with what a test needs to look behind it.
struct World {
    store: Store,
    watcher: Arc<Recorder>,
    clock: Clock,
    config: DatabaseConfig,
    stop: CancellationToken,
    _folder: Option<TempDir>,
}

impl World {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("gateway.db").display());
        Self::at(url, Some(folder)).await
    }

    async fn postgres() -> Self {
        Self::at(Cluster::shared().new_database().await, None).await
    }

    /// On tables of another layout.
    async fn adopted(layout: &str) -> Self {
        let url = Cluster::shared().new_database().await;
        script(&url, layout).await;
        let config = DatabaseConfig { url: Secret::new(url.clone()), ..DatabaseConfig::default() };
        let seen = adopt::look(&config).await.unwrap();
        adopt::adopt(&config, &seen).await.unwrap();
        Self::at(url, None).await
    }

    async fn at(url: String, folder: Option<TempDir>) -> Self {
        let config = DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() };
        let (watcher, clock) = (Arc::new(Recorder::default()), Clock::manual(noon()));
        let store = Store::open(&config, clock.clone(), watcher.clone()).await.unwrap();
        Self { store, watcher, clock, config, stop: CancellationToken::new(), _folder: folder }
    }

    /// Starts watching and waits for the line.
    async fn listening(self) -> Self {
        tokio::spawn(self.store.watch(self.stop.clone()));
        self.watcher.linked(Link::Listening).await;
        self.watcher.events();
        self
    }

    /// Runs SQL as another program would.
    async fn other(&self, statement: &str) -> u64 {
        other(self.config.url.expose(), statement).await
    }

    async fn count(&self, query: &'static str) -> i64 {
        let answer: super::Result<i64> = on_db!(read self.store, |db| sqlx::query_scalar(query).fetch_one(db).await);
        answer.unwrap()
    }

    async fn user(&self, name: &str) -> User {
        self.store.create_user(&new_user(name), None).await.unwrap().0
    }

    async fn session(&self, user: &User, token: &str) -> super::Session {
        self.store.create_session(&new_session(user, token)).await.unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn other(url: &str, statement: &str) -> u64 {
    let statement = AssertSqlSafe(statement);
    let done = if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.map(|done| done.rows_affected())
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::query(postgres::ENTER).execute(&mut connection).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.map(|done| done.rows_affected())
    };
    done.unwrap()
}

/// Runs several statements on PostgreSQL as another program would, which knows nothing of views.
async fn script(url: &str, statements: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
}

/// Runs the case on both databases, and on tables of other layouts.
async fn on_both(case: impl AsyncFn(World)) {
    case(World::sqlite().await).await;
    case(World::postgres().await).await;
    case(World::adopted(SNAKE_CASE).await).await;
    case(World::adopted(USERS).await).await;
}

async fn open(config: &DatabaseConfig) -> Result<Store, OpenError> {
    Store::open(config, Clock::manual(noon()), Arc::new(Recorder::default())).await
}

fn noon() -> DateTime<Utc> {
    "2026-11-28T12:00:00.123Z".parse().unwrap()
}

fn new_user(name: &str) -> NewUser {
    NewUser {
        id: format!("id-of-{name}").into(),
        name: name.into(),
        email: format!("{name}@example.com"),
        role: Some("user".into()),
        credential: Some(NewCredential { id: format!("account-of-{name}"), hash: Secret::new("hash") }),
        ..NewUser::default()
    }
}

fn new_session(user: &User, token: &str) -> NewSession {
    NewSession {
        id: format!("session-{token}").into(),
        token: token.into(),
        user_id: user.id.clone(),
        expires_at: noon() + TimeDelta::days(7),
        ip_address: Some("192.0.2.1".into()),
        user_agent: None,
        impersonated_by: None,
    }
}

fn token(token: &str) -> SessionToken {
    token.into()
}
