//! `gateway run`: serves until a signal says stop.

use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Outcome, Settings};
use crate::{config::Config, serve::serve, telemetry};

/// Serves. Exit code 0 after a clean stop.
pub(super) fn run(settings: &Settings) -> Outcome {
    start(settings.load()?.config)?;
    Ok(ExitCode::SUCCESS)
}

fn start(config: Config) -> anyhow::Result<()> {
    let _flush = telemetry::start_logging(&config.telemetry).context("telemetry.level")?;
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another TLS provider is installed already"))?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all();
    if config.server.threads > 0 {
        runtime.worker_threads(config.server.threads);
    }
    let runtime = runtime.build().context("starting worker threads")?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        stop_on_signals(&stop)?;
        serve(config, stop).await
    })
}

/// SIGTERM and SIGINT begin the stop; a second one ends the process at once.
fn stop_on_signals(stop: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let stop = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stop.is_cancelled() {
                tracing::warn!("stopped at once by a second signal");
                std::process::exit(1);
            }
            stop.cancel();
        }
    });
    Ok(())
}
