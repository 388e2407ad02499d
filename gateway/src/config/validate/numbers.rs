//! Durations, sizes and counts that mean nothing when they are zero.

use super::{
    super::{Config, Key, Period, Size},
    Report,
};

const LEAST_HEAD: Size = Size::kib(1);
const LEAST_RETENTION: Period = Period::days(1);
const LARGEST_HEAD: Size = Size::mib(1);

pub(super) fn check(report: &mut Report<'_>) {
    let config = report.config();
    for (key, period) in periods(config) {
        nonzero_period(report, Key::from(key), period);
    }
    for (key, count) in counts(config) {
        nonzero(report, Key::from(key), count);
    }
    for (i, rule) in config.rate_limit.rules.iter().enumerate() {
        let key = Key::from("rate_limit.rules").at(i);
        nonzero_period(report, key.name("window"), rule.window);
        nonzero(report, key.name("max"), rule.max.into());
        if !rule.path.starts_with('/') {
            let message = format!("{:?} is no path below auth.base_path; write one such as \"/sign-in/*\"", rule.path);
            report.say(key.name("path"), message);
        }
    }
    let retention = config.audit.retention;
    if !retention.0.is_zero() && retention < LEAST_RETENTION {
        report.say("audit.retention", "is shorter than a day; write \"0s\" to keep entries for good");
    }
    if !(LEAST_HEAD..=LARGEST_HEAD).contains(&config.server.max_header_size) {
        report.say("server.max_header_size", "must lie between \"1KiB\" and \"1MiB\"");
    }
}

fn periods(config: &Config) -> [(&'static str, Period); 9] {
    [
        ("server.request_header_timeout", config.server.request_header_timeout),
        ("server.keep_alive", config.server.keep_alive),
        ("session.expires_in", config.session.expires_in),
        ("session.cookie_cache.max_age", config.session.cookie_cache.max_age),
        ("cache.ttl", config.cache.ttl),
        ("email_password.reset_expires_in", config.email_password.reset_expires_in),
        ("email_verification.expires_in", config.email_verification.expires_in),
        ("jwt.expires_in", config.jwt.expires_in),
        ("rate_limit.window", config.rate_limit.window),
    ]
}

fn counts(config: &Config) -> [(&'static str, u64); 7] {
    [
        ("server.max_connections", config.server.max_connections as u64),
        ("server.max_connections_per_address", config.server.max_connections_per_address as u64),
        ("database.max_connections", config.database.max_connections.into()),
        ("cache.capacity", config.cache.capacity),
        ("rate_limit.max", config.rate_limit.max.into()),
        ("password.iterations", config.password.iterations.into()),
        ("password.parallelism", config.password.parallelism.into()),
    ]
}

pub(super) fn nonzero_period(report: &mut Report<'_>, key: Key, period: Period) {
    if period.0.is_zero() {
        report.say(key, "must be longer than zero");
    }
}

fn nonzero(report: &mut Report<'_>, key: Key, count: u64) {
    if count == 0 {
        report.say(key, "must be at least 1");
    }
}
