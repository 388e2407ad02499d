//! Sign-ins that begin at the same moment in a browser that has no `state` cookie yet.
//!
//! Each of them would set that cookie, the last one would win, and the others could not be finished. So a start without
//! the cookie takes a moment, in which others from the same place are seen; all but the first then use a cookie of their
//! own. Somebody else behind the same address may be seen too, which does no harm: what binds a browser is always a cookie.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::auth::visitor::Visitor;

/// How long a start takes at least.
const MOMENT: Duration = Duration::from_millis(40);

/// The starts that are on their way, by address and program.
#[derive(Default)]
pub(super) struct Starts(Mutex<HashMap<(String, String), usize>>);

/// A start that is on its way until it is dropped.
pub(super) struct Start<'a> {
    starts: &'a Starts,
    from: (String, String),
    /// Whether no other was on its way from there.
    pub(super) is_first: bool,
}

impl Starts {
    /// A start from there.
    pub(super) fn begin(&self, visitor: &Visitor) -> Start<'_> {
        let from = (visitor.address.clone(), visitor.user_agent.clone());
        let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = starts.entry(from.clone()).or_default();
        *count += 1;
        let is_first = *count == 1;
        drop(starts);
        Start { starts: self, from, is_first }
    }
}

impl Start<'_> {
    /// Stays a moment longer, to be seen by others.
    pub(super) async fn linger(self) {
        tokio::time::sleep(MOMENT).await;
    }
}

impl Drop for Start<'_> {
    fn drop(&mut self) {
        let mut starts = self.starts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = starts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                starts.remove(&self.from);
            }
        }
    }
}
