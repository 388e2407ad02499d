//! The harness of the stories in `tests/it`: real processes, real databases, personas that talk to them.
//!
//! Knows the gateway only from outside: its executable, its configuration file, what it prints and what it answers.

pub mod client;
pub mod db;
pub mod gateway;
pub mod ports;
pub mod process;
pub mod raw;
pub mod snapshot;
pub mod upstream;

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
