//! The audit log: who did what to whom, from where, and whether it was let happen.
//!
//! An entry is written before the request is answered, by a task of its own: a client that goes away in the middle does
//! not take it along, and a database that hangs holds nobody up for longer than [`PATIENCE`]. What can't be written is
//! logged and counted, and the request goes on. Knows neither tokens nor passwords nor addresses of mailboxes.

mod act;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::App;
use crate::store::AuditEntry;

pub use act::{Act, Actor, What};

/// Entries being written at once; more are given up, so that a database that hangs fills no memory.
const MOST_AT_ONCE: usize = 512;

/// How long a request waits for its entry. The entry itself may take longer.
const PATIENCE: Duration = Duration::from_millis(500);

/// Characters of the code that stands for an address of which only the code is kept.
const CODE_LENGTH: usize = 16;

/// The entries that are on their way.
pub(super) struct Writing {
    permits: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Default for Writing {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(MOST_AT_ONCE)), tasks: TaskTracker::new() }
    }
}

impl App {
    /// Notes what was done or refused. Never fails; waits for the entry for a moment at most.
    pub async fn note(&self, act: Act) {
        if !self.config.audit.enabled {
            return;
        }
        let entry = act.entry(self.clock.now());
        let Ok(permit) = self.writing.permits.clone().try_acquire_owned() else {
            return self.lose(&entry, &"too many entries wait for the database");
        };
        let app = self.clone();
        let written = self.writing.tasks.spawn(async move {
            let _permit = permit;
            if let Err(error) = app.store.append_audit(&entry).await {
                app.lose(&entry, &error);
            }
        });
        tokio::time::timeout(PATIENCE, written).await.ok();
    }

    /// Waits until every entry is written or given up. To be called when no more requests are served.
    pub async fn finish_notes(&self) {
        self.writing.tasks.close();
        self.writing.tasks.wait().await;
    }

    /// Stands for an address in the audit log where the address itself has no place there: who typed it may have typed a
    /// password in the wrong field. The same address has the same code while the secret stays.
    pub fn address_code(&self, email: &str) -> String {
        let mut code = self.signer.url_safe_code(&format!("audit log, address: {email}"));
        code.truncate(CODE_LENGTH);
        code
    }

    /// Says in the log what the audit log lacks.
    fn lose(&self, entry: &AuditEntry, why: &dyn std::fmt::Display) {
        self.metrics.audit_lost.inc();
        tracing::error!(
            error = %why,
            audit.what = entry.what,
            audit.outcome = entry.outcome,
            audit.actor = entry.actor,
            audit.actor_id = entry.actor_id,
            audit.subject_id = entry.subject_id,
            "an entry of the audit log could not be written"
        );
    }
}
