//! `[audit]`

use serde::Deserialize;

use super::units::Period;

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// Whether it is written down who did what.
    pub enabled: bool,
    /// How long an entry stays; zero: for good.
    pub retention: Period,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { enabled: true, retention: Period::days(90) }
    }
}
