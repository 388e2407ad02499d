//! `auth.trusted_origins`, `cors.origins` and `cors` of routes: patterns that can match what a browser sends.

use url::Url;

use super::{
    super::{CorsSwitch, Key, address::is_host},
    Report,
};

/// Schemes whose "origins" are scripts, files or nothing at all.
const NEVER: [&str; 7] = ["javascript", "data", "file", "blob", "about", "vbscript", "view-source"];

pub(super) fn check(report: &mut Report<'_>) {
    let config = report.config();
    for (i, pattern) in config.auth.trusted_origins.iter().enumerate() {
        if let Err(why) = trusted(pattern) {
            report.say(Key::from("auth.trusted_origins").at(i), format!("{pattern:?} {why}"));
        }
    }
    for (i, route) in config.routes.iter().enumerate() {
        let CorsSwitch::Origins(origins) = &route.cors else { continue };
        let key = Key::from("routes").at(i).name("cors");
        if origins.is_empty() {
            report.say(key.clone(), "is empty; write true for the origins of [cors], or false");
        }
        for (j, origin) in origins.iter().enumerate() {
            if let Err(why) = trusted(origin) {
                report.say(key.at(j), format!("{origin:?} {why}"));
            }
        }
    }
    for (i, origin) in config.cors.origins.iter().enumerate() {
        if let Err(why) = trusted(origin) {
            report.say(Key::from("cors.origins").at(i), format!("{origin:?} {why}"));
        }
    }
}

/// Whether a pattern can be used; the error is the rest of a sentence.
fn trusted(pattern: &str) -> Result<(), String> {
    if pattern.is_empty() || pattern.chars().any(|c| c.is_whitespace() || c.is_control() || c == ',') {
        return Err("is not one origin; write one per entry, such as \"https://app.example.com\"".to_owned());
    }
    let wild = pattern.contains(['*', '?']);
    let Some((scheme, rest)) = pattern.split_once("://") else {
        if !wild {
            return Err(format!("has no scheme; write \"https://{pattern}\""));
        }
        return host_pattern(pattern);
    };
    let scheme = scheme.to_ascii_lowercase();
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"+-.*?".contains(&b);
    if scheme.is_empty() || !scheme.bytes().all(legal) {
        return Err("does not start with a scheme such as https://".to_owned());
    }
    if NEVER.contains(&scheme.as_str()) {
        return Err(format!("can't be trusted: {scheme}: is no place of its own"));
    }
    if !matches!(scheme.as_str(), "http" | "https") && !scheme.contains(['*', '?']) {
        return Ok(()); // an app's own scheme, with or without something behind it
    }
    if wild {
        return host_pattern(rest);
    }
    match Url::parse(pattern) {
        Ok(url) if url.origin().ascii_serialization() == pattern.to_ascii_lowercase() => Ok(()),
        Ok(url) if url.has_host() => Err(format!(
            "is more than an origin and would never match; write \"{}\"",
            url.origin().ascii_serialization()
        )),
        _ => Err("is no origin; write one such as \"https://app.example.com\"".to_owned()),
    }
}

/// `host` or `host:port`, with wildcards.
fn host_pattern(text: &str) -> Result<(), String> {
    let (host, port) = text.split_once(':').unwrap_or((text, "*"));
    if !host.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return Err("would trust every site; name at least a domain, such as \"https://*.example.com\"".to_owned());
    }
    let sample = host.replace(['*', '?'], "1");
    let digits = host.bytes().all(|b| b.is_ascii_digit() || b".*?".contains(&b));
    let port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit() || b"*?".contains(&b));
    if port && (digits || is_host(&sample)) {
        Ok(())
    } else {
        Err("is no host pattern and would never match; write one such as \"https://*.example.com\"".to_owned())
    }
}
