//! What is refused before anything else is looked at: heads that two servers might frame or read differently.
//! The parser in front refuses part of this already; the rules are repeated here because they are ours. Allocates
//! nothing for a request in its usual spelling.

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderValue, Method, Uri, Version,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRANSFER_ENCODING, UPGRADE},
};

use super::{host::normal_host, refusal::Refusal};

/// Most header lines of a request.
pub const MAX_HEADERS: usize = 100;

/// A request head as it came.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Method.
    pub method: &'a Method,
    /// HTTP version.
    pub version: Version,
    /// All header lines.
    pub headers: &'a HeaderMap,
    /// Where HTTP/2's `:authority` and `:scheme` are.
    pub uri: &'a Uri,
    /// The target as it stands on the request line (HTTP/2: `:path`).
    pub raw_target: &'a [u8],
}

/// A head that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted<'a> {
    /// The host in its normal spelling, for matching.
    pub host: Cow<'a, str>,
    /// Host and port as they were sent, for passing on.
    pub authority: &'a str,
    /// Path and query, for [`super::path::Target::parse`].
    pub target: &'a str,
}

/// Checks a request head.
pub fn check<'a>(head: &Head<'a>) -> Result<Admitted<'a>, Refusal> {
    check_version(head.version)?;
    check_method(head.method)?;
    check_headers(head.headers)?;
    let lines = Lines::of(head.headers);
    check_framing(head, &lines)?;
    check_expect(&lines)?;
    let raw = std::str::from_utf8(head.raw_target).map_err(|_| Refusal::NonAscii)?;
    let (named, target) = split_target(raw)?;
    let authority = authority(head, &lines, named)?;
    Ok(Admitted { host: normal_host(authority)?, authority, target })
}

fn check_version(version: Version) -> Result<(), Refusal> {
    match version {
        Version::HTTP_10 | Version::HTTP_11 | Version::HTTP_2 => Ok(()),
        _ => Err(Refusal::Version),
    }
}

/// Methods are upper-case words: an upstream that folds case must not see another method than the routes did.
/// Also for methods that another proxy tells in forward-auth mode.
pub fn check_method(method: &Method) -> Result<(), Refusal> {
    match method.as_str() {
        "CONNECT" | "TRACE" | "TRACK" => Err(Refusal::MethodOff),
        name if name.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') => Ok(()),
        _ => Err(Refusal::MethodOdd),
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.len() > MAX_HEADERS {
        return Err(Refusal::TooManyHeaders);
    }
    if headers.values().any(holds_control) {
        return Err(Refusal::HeaderControl);
    }
    Ok(())
}

fn holds_control(value: &HeaderValue) -> bool {
    // No early end: this form is vectorised, and nearly all values have none.
    value.as_bytes().iter().fold(false, |found, b| found | ((*b < b' ' && *b != b'\t') | (*b == 0x7f)))
}

fn check_framing(head: &Head<'_>, lines: &Lines<'_>) -> Result<(), Refusal> {
    let length = lines.length.only().map_err(|Repeated| Refusal::LengthRepeated)?;
    if length.is_some_and(|length| !is_length(length.as_bytes())) {
        return Err(Refusal::LengthInvalid);
    }
    if head.version == Version::HTTP_2 {
        return check_http2(head.headers);
    }
    let Some(encoding) = lines.encoding.only().map_err(|Repeated| Refusal::Encoding)? else {
        return Ok(());
    };
    if length.is_some() {
        return Err(Refusal::LengthAndEncoding);
    }
    if head.version == Version::HTTP_10 || !encoding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        return Err(Refusal::Encoding);
    }
    Ok(())
}

fn is_length(value: &[u8]) -> bool {
    (1..=18).contains(&value.len()) && value.iter().all(u8::is_ascii_digit)
}

/// RFC 9113 §8.2.2.
fn check_http2(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(Refusal::Encoding);
    }
    let te_is_odd = headers.get_all(TE).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"trailers"));
    let specific = headers.contains_key(CONNECTION)
        || headers.contains_key(UPGRADE)
        || headers.contains_key("keep-alive")
        || headers.contains_key("proxy-connection");
    if te_is_odd || specific { Err(Refusal::ConnectionHeader) } else { Ok(()) }
}

fn check_expect(lines: &Lines<'_>) -> Result<(), Refusal> {
    match lines.expect.only() {
        Ok(None) => Ok(()),
        Ok(Some(value)) if value.as_bytes().eq_ignore_ascii_case(b"100-continue") => Ok(()),
        _ => Err(Refusal::Expect),
    }
}

struct Repeated;

/// A header that may stand once.
#[derive(Default)]
struct Single<'a> {
    first: Option<&'a HeaderValue>,
    repeated: bool,
}

impl<'a> Single<'a> {
    fn see(&mut self, value: &'a HeaderValue) {
        self.repeated |= self.first.replace(value).is_some();
    }

    fn only(&self) -> Result<Option<&'a HeaderValue>, Repeated> {
        if self.repeated { Err(Repeated) } else { Ok(self.first) }
    }
}

/// The lines that decide on framing and host, found in one pass.
#[derive(Default)]
struct Lines<'a> {
    host: Single<'a>,
    length: Single<'a>,
    encoding: Single<'a>,
    expect: Single<'a>,
}

impl<'a> Lines<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let mut lines = Self::default();
        for (name, value) in headers {
            match *name {
                HOST => lines.host.see(value),
                CONTENT_LENGTH => lines.length.see(value),
                TRANSFER_ENCODING => lines.encoding.see(value),
                EXPECT => lines.expect.see(value),
                _ => {}
            }
        }
        lines
    }
}

/// Authority and path of an absolute target, or nothing and the path.
fn split_target(raw: &str) -> Result<(Option<&str>, &str), Refusal> {
    if raw.starts_with('/') {
        return Ok((None, raw));
    }
    let Some((scheme, rest)) = raw.split_once("://") else { return Ok((None, raw)) };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(Refusal::Scheme);
    }
    match rest.find(['/', '?', '#', '\\']) {
        None => Ok((Some(rest), "/")),
        Some(end) => Ok((Some(&rest[..end]), &rest[end..])),
    }
}

/// The one authority of a request: `Host`, `:authority` and the target may not disagree.
fn authority<'a>(head: &Head<'a>, lines: &Lines<'a>, named: Option<&'a str>) -> Result<&'a str, Refusal> {
    let host = lines.host.only().map_err(|Repeated| Refusal::HostRepeated)?;
    let host = host.map(|value| value.to_str().map_err(|_| Refusal::HostInvalid)).transpose()?;
    if host.is_none() && head.version != Version::HTTP_2 {
        return Err(Refusal::HostMissing);
    }
    let pseudo = head.uri.authority().map(http::uri::Authority::as_str);
    let mut names = [host, pseudo, named].into_iter().flatten();
    let first = names.next().ok_or(Refusal::HostMissing)?;
    if names.any(|other| !other.eq_ignore_ascii_case(first)) {
        return Err(Refusal::HostMismatch);
    }
    Ok(first)
}
