//! How long a change made in the database takes to count at two gateways: from its commit to the arrival of the first
//! answer that knows of it, at the slower of both. The change is plain SQL, as any other program would make it.
//! Beside it stands how long PostgreSQL itself takes to wake a listener on this machine, which is the floor.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use serde::Serialize;
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::cast::{Scene, cookie_of, setup};
use crate::http::{self, Answer, Connection};
use crate::sign_in::{millis, percentile};

/// A change that takes longer has not been noticed at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long changes took, in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Revocation {
    /// Half took at most this.
    pub(crate) p50_ms: f64,
    /// 99 of 100 took at most this.
    pub(crate) p99_ms: f64,
    /// The slowest.
    pub(crate) max_ms: f64,
    /// How many were made.
    pub(crate) trials: usize,
    /// Half of PostgreSQL's own notifications reached a plain listener within this.
    pub(crate) notify_p50_ms: f64,
    /// 99 of 100 did.
    pub(crate) notify_p99_ms: f64,
}

/// Makes `trials` changes: every other one deletes a session, every other one changes a role.
pub(crate) async fn run(database: &Database, upstream: &str, trials: usize) -> Result<Revocation> {
    let first = Scene::start(setup(database, upstream)).await;
    let second = setup(database, upstream).start().await;
    let mut trial = Trial {
        sql: PgConnection::connect(&database.url()).await?,
        gateways: [Observer::at(&first.gateway).await?, Observer::at(&second).await?],
        ada: first.ada.token(),
        listener: PgListener::connect(&database.url()).await?,
    };
    trial.listener.listen("bench").await?;
    let (mut took, mut told) = (Vec::new(), Vec::new());
    for number in 0..trials {
        told.push(trial.notify().await?);
        took.push(if number % 2 == 0 { trial.delete(number).await? } else { trial.change_role(number).await? });
    }
    took.sort();
    told.sort();
    let at = |times: &[Duration], percent| percentile(times, percent).map_or(f64::NAN, millis);
    Ok(Revocation {
        p50_ms: at(&took, 50),
        p99_ms: at(&took, 99),
        max_ms: at(&took, 100),
        trials,
        notify_p50_ms: at(&told, 50),
        notify_p99_ms: at(&told, 99),
    })
}

struct Trial {
    sql: PgConnection,
    gateways: [Observer; 2],
    ada: String,
    listener: PgListener,
}

/// A connection to a gateway.
struct Observer {
    address: String,
    connection: Connection,
}

impl Trial {
    /// From the commit of a bare notification to its arrival.
    async fn notify(&mut self) -> Result<Duration> {
        self.run("notify bench").await?;
        let committed = Instant::now();
        self.listener.recv().await?;
        Ok(committed.elapsed())
    }

    /// A session of its own is used at both gateways and then deleted.
    async fn delete(&mut self, number: usize) -> Result<Duration> {
        let token = format!("revoked{number:025}");
        let ada = &self.ada;
        self.run(&format!(
            r#"insert into "session" ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt")
               select '{token}', '{token}', "userId", "expiresAt", "createdAt", "updatedAt"
               from "session" where "token" = '{ada}'"#
        ))
        .await?;
        let known = |answer: &Answer| answer.status == 200;
        self.time(&token, &format!(r#"delete from "session" where "token" = '{token}'"#), known, |answer| {
            answer.status == 401
        })
        .await
    }

    /// The role that the upstream is told changes.
    async fn change_role(&mut self, number: usize) -> Result<Duration> {
        let (ada, role) = (self.ada.clone(), format!("role=role{number}"));
        let change = format!(
            r#"update "user" set "role" = 'role{number}' where "id" = (select "userId" from "session" where "token" = '{ada}')"#
        );
        let is_told = |answer: &Answer| answer.status == 200 && answer.text().trim_end().ends_with(&role);
        self.time(&ada, &change, |answer| answer.status == 200 && !is_told(answer), is_told).await
    }

    async fn time(
        &mut self,
        token: &str,
        change: &str,
        before: impl Fn(&Answer) -> bool,
        after: impl Fn(&Answer) -> bool,
    ) -> Result<Duration> {
        let cookie = cookie_of(token);
        for gateway in &mut self.gateways {
            for _ in 0..2 {
                let answer = gateway.ask(&cookie).await?;
                if !before(&answer) {
                    bail!("before {change} an answer should have been another:\n{}{}", answer.head, answer.text());
                }
            }
        }
        self.run(change).await?;
        let committed = Instant::now();
        let [first, second] = &mut self.gateways;
        tokio::try_join!(first.sees(&cookie, &after, committed), second.sees(&cookie, &after, committed))?;
        Ok(committed.elapsed())
    }

    async fn run(&mut self, statement: &str) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut self.sql).await?;
        Ok(())
    }
}

impl Observer {
    async fn at(gateway: &Gateway) -> Result<Self> {
        let address = gateway.address().to_owned();
        Ok(Self { connection: Connection::open(&address).await?, address })
    }

    async fn ask(&mut self, cookie: &str) -> Result<Answer> {
        self.connection.ask(&http::get(&self.address, "/", &[cookie.to_owned()])).await
    }

    /// Asks until the change is seen.
    async fn sees(&mut self, cookie: &str, change: &impl Fn(&Answer) -> bool, since: Instant) -> Result<()> {
        while !change(&self.ask(cookie).await?) {
            if since.elapsed() > PATIENCE {
                bail!("a change in the database was never noticed by the gateway at {}", self.address);
            }
        }
        Ok(())
    }
}
