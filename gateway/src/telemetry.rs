//! Logs and metrics. Nothing in here, and no caller, may put a token, password, cookie or address of a user into either.

mod log_writer;

use std::sync::Arc;

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use log_writer::LogWriter;

pub use log_writer::Flush;

use crate::config::{LogFormat, TelemetryConfig};

/// Starts logging to standard error. To be called once; what is logged last is written when the result is dropped.
///
/// # Errors
/// When the level is no filter, or logging runs already.
pub fn start_logging(config: &TelemetryConfig) -> anyhow::Result<Flush> {
    let filter = format!("{},pingora_core=warn,pingora_proxy=off,sqlx::query=warn", config.level);
    let filter = EnvFilter::try_new(filter)?;
    let registry = tracing_subscriber::registry().with(filter);
    let (writer, flush) = LogWriter::start()?;
    match config.log {
        LogFormat::Text => {
            let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_target(false).with_ansi(false);
            registry.with(lines).try_init()?;
        }
        LogFormat::Json => {
            let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer);
            registry.with(lines).try_init()?;
        }
    }
    Ok(flush)
}

/// Every number that `/metrics` shows. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

/// The single metrics.
pub struct Inner {
    registry: Registry,
    /// Lookups answered from memory.
    pub cache_hits: IntCounter,
    /// Lookups that asked the database.
    pub cache_misses: IntCounter,
    /// Sessions held.
    pub cache_entries: IntGauge,
    /// Seconds from a change being told to its being heard.
    pub invalidation_lag: Histogram,
    /// 1 while every change of the database is heard.
    pub listener_connected: IntGauge,
    /// Decisions by mode (`proxy`, `forward-auth`) and result.
    pub decisions: IntCounterVec,
    /// Answers by status class, 1xx first.
    pub requests: [IntCounter; 5],
    /// Requests that the proxy let through: one of `decisions`, found once.
    pub allowed: IntCounter,
    /// Seconds from the end of a request's head to the end of its answer.
    pub request_seconds: Histogram,
    /// Sign-ins by method and result.
    pub sign_ins: IntCounterVec,
    /// What came of mails: `delivered`, `delayed` (once for each attempt), `refused`, `expired`,
    /// `limited`.
    pub mails: IntCounterVec,
    /// Entries that the audit log lacks because the database did not take them.
    pub audit_lost: IntCounter,
    /// Connections open now.
    pub connections: IntGauge,
    /// Requests refused before any decision, by reason.
    pub refused: IntCounterVec,
}

impl std::ops::Deref for Metrics {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Metrics {
    /// All metrics at zero.
    ///
    /// # Errors
    /// When a name is registered twice, which a test would show.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new_custom(Some("gateway".into()), None)?;
        let decisions = counters(&registry, "authz_decisions_total", "Decisions", &["mode", "result"])?;
        let requests = counters(&registry, "http_requests_total", "Answers by status class", &["status"])?;
        let inner = Inner {
            cache_hits: counter(&registry, "session_cache_hits_total", "Session lookups answered from memory")?,
            cache_misses: counter(&registry, "session_cache_misses_total", "Session lookups that asked the database")?,
            cache_entries: gauge(&registry, "session_cache_entries", "Sessions held in memory")?,
            invalidation_lag: histogram(
                &registry,
                HistogramOpts::new("invalidation_lag_seconds", "Time from a change being told to its being heard")
                    .buckets(vec![0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0]),
            )?,
            listener_connected: gauge(
                &registry,
                "listener_connected",
                "1 while every change of the database is heard",
            )?,
            allowed: decisions.with_label_values(&["proxy", "allow"]),
            decisions,
            requests: ["1xx", "2xx", "3xx", "4xx", "5xx"].map(|class| requests.with_label_values(&[class])),
            request_seconds: histogram(
                &registry,
                HistogramOpts::new("http_request_seconds", "Time to the end of the answer"),
            )?,
            sign_ins: counters(&registry, "signin_total", "Sign-ins", &["method", "result"])?,
            mails: counters(&registry, "mails_total", "What came of mails", &["outcome"])?,
            audit_lost: counter(&registry, "audit_lost_total", "Entries that the audit log lacks")?,
            connections: gauge(&registry, "connections", "Connections open now")?,
            refused: counters(&registry, "refused_total", "Requests refused before any decision", &["reason"])?,
            registry,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Counts an answer.
    pub fn answered(&self, status: u16, elapsed: std::time::Duration) {
        self.requests[usize::from(status / 100).clamp(1, 5) - 1].inc();
        self.request_seconds.observe(elapsed.as_secs_f64());
    }

    /// Counts a decision.
    pub fn decided(&self, mode: &str, result: &str) {
        match (mode, result) {
            ("proxy", "allow") => self.allowed.inc(),
            _ => self.decisions.with_label_values(&[mode, result]).inc(),
        }
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

fn counter(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntCounter> {
    let metric = IntCounter::new(name, help)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntGauge> {
    let metric = IntGauge::new(name, help)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn histogram(registry: &Registry, opts: HistogramOpts) -> prometheus::Result<Histogram> {
    let metric = Histogram::with_opts(opts)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
    let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
