//! A browser and its system in words, read from a `User-Agent`. For people to recognise; nothing is decided by it.

use woothee::parser::Parser;

#[cfg(test)]
mod tests;

/// What woothee calls what it does not know.
const UNKNOWN: &str = "UNKNOWN";

/// What woothee calls programs that are no browsers.
const PROGRAM: &str = "HTTP Library";

/// Most characters of a program's own name that are shown.
const MOST_NAME: usize = 24;

/// Such as "Firefox on Linux". Versions are left out: a browser that was updated is the same one.
pub(crate) fn name(user_agent: &str) -> String {
    let known = Parser::new().parse(user_agent);
    let part = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty() && text != UNKNOWN);
    let browser = known.as_ref().and_then(|known| part(known.name)).filter(|name| name != PROGRAM);
    let system = known.as_ref().and_then(|known| part(system(known.os)));
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser,
        (None, system) => program(user_agent).or(system).unwrap_or_else(|| "Unknown device".to_owned()),
    }
}

/// A system as people call it; what is newer than woothee goes by an older version's name.
fn system(name: &str) -> &str {
    match name {
        "Mac OSX" => "macOS",
        "Windows Phone OS" => "Windows Phone",
        _ if name.starts_with("Windows ") => "Windows",
        other => other,
    }
}

/// The name that a program gives itself, such as "curl" in "curl/8.5.0".
fn program(user_agent: &str) -> Option<String> {
    let (name, version) = user_agent.split_once('/')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_name = !name.is_empty() && name.len() <= MOST_NAME && name.bytes().all(plain);
    let has_version = version.starts_with(|first: char| first.is_ascii_digit());
    (is_name && has_version && name != "Mozilla").then(|| name.to_owned())
}
