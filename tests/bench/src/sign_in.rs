//! Signing in with a password: how often per second, and what a thousand at once do to everybody else.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use tokio::sync::watch;

use crate::cast::Scene;
use crate::http::{self, Connection};
use crate::process::{cpu_time, resident};

/// Clients that sign in again and again.
const SIGNING_IN: usize = 4;
/// Clients that are proxied during the flood.
const PROXYING: usize = 8;

/// How signing in goes without hurry.
#[derive(Debug, Serialize)]
pub(crate) struct Rate {
    /// Sign-ins per second with a few clients.
    pub(crate) per_second: f64,
    /// CPU time of one, in milliseconds.
    pub(crate) cpu_ms: f64,
}

/// How a flood of sign-ins ended.
#[derive(Debug, Serialize)]
pub(crate) struct Flood {
    /// How many there were.
    pub(crate) sign_ins: usize,
    /// Signed in.
    pub(crate) signed_in: usize,
    /// Told to come back: 503 with `Retry-After`.
    pub(crate) sent_back: usize,
    /// Anything else.
    pub(crate) failed: usize,
    /// Time until the last was answered, in milliseconds.
    pub(crate) lasted_ms: f64,
    /// 99th percentile of proxied requests before, in milliseconds.
    pub(crate) quiet_p99_ms: f64,
    /// … and meanwhile.
    pub(crate) flooded_p99_ms: f64,
    /// Proxied requests per second before.
    pub(crate) quiet_per_second: f64,
    /// … and meanwhile.
    pub(crate) flooded_per_second: f64,
    /// Resident memory right after it, in bytes.
    pub(crate) resident_bytes: u64,
}

/// Signs in from a few clients for so long.
pub(crate) async fn rate(scene: &mut Scene, length: Duration) -> Result<Rate> {
    let (address, request) = (scene.gateway.address().to_owned(), sign_in_request(scene));
    let pid = scene.pid();
    let (before, began) = (cpu_time(pid)?, Instant::now());
    let workers: Vec<_> = (0..SIGNING_IN)
        .map(|_| {
            let (address, request) = (address.clone(), request.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await?;
                let mut done = 0u32;
                while began.elapsed() < length {
                    let answer = connection.ask(&request).await?;
                    ensure!(answer.status == 200, "signing in failed:\n{}{}", answer.head, answer.text());
                    done += 1;
                }
                Ok(done)
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await??;
    }
    let took = began.elapsed().as_secs_f64();
    let cpu = (cpu_time(pid)? - before).as_secs_f64();
    Ok(Rate { per_second: f64::from(done) / took, cpu_ms: cpu * 1e3 / f64::from(done) })
}

/// Proxies for a while, then lets `count` clients sign in at the same moment while it goes on.
pub(crate) async fn flood(scene: &mut Scene, count: usize, quiet: Duration) -> Result<Flood> {
    let address = scene.gateway.address().to_owned();
    let proxied = http::get(&address, "/", &[scene.cookie()]);
    let before = Proxying::start(&address, &proxied);
    tokio::time::sleep(quiet).await;
    let before = before.stop().await?;

    let request = sign_in_request(scene);
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(Connection::open(&address).await?);
    }
    let during = Proxying::start(&address, &proxied);
    let began = Instant::now();
    let attempts: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let request = request.clone();
            tokio::spawn(async move {
                let asked = tokio::time::timeout(Duration::from_secs(60), connection.ask(&request)).await;
                asked.ok().and_then(Result::ok).map(|answer| (answer.status, answer.header("retry-after").is_some()))
            })
        })
        .collect();
    let mut answers = Vec::new();
    for attempt in attempts {
        answers.push(attempt.await?);
    }
    let lasted = began.elapsed();
    let during = during.stop().await?;
    let how_many = |wanted| answers.iter().filter(|answer| **answer == Some(wanted)).count();
    let signed_in = answers.iter().flatten().filter(|(status, _)| *status == 200).count();
    let sent_back = how_many((503, true));
    Ok(Flood {
        sign_ins: count,
        signed_in,
        sent_back,
        failed: count - signed_in - sent_back,
        lasted_ms: millis(lasted),
        quiet_p99_ms: before.p99_ms(),
        flooded_p99_ms: during.p99_ms(),
        quiet_per_second: before.per_second(),
        flooded_per_second: during.per_second(),
        resident_bytes: resident(scene.pid())?,
    })
}

fn sign_in_request(scene: &Scene) -> Vec<u8> {
    http::post(scene.gateway.address(), scene.gateway.origin(), "/api/auth/sign-in/email", &scene.sign_in())
}

/// Clients that are being proxied until they are told to stop.
struct Proxying {
    stop: watch::Sender<bool>,
    clients: Vec<tokio::task::JoinHandle<Result<Vec<Duration>>>>,
    began: Instant,
}

/// How long their requests took.
struct Proxied {
    took: Vec<Duration>,
    lasted: Duration,
}

impl Proxying {
    fn start(address: &str, request: &[u8]) -> Self {
        let (stop, stopped) = watch::channel(false);
        let clients = (0..PROXYING)
            .map(|_| {
                let (address, request, stopped) = (address.to_owned(), request.to_vec(), stopped.clone());
                tokio::spawn(async move {
                    let mut connection = Connection::open(&address).await?;
                    let mut took = Vec::new();
                    while !*stopped.borrow() {
                        let began = Instant::now();
                        let answer = connection.ask(&request).await?;
                        ensure!(answer.status == 200, "a proxied request failed:\n{}", answer.head);
                        took.push(began.elapsed());
                        // After some ten thousand requests a connection is given up for a new one.
                        if answer.header("connection") == Some("close") {
                            connection = Connection::open(&address).await?;
                        }
                    }
                    Ok(took)
                })
            })
            .collect();
        Self { stop, clients, began: Instant::now() }
    }

    async fn stop(self) -> Result<Proxied> {
        let lasted = self.began.elapsed();
        // Nobody listens any more if all of them failed; their own words follow.
        self.stop.send(true).ok();
        let mut took = Vec::new();
        for client in self.clients {
            took.extend(client.await??);
        }
        took.sort();
        Ok(Proxied { took, lasted })
    }
}

impl Proxied {
    fn p99_ms(&self) -> f64 {
        percentile(&self.took, 99).map_or(f64::NAN, millis)
    }

    fn per_second(&self) -> f64 {
        self.took.len() as f64 / self.lasted.as_secs_f64()
    }
}

/// The value below which `percent` of these sorted times lie.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().checked_sub(1)?)).copied()
}

/// As milliseconds.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
