//! What can be written but is not served by this version. A setting that would silently do nothing is refused; once it
//! is served its line here is deleted.

use super::{
    super::{Config, Flow, Key, RateLimitStore},
    Report,
};

/// One thing that can be asked for in vain.
struct Unserved {
    key: &'static str,
    what: &'static str,
    asked: fn(&Config) -> bool,
}

const SETTINGS: &[Unserved] = &[
    Unserved {
        key: "rate_limit.store",
        what: "counting requests in Redis",
        asked: |config| config.rate_limit.store == RateLimitStore::Redis,
    },
    Unserved {
        key: "telemetry.otlp_endpoint",
        what: "sending traces to a collector",
        asked: |config| !config.telemetry.otlp_endpoint.is_empty(),
    },
];

/// Finds a flow's section.
type Section = fn(&Config) -> &Flow;

/// Flows that are off unless enabled.
const FLOWS: &[(&str, &str, Section)] = &[
    ("two_factor", "a second factor", |config| &config.two_factor),
    ("passkey", "sign-in by passkey", |config| &config.passkey),
    ("organization", "organizations and teams", |config| &config.organization),
    ("api_key", "API keys", |config| &config.api_key),
    ("device_authorization", "sign-in of devices without a keyboard", |config| &config.device_authorization),
    ("open_api", "the API's own description", |config| &config.open_api),
];

pub(super) fn check(report: &mut Report<'_>) {
    let config = report.config();
    for setting in SETTINGS.iter().filter(|setting| (setting.asked)(config)) {
        refuse(report, Key::from(setting.key), setting.what, "remove this setting");
    }
    for (name, what, _) in FLOWS.iter().filter(|(_, _, flow)| flow(config).enabled) {
        refuse(report, Key::from(*name).name("enabled"), what, "set it to false");
    }
}

fn refuse(report: &mut Report<'_>, key: Key, what: &str, way_out: &str) {
    report.say(key, format!("{what} is not served by this version; {way_out}"));
}
