//! The providers that have a name here: a table of facts each.

use super::provider::Facts;

/// All of them.
pub(crate) const NAMED: &[&Facts] = &[];
