//! How long the gateway takes from `exec` to readiness when its schema is already there.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use gateway_tests::db::Database;
use serde::Serialize;

use crate::cast::setup;
use crate::http::{self, Connection};
use crate::sign_in::millis;

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Start {
    /// The quickest start, in milliseconds.
    pub(crate) least_ms: f64,
    /// All of them.
    pub(crate) starts_ms: Vec<f64>,
}

/// Starts it `times` times on a database that an earlier gateway has prepared.
pub(crate) async fn run(database: &Database, upstream: &str, times: usize) -> Result<Start> {
    setup(database, upstream).start().await.stop();
    let mut starts_ms = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        let mut gateway = setup(database, upstream).start().await;
        ready(&gateway.admin_url("")).await?;
        starts_ms.push(millis(began.elapsed()));
        gateway.stop();
    }
    Ok(Start { least_ms: starts_ms.iter().copied().fold(f64::MAX, f64::min), starts_ms })
}

async fn ready(admin: &str) -> Result<()> {
    let host = admin.trim_start_matches("http://");
    let mut connection = Connection::open(host).await?;
    let began = Instant::now();
    while connection.ask(&http::get(host, "/readyz", &[])).await?.status != 200 {
        if began.elapsed() > Duration::from_secs(10) {
            bail!("the gateway never gets ready");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
