//! `[server]`, `[database]`, `[telemetry]`.

use url::Url;

use super::{
    super::{Key, ListenAddress, load::wording::nearest, server::parse_network},
    Report,
};

pub(super) fn check(report: &mut Report<'_>) {
    listeners(report);
    public_url(report);
    trusted_proxies(report);
    database(report);
    level(report);
}

fn listeners(report: &mut Report<'_>) {
    let server = &report.config().server;
    let list = Key::from("server.listen");
    if server.listen.0.is_empty() {
        report.say(&list, "no address to listen on; write one such as \"127.0.0.1:8080\"");
    }
    let mut seen: Vec<ListenAddress> = Vec::new();
    let mut take = |report: &mut Report<'_>, key: Key, text: &str| match text.parse() {
        Err(why) => report.say(&key, why),
        Ok(address) if seen.contains(&address) => report.say(&key, format!("{text:?} is listened on already")),
        Ok(ListenAddress::Tcp { port: 0, .. }) => {}
        Ok(address) => seen.push(address),
    };
    for (i, text) in server.listen.0.iter().enumerate() {
        let entry = list.at(i);
        let key = if report.loaded.is_given(&entry) { entry } else { list.clone() };
        take(report, key, text);
    }
    if !server.admin_listen.is_empty() {
        take(report, Key::from("server.admin_listen"), &server.admin_listen);
    }
}

fn public_url(report: &mut Report<'_>) {
    let text = &report.config().server.public_url;
    if text.is_empty() {
        return;
    }
    let key = "server.public_url";
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        _ => return report.say(key, format!("{text:?} is no origin; write one such as \"https://app.example.com\"")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return report.say(key, "a user name or password has no place in the public URL");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        let origin = url.origin().ascii_serialization();
        let message = format!(
            "{text:?} is more than an origin; write \"{origin}\" (where the auth API lives below it is auth.base_path)"
        );
        report.say(key, message);
    }
}

fn trusted_proxies(report: &mut Report<'_>) {
    for (i, text) in report.config().server.trusted_proxies.iter().enumerate() {
        if text != "unix" && parse_network(text).is_none() {
            let message =
                format!("{text:?} is no network; write a CIDR such as \"10.0.0.0/8\", a single address or \"unix\"");
            report.say(Key::from("server.trusted_proxies").at(i), message);
        }
    }
}

/// The URL may hold a password: only its scheme is ever shown.
fn database(report: &mut Report<'_>) {
    let database = &report.config().database;
    let url = database.url.expose();
    let key = "database.url";
    const FORMS: &str = "write \"sqlite://gateway.db\" or \"postgres://user:password@host/database\"";
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => {
            if let Some(file) = database.sqlite_file() {
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                    report.say(key, format!("there is no folder {} to hold the database", folder.display()));
                }
            }
        }
        Some("postgres" | "postgresql") => {
            if Url::parse(url).is_err() {
                report.say(
                    key,
                    "is no URL; write postgres://user:password@host/database, with characters such as @ : / # of the \
                     password percent-encoded",
                );
            }
        }
        Some(scheme) if scheme.len() <= 16 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') => {
            report.say(key, format!("\"{scheme}:\" databases can't be used; {FORMS}"));
        }
        _ => report.say(key, format!("is no database URL; {FORMS}")),
    }
}

fn level(report: &mut Report<'_>) {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    let text = &report.config().telemetry.level;
    for directive in text.split(',').map(str::trim) {
        let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
        if !LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
            let hint = nearest(level, LEVELS).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
            let message = format!("{level:?} is no level; levels are {}{hint}", LEVELS.join(", "));
            report.say("telemetry.level", message);
        }
    }
}
