//! Which origins may call the auth API with cookies, and where it may send a browser afterwards.
//!
//! Our own origin always, and what `auth.trusted_origins` names. Text is parsed as browsers do and the parsed origin is
//! compared; what browsers and other parsers read differently (backslashes, missing slashes, control characters,
//! full-width look-alikes) is refused before. Stricter than Better Auth on purpose: relative targets have no dot
//! segments, no empty segments and no broken escapes; patterns without a scheme match http and https only; schemes that
//! run code or open files are never trusted.

mod pattern;
#[cfg(test)]
mod tests;

use unicode_normalization::UnicodeNormalization;
use url::{Host, Url};

use self::pattern::Pattern;

/// Longer text is no address worth looking at.
const LONGEST: usize = 4096;

/// The origins that are trusted.
#[derive(Debug, Clone)]
pub struct TrustedOrigins {
    own: Url,
    patterns: Vec<Pattern>,
}

impl TrustedOrigins {
    /// Our own origin and the patterns of the configuration. While our own host is a loopback name, its other names
    /// (`localhost`, `127.0.0.1`, `[::1]`) on the same port are ours too: people open either. A pattern that can't be
    /// read trusts nothing.
    pub fn new(public_url: &Url, patterns: &[String]) -> Self {
        let mut all = own_origins(public_url);
        for text in patterns {
            match Pattern::parse(text) {
                Ok(pattern) => all.push(pattern),
                Err(reason) => tracing::warn!(origin.pattern = text, "a trusted origin is ignored: {reason}"),
            }
        }
        Self { own: public_url.clone(), patterns: all }
    }

    /// Whether an `Origin` header names a trusted origin. `null` doesn't.
    pub fn trusts(&self, origin: &str) -> bool {
        Address::parse(origin).is_some_and(|address| self.patterns.iter().any(|pattern| pattern.matches(&address)))
    }

    /// Whether a `Referer` header lies in a trusted origin.
    pub fn trusts_referer(&self, url: &str) -> bool {
        self.trusts(url)
    }

    /// Whether a browser may be sent there: a path of our own, or an address in a trusted origin.
    pub fn allows_target(&self, url: &str) -> bool {
        if url.starts_with('/') { is_own_path(url) && self.stays_here(url) } else { self.trusts(url) }
    }

    fn stays_here(&self, path: &str) -> bool {
        self.own.join(path).is_ok_and(|target| target.origin() == self.own.origin())
    }
}

fn own_origins(public_url: &Url) -> Vec<Pattern> {
    let mut origins = vec![public_url.origin().ascii_serialization()];
    let is_loopback = match public_url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if is_loopback {
        let port = public_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        origins
            .extend(["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{}://{host}{port}", public_url.scheme())));
    }
    origins.iter().filter_map(|origin| Pattern::parse(origin).ok()).collect()
}

/// An absolute address, taken apart without ambiguity.
#[derive(Debug)]
enum Address {
    Web(Url),
    Custom(Custom),
}

/// An address under a scheme of an application: `myapp://authority/path`.
#[derive(Debug, PartialEq, Eq)]
struct Custom {
    /// Lower case.
    scheme: String,
    /// Lower case; may be empty.
    authority: String,
    /// Decoded, without dot segments, `/a/b`; empty for none.
    path: String,
}

impl Address {
    /// `None` for everything that two parsers may read differently.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':').filter(|_| is_clean(text))?;
        let scheme = scheme.to_ascii_lowercase();
        let url = Url::parse(text).ok()?;
        match scheme.as_str() {
            "http" | "https" => {
                let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
                let host = authority.split_once('@').map_or(authority, |(_, host)| host);
                let plain = |b: u8| b.is_ascii_graphic() && !b"%@".contains(&b);
                if host.is_empty() || !host.bytes().all(plain) {
                    return None;
                }
                url.has_host().then_some(Self::Web(url))
            }
            _ => Custom::parse(&scheme, rest).map(Self::Custom),
        }
    }
}

/// Schemes that run code, open files or wrap other addresses: never trusted, whatever is configured.
const DANGEROUS: [&str; 10] =
    ["about", "blob", "chrome", "data", "file", "filesystem", "jar", "javascript", "vbscript", "view-source"];

impl Custom {
    fn parse(scheme: &str, rest: &str) -> Option<Self> {
        let is_scheme = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
        let starts_well = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts_well || !scheme.bytes().all(is_scheme) || DANGEROUS.contains(&scheme) {
            return None;
        }
        let rest = rest.split(['?', '#']).next()?;
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        if authority.contains(['@', '%']) {
            return None;
        }
        Some(Self { scheme: scheme.to_owned(), authority: authority.to_ascii_lowercase(), path: resolved(path)? })
    }
}

/// A path with its escapes decoded and its dot segments followed. `None` when it is still escaped after that.
fn resolved(path: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    if decoded.contains(['%', '\\']) {
        return None;
    }
    let mut segments = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            _ => segments.push(segment),
        }
    }
    Some(segments.iter().flat_map(|segment| ["/", segment]).collect())
}

/// Whether text starting with a slash is a plain path of our own host, with or without query and fragment.
fn is_own_path(target: &str) -> bool {
    let end = target.find(['?', '#']).unwrap_or(target.len());
    let (path, rest) = target.split_at(end);
    let is_odd = |c: char| "{}|^[]".contains(c);
    is_clean(target)
        && !path.contains(is_odd)
        && has_good_escapes(path)
        && has_good_escapes(rest)
        && !path.contains("//")
        && path.split('/').all(is_plain_segment)
}

/// Whether a path segment, once decoded, neither moves up nor hides a slash or a control character.
fn is_plain_segment(segment: &str) -> bool {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(segment).collect();
    decoded != b"." && decoded != b".." && !decoded.iter().any(|b| b"/\\".contains(b) || b.is_ascii_control())
}

fn has_good_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

/// Whether text is free of what browsers drop, fold or turn around before they read an address.
fn is_clean(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && text.chars().all(is_clean_char)
}

fn is_clean_char(c: char) -> bool {
    match c {
        ' '..='~' => !"\\<>\"`".contains(c),
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3002}'
        | '\u{feff}'
        | '\u{fffd}' => false,
        _ => {
            !c.is_control()
                && !c.is_whitespace()
                && !c.nfkc().any(|c| c.is_ascii_punctuation() || c.is_ascii_whitespace())
        }
    }
}
