//! What a request presents as its identity: the session cookie and the bearer token, read from the headers.
//!
//! Pure text work: verifies no signature, looks nothing up, and on the usual way copies nothing. What can't be a token
//! never leaves this file, so nothing malformed is ever looked up.
//!
//! Rules, for requests that say a thing twice:
//! - the first cookie of a name counts, also when it is bad, over all `Cookie` lines in their order;
//! - more than one `Authorization` line counts as none;
//! - a signed bearer token that can't be right is as good as none; a raw one that can't be a token is [`Bearer::Unknown`]
//!   and stands, as any unknown token would, before the cookie.

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE},
};

use memchr::memchr;

use crate::crypto::{
    jws::LONGEST,
    sign::{SIGNATURE_LENGTH, Signature},
};

#[cfg(test)]
mod tests;

/// The longest token that is looked at.
pub const LONGEST_TOKEN: usize = 256;
/// The most bytes of `Cookie` lines that are looked at.
const MOST_COOKIES: usize = 64 * 1024;
const LONGEST_SIGNED: usize = LONGEST_TOKEN + 1 + SIGNATURE_LENGTH;

/// A token, not yet verified. Prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential<'a> {
    /// Letters, digits and `-._~`, at most [`LONGEST_TOKEN`] of them.
    pub token: Cow<'a, str>,
    /// Always there on a cookie; on a bearer token if it came signed.
    pub signature: Option<Signature>,
    /// Where it stood.
    pub from: Source,
}

/// Where a credential stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The session cookie.
    Cookie,
    /// `Authorization: Bearer`.
    Bearer,
    /// One of our JWTs, which was verified; the token is that of its session.
    Jwt,
}

/// What the `Authorization` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// Nothing, or nothing of ours: the cookie decides.
    Absent,
    /// A raw token, but one that can't exist. Where raw tokens are accepted it means "nobody", whatever the cookie says.
    Unknown,
    /// A raw or signed token.
    Token(Credential<'a>),
}

/// Both places a credential can stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented<'a> {
    /// The bearer token; it goes before the cookie.
    pub bearer: Bearer<'a>,
    /// The session cookie, if it has the form of a signed one.
    pub cookie: Option<Credential<'a>>,
}

impl<'a> Presented<'a> {
    /// Reads the headers; `cookie_name` is the session cookie's full name.
    pub fn read(headers: &'a HeaderMap, cookie_name: &str) -> Self {
        Self { bearer: bearer(headers), cookie: signed_cookie(headers, cookie_name) }
    }
}

/// The cookie of that name, if it has the form of a signed one.
pub fn signed_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<Credential<'a>> {
    signed(cookie_value(headers, name)?, Source::Cookie)
}

/// Every cookie whose name starts like this, in order, with values without quotes around them. What is no text has the
/// value `?`.
pub fn own_cookies<'a>(headers: &'a HeaderMap, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let lines = || headers.get_all(COOKIE).iter();
    let small = lines().map(HeaderValue::len).sum::<usize>() <= MOST_COOKIES;
    let cookies = lines().filter(move |_| small).flat_map(|line| line.as_bytes().split(|b| *b == b';'));
    cookies.filter_map(move |cookie| {
        let at = memchr(b'=', cookie)?;
        let name = str::from_utf8(cookie[..at].trim_ascii()).ok().filter(|name| name.starts_with(start))?;
        Some((name, str::from_utf8(unquoted(cookie[at + 1..].trim_ascii())).unwrap_or("?")))
    })
}

/// The value of the first cookie of that name, without quotes around it, not percent-decoded.
fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let lines = || headers.get_all(COOKIE).iter();
    if lines().map(HeaderValue::len).sum::<usize>() > MOST_COOKIES {
        return None;
    }
    let mut cookies = lines().flat_map(|line| line.as_bytes().split(|b| *b == b';'));
    let value = cookies.find_map(|cookie| value_of(cookie, name.as_bytes()))?;
    Some(unquoted(value))
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value)
}

/// The value of a cookie, if that is its name; blanks around either don't count.
fn value_of<'a>(cookie: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = cookie.trim_ascii_start().strip_prefix(name)?.trim_ascii_start().strip_prefix(b"=")?;
    Some(value.trim_ascii())
}

/// The bearer token, if it has the form of a JWT: three parts in the alphabet of URLs.
pub fn jwt(headers: &HeaderMap) -> Option<&str> {
    let value = bearer_value(headers)?;
    let in_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let mut parts = value.split(|b| *b == b'.');
    let mut part = || parts.next().is_some_and(|part| !part.is_empty() && part.iter().all(in_part));
    let fits = value.len() <= LONGEST && part() && part() && part();
    (fits && parts.next().is_none()).then(|| str::from_utf8(value).ok()).flatten()
}

/// What stands behind `Bearer` in the only `Authorization` line.
fn bearer_value(headers: &HeaderMap) -> Option<&[u8]> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let (scheme, rest) = line.as_bytes().split_at_checked("bearer ".len())?;
    let value = rest.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !value.is_empty()).then_some(value)
}

fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let Some(value) = bearer_value(headers) else { return Bearer::Absent };
    if value.contains(&b'.') {
        return signed(value, Source::Bearer).map_or(Bearer::Absent, Bearer::Token);
    }
    match token(value) {
        Some(token) => Bearer::Token(Credential { token: token.into(), signature: None, from: Source::Bearer }),
        None => Bearer::Unknown,
    }
}

/// Reads `token.signature`, percent-encoded or not. A cookie is split at its last dot, a bearer token at its first.
fn signed(raw: &[u8], from: Source) -> Option<Credential<'_>> {
    signed_plainly(raw, from).or_else(|| signed_oddly(raw, from))
}

/// The usual spelling, in which nothing but the signature is escaped. What is read here would be read below as well:
/// no token holds a `%`, and no signature a dot.
fn signed_plainly(raw: &[u8], from: Source) -> Option<Credential<'_>> {
    let dot = split(raw, from)?;
    let token = token(&raw[..dot])?;
    let mut buffer = [0; SIGNATURE_LENGTH];
    let signature = percent_decoded(&raw[dot + 1..], &mut buffer)?;
    let signature = Signature::parse(str::from_utf8(signature).ok()?)?;
    Some(Credential { token: token.into(), signature: Some(signature), from })
}

fn split(text: &[u8], from: Source) -> Option<usize> {
    match from {
        Source::Cookie => text.iter().rposition(|b| *b == b'.'),
        Source::Bearer | Source::Jwt => text.iter().position(|b| *b == b'.'),
    }
}

/// Any spelling.
fn signed_oddly(raw: &[u8], from: Source) -> Option<Credential<'_>> {
    let mut buffer = [0; LONGEST_SIGNED];
    let text = percent_decoded(raw, &mut buffer)?;
    let dot = split(text, from)?;
    let signature = Signature::parse(str::from_utf8(&text[dot + 1..]).ok()?)?;
    let decoded = token(&text[..dot])?;
    let token = match raw.get(..dot).filter(|same| *same == decoded.as_bytes()).and_then(token) {
        Some(borrowed) => Cow::Borrowed(borrowed),
        None => Cow::Owned(decoded.to_owned()),
    };
    Some(Credential { token, signature: Some(signature), from })
}

/// The bytes as a token, if they can be one.
fn token(bytes: &[u8]) -> Option<&str> {
    let fits = (1..=LONGEST_TOKEN).contains(&bytes.len());
    if fits && bytes.iter().all(|b| IN_TOKENS[usize::from(*b)]) { str::from_utf8(bytes).ok() } else { None }
}

/// Letters, digits and `-._~`.
const IN_TOKENS: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'-' | b'.' | b'_' | b'~');
        b += 1;
    }
    table
};

/// Decodes `%XX`; `None` for a broken escape or for more than fits, since neither can be a signed token.
fn percent_decoded<'b>(raw: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let (mut rest, mut length) = (raw, 0);
    while let Some(escape) = memchr(b'%', rest) {
        let (plain, escape) = rest.split_at(escape);
        let [_, high, low, tail @ ..] = escape else { return None };
        let end = length + plain.len();
        buffer.get_mut(length..end)?.copy_from_slice(plain);
        *buffer.get_mut(end)? = hex_digit(*high)? << 4 | hex_digit(*low)?;
        length = end + 1;
        rest = tail;
    }
    let end = length + rest.len();
    buffer.get_mut(length..end)?.copy_from_slice(rest);
    Some(&buffer[..end])
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signed = if self.signature.is_some() { "signed" } else { "raw" };
        write!(f, "Credential({:?}, {signed})", self.from)
    }
}

/// A `Cookie` line after our own cookies were taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stripped {
    /// There was none of ours: pass the line on as it is.
    Unchanged,
    /// There was nothing else: drop the line.
    Empty,
    /// The others, byte for byte and in their order.
    Rewritten(HeaderValue),
}

/// Takes our cookies out of a `Cookie` line: every one named `<prefix>.…`, also behind `__Secure-` or `__Host-`.
pub fn strip_own(line: &HeaderValue, prefix: &str) -> Stripped {
    let cookies = || line.as_bytes().split(|b| *b == b';');
    if !cookies().any(|cookie| is_own(cookie, prefix)) {
        return Stripped::Unchanged;
    }
    let others: Vec<&[u8]> = cookies().filter(|cookie| !is_own(cookie, prefix)).collect();
    let joined = others.join(&b';');
    let kept = joined.trim_ascii_start();
    if kept.iter().all(|b| *b == b';' || b.is_ascii_whitespace()) {
        return Stripped::Empty;
    }
    // Parts of a legal value are legal; if that were ever wrong, losing the line is better than leaking a session.
    HeaderValue::from_bytes(kept).map_or(Stripped::Empty, Stripped::Rewritten)
}

fn is_own(cookie: &[u8], prefix: &str) -> bool {
    let name = cookie.trim_ascii_start();
    let name = name.strip_prefix(b"__Secure-").or_else(|| name.strip_prefix(b"__Host-")).unwrap_or(name);
    name.strip_prefix(prefix.as_bytes()).is_some_and(|rest| rest.starts_with(b"."))
}
