//! The gate before the workers: so many hashes at once, so many callers waiting, no more.
//!
//! Without it a flood of sign-ins takes every core and a gigabyte of memory from the requests that are proxied. A place
//! is held from the moment a caller comes until its hash is done; both permits go along into the worker thread, so a
//! caller that goes away frees its place at once while it waits, but never while its hash is still being computed.
//!
//! Workers are threads of lower priority: where cores are short, requests that are proxied go before hashes. A thread
//! can't have its priority back, so each lives for one hash, beside whose cost its own is nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, oneshot};

/// The longest anyone waits for a worker.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much a worker gives way to other threads, as `nice` counts it.
const NICENESS: i32 = 10;
/// Taken for the length of one hash until one has been measured.
const FIRST_GUESS: Duration = Duration::from_millis(100);

/// No hash was computed: too many callers wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy {
    /// When it is worth trying again: whole seconds.
    pub retry_after: Duration,
}

/// What the gate is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Hashes being computed.
    pub running: usize,
    /// Callers waiting for a worker.
    pub waiting: usize,
}

/// See the file's head.
#[derive(Debug)]
pub(super) struct Gate {
    /// One for each caller inside, working or waiting.
    places: Arc<Semaphore>,
    /// One for each hash being computed.
    permits: Arc<Semaphore>,
    workers: usize,
    queue: usize,
    last_micros: Arc<AtomicU64>,
}

impl Gate {
    /// `workers` 0 means half the cores, at least one.
    pub(super) fn new(workers: usize, queue: usize) -> Self {
        let half = || std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2);
        let workers = if workers == 0 { half() } else { workers }.clamp(1, 1024);
        let queue = queue.min(1 << 20);
        Self {
            places: Arc::new(Semaphore::new(workers + queue)),
            permits: Arc::new(Semaphore::new(workers)),
            workers,
            queue,
            last_micros: Arc::new(AtomicU64::new(u64::try_from(FIRST_GUESS.as_micros()).unwrap_or(u64::MAX))),
        }
    }

    /// Runs `work` on a thread of its own when it is this caller's turn.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| self.busy())?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned());
        let Ok(Ok(permit)) = turn.await else { return Err(self.busy()) };
        let last_micros = Arc::clone(&self.last_micros);
        let (done, outcome) = oneshot::channel();
        let worker = std::thread::Builder::new().name("password".into()).spawn(move || {
            let held = (permit, place);
            give_way();
            let start = Instant::now();
            let result = work();
            last_micros.store(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
            drop(held);
            // Whoever asked may have gone away.
            let _ = done.send(result);
        });
        if let Err(error) = worker {
            tracing::warn!(%error, "no thread could be had for a password");
            return Err(self.busy());
        }
        // It fails when the work panicked: there is no result.
        outcome.await.map_err(|_| self.busy())
    }

    /// What is being done and what waits.
    pub(super) fn load(&self) -> Load {
        let running = self.workers - self.permits.available_permits().min(self.workers);
        let inside = self.workers + self.queue - self.places.available_permits().min(self.workers + self.queue);
        Load { running, waiting: inside.saturating_sub(running) }
    }

    /// About the time until all who are inside now are done.
    fn busy(&self) -> Busy {
        let one = Duration::from_micros(self.last_micros.load(Ordering::Relaxed));
        let Load { running, waiting } = self.load();
        let rounds = u32::try_from((running + waiting).div_ceil(self.workers)).unwrap_or(u32::MAX);
        let seconds = one.saturating_mul(rounds).as_secs_f64().ceil().clamp(1.0, 30.0);
        Busy { retry_after: Duration::from_secs_f64(seconds) }
    }
}

/// Lowers the priority of this thread: Linux takes a process of number 0 for that, other systems for the whole process.
fn give_way() {
    if cfg!(target_os = "linux") {
        // Where it isn't allowed the hash is computed all the same.
        let _ = rustix::process::setpriority_process(None, NICENESS);
    }
}
