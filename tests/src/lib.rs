//! The harness of the stories in `tests/it`: real processes, real databases, personas that talk to them.
//!
//! Knows the gateway only from outside: its executable, its configuration file, what it prints and what it answers.

pub mod client;
pub mod cluster;
pub mod db;
pub mod edge;
pub mod gateway;
pub mod mailbox;
pub mod peers;
pub mod ports;
pub mod process;
pub mod raw;
pub mod snapshot;
pub mod upstream;
pub mod verifier;

use std::time::{Duration, Instant};

/// Folder of the workspace.
pub fn workspace() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the test crate lies in the workspace")
}

/// Asks again and again until the answer is yes. Panics after ten seconds, saying what never came true.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(10), "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The moment this many seconds from now, as the API and both databases write it.
#[expect(
    clippy::disallowed_methods,
    reason = "stories run on the real clock; the gateway's own can't be reached from outside"
)]
pub fn moment(seconds_from_now: i64) -> String {
    let moment = chrono::Utc::now() + chrono::TimeDelta::seconds(seconds_from_now);
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// This moment in seconds, as tokens have it.
#[expect(
    clippy::disallowed_methods,
    reason = "stories run on the real clock; the gateway's own can't be reached from outside"
)]
pub fn seconds_now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// How many seconds from now a moment is that the API wrote.
#[expect(
    clippy::disallowed_methods,
    reason = "stories run on the real clock; the gateway's own can't be reached from outside"
)]
pub fn seconds_until(moment: &serde_json::Value) -> i64 {
    let moment = moment.as_str().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
    (moment.expect("the API writes dates in RFC 3339").to_utc() - chrono::Utc::now()).num_seconds()
}
