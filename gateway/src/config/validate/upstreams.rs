//! `[upstreams.<name>]`

use super::{
    super::{Key, Scheme, ServerAddress, UpstreamConfig, address::is_host},
    Report, numbers,
};

/// More tries than this only make an outage worse.
const MOST_RETRIES: usize = 10;

pub(super) fn check(report: &mut Report<'_>) {
    for (name, upstream) in &report.config().upstreams {
        let key = Key::from("upstreams").name(name);
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
            report.say(&key, "the name of an upstream has only letters, digits, \"-\", \"_\" and \".\"");
        }
        servers(report, &key, upstream);
        limits(report, &key, upstream);
    }
}

fn servers(report: &mut Report<'_>, key: &Key, upstream: &UpstreamConfig) {
    let list = key.name("servers");
    if upstream.servers.is_empty() {
        report.say(&list, "has no servers; write servers = [\"127.0.0.1:8000\"]");
    }
    let mut good: Vec<ServerAddress> = Vec::new();
    for (i, text) in upstream.servers.iter().enumerate() {
        match text.parse() {
            Err(why) => report.say(list.at(i), why),
            Ok(server) if good.contains(&server) => report.say(list.at(i), format!("{text:?} is in the list already")),
            Ok(server) => good.push(server),
        }
    }
    if good.contains(&ServerAddress::Whoami) && good.len() > 1 {
        report.say(&list, "\"builtin:whoami\" stands alone; it shares no upstream with real servers");
    }
    let tls = good.iter().any(|server| matches!(server, ServerAddress::Tcp { scheme: Scheme::Https, .. }));
    let whole = good.len() == upstream.servers.len();
    if whole && !tls && (upstream.tls_insecure || !upstream.tls_name.is_empty()) {
        let option = if upstream.tls_insecure { "tls_insecure" } else { "tls_name" };
        report.say(key.name(option), "does nothing here: none of the servers starts with https://");
    }
    if !upstream.tls_name.is_empty() && !is_host(&upstream.tls_name) {
        let message = format!("{:?} is no host name", upstream.tls_name);
        report.say(key.name("tls_name"), message);
    }
}

fn limits(report: &mut Report<'_>, key: &Key, upstream: &UpstreamConfig) {
    let periods = [
        ("connect_timeout", upstream.connect_timeout),
        ("read_timeout", upstream.read_timeout),
        ("write_timeout", upstream.write_timeout),
        ("idle_timeout", upstream.idle_timeout),
    ];
    for (name, period) in periods {
        numbers::nonzero_period(report, key.name(name), period);
    }
    if upstream.retries > MOST_RETRIES {
        report.say(key.name("retries"), format!("is more than {MOST_RETRIES}"));
    }
    let Some(health) = &upstream.health else { return };
    let key = key.name("health");
    numbers::nonzero_period(report, key.name("interval"), health.interval);
    if !health.path.starts_with('/') || health.path.chars().any(|c| c.is_whitespace() || c.is_control()) {
        report.say(key.name("path"), format!("{:?} is no path; write one such as \"/healthz\"", health.path));
    }
}
