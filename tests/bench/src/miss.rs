//! Sessions that are not in the cache: what one costs to look up, and what it takes of the memory once it is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::cast::{Scene, cookie_of, crowd, setup, token_of};
use crate::http::{self, Connection};
use crate::process::{cpu_time, resident};
use crate::wrk::CONNECTIONS;
use gateway_tests::db::Database;

/// How many parts the sessions are asked for in; the cheapest counts.
const PARTS: usize = 5;

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Misses {
    /// Least CPU time of the gateway per request, in microseconds.
    pub(crate) cpu_us: f64,
    /// CPU time of each part.
    pub(crate) parts_us: Vec<f64>,
    /// Resident memory before the first session, in bytes.
    pub(crate) idle_bytes: u64,
    /// Resident memory with all sessions cached.
    pub(crate) full_bytes: u64,
    /// Growth per session over all parts but the first, in which buffers and connections are made.
    pub(crate) bytes_per_session: f64,
    /// How many sessions there were.
    pub(crate) sessions: usize,
}

/// Asks for `count` sessions, each once, at a gateway that knows none of them.
pub(crate) async fn run(database: &Database, upstream: &str, count: usize) -> Result<Misses> {
    let mut first = Scene::start(setup(database, upstream)).await;
    crowd(database, &first.ada, count).await?;
    first.gateway.stop();
    let mut gateway = setup(database, upstream).start().await;
    let (pid, address) = (gateway.process().id(), gateway.address().to_owned());
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let idle_bytes = resident(pid)?;
    let (mut parts_us, mut held) = (Vec::new(), Vec::new());
    let part = count / PARTS;
    for at in 0..PARTS {
        let before = cpu_time(pid)?;
        ask_each(&address, 1 + at * part..=(at + 1) * part).await?;
        parts_us.push((cpu_time(pid)? - before).as_secs_f64() * 1e6 / part as f64);
        held.push(resident(pid)?);
    }
    let full_bytes = *held.last().unwrap_or(&idle_bytes);
    let growth = full_bytes.saturating_sub(held[0]) as f64;
    Ok(Misses {
        cpu_us: parts_us.iter().copied().fold(f64::MAX, f64::min),
        parts_us,
        idle_bytes,
        full_bytes,
        bytes_per_session: growth / (part * (PARTS - 1)) as f64,
        sessions: part * PARTS,
    })
}

/// Asks once with the cookie of each of these sessions, as many at a time as `wrk` does.
async fn ask_each(address: &str, numbers: std::ops::RangeInclusive<usize>) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(*numbers.start()));
    let refused = Arc::new(AtomicU64::new(0));
    let last = *numbers.end();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, next, refused) = (address.to_owned(), Arc::clone(&next), Arc::clone(&refused));
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await?;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > last {
                        return anyhow::Ok(());
                    }
                    let request = http::get(&address, "/", &[cookie_of(&token_of(number))]);
                    if connection.ask(&request).await?.status != 200 {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await??;
    }
    let refused = refused.load(Ordering::Relaxed);
    ensure!(refused == 0, "{refused} sessions of the database were not let in");
    Ok(())
}
