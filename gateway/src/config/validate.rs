//! What deserialises but can not be served.

use super::{Problem, load::Loaded};

/// Everything about `loaded` that can not be served; empty when it can.
pub(super) fn problems(_loaded: &Loaded) -> Vec<Problem> {
    Vec::new()
}
