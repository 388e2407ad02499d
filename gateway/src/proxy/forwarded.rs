//! The chain of proxies a request came through, as `X-Forwarded-*` or `Forwarded` (RFC 7239) tell it. Only reads and
//! writes it; whom to believe is decided in [`super::client_addr`].
//!
//! When both are present `X-Forwarded-For` counts and `Forwarded` is ignored: every proxy writes the former, so that
//! a leftover `Forwarded` is more likely the client's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, HeaderName, header::FORWARDED};

/// `X-Forwarded-For`
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// `X-Forwarded-Proto`
pub const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// `X-Forwarded-Host`
pub const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Most hops that are looked at, from the nearest.
const MAX_HOPS: usize = 64;

/// What one proxy said of the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hop<'a> {
    /// Address as it was written.
    pub node: &'a str,
    /// Scheme.
    pub proto: Option<&'a str>,
    /// Host.
    pub host: Option<&'a str>,
}

/// An address in such a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// Without port; a mapped IPv4 address as IPv4.
    Ip(IpAddr),
    /// `unknown`, `_name` or nothing.
    Hidden,
}

/// The header can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// The chain, nearest hop first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The hops.
    pub hops: Vec<Hop<'a>>,
    /// Scheme when no hop has one of its own.
    pub proto: Option<&'a str>,
    /// Host when no hop has one of its own.
    pub host: Option<&'a str>,
}

impl<'a> Chain<'a> {
    /// Reads the chain from the headers of a request.
    pub fn read(headers: &'a HeaderMap) -> Result<Self, Malformed> {
        if headers.contains_key(X_FORWARDED_FOR) || !headers.contains_key(FORWARDED) {
            return Self::read_x_forwarded(headers);
        }
        let mut hops = Vec::new();
        for line in headers.get_all(FORWARDED).iter().rev() {
            let mut elements = forwarded_elements(line.to_str().map_err(|_| Malformed)?)?;
            elements.reverse();
            hops.append(&mut elements);
        }
        hops.truncate(MAX_HOPS);
        Ok(Self { hops, proto: None, host: None })
    }

    /// Schemes and hosts belong to the hops one by one if there are as many of them; else the nearest one counts.
    fn read_x_forwarded(headers: &'a HeaderMap) -> Result<Self, Malformed> {
        let nodes = list(headers, &X_FORWARDED_FOR)?;
        let protos = list(headers, &X_FORWARDED_PROTO).unwrap_or_default();
        let hosts = list(headers, &X_FORWARDED_HOST).unwrap_or_default();
        let own =
            |values: &[&'a str], at: usize| if values.len() == nodes.len() { values.get(at).copied() } else { None };
        let hop = |(at, node): (usize, &&'a str)| Hop { node, proto: own(&protos, at), host: own(&hosts, at) };
        Ok(Self {
            hops: nodes.iter().enumerate().map(hop).collect(),
            proto: protos.first().copied(),
            host: hosts.first().copied(),
        })
    }
}

impl Node {
    /// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`, `unknown`, `_name`.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("unknown") || text.starts_with('_') {
            return Ok(Self::Hidden);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']').ok_or(Malformed)?;
            check_port(port)?;
            let address: Ipv6Addr = address.parse().map_err(|_| Malformed)?;
            return Ok(Self::Ip(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(address.to_canonical()));
        }
        let end = text.find(':').ok_or(Malformed)?;
        check_port(&text[end..])?;
        let address: Ipv4Addr = text[..end].parse().map_err(|_| Malformed)?;
        Ok(Self::Ip(address.into()))
    }
}

/// `:80` or nothing.
fn check_port(text: &str) -> Result<(), Malformed> {
    match text.strip_prefix(':') {
        None if text.is_empty() => Ok(()),
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok() => Ok(()),
        _ => Err(Malformed),
    }
}

/// The elements of a comma-separated header, last one first; empty ones are left out as RFC 9110 §5.6.1 says.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Vec<&'a str>, Malformed> {
    let mut elements = Vec::new();
    for line in headers.get_all(name).iter().rev() {
        let line = line.to_str().map_err(|_| Malformed)?;
        elements.extend(line.rsplit(',').map(str::trim).filter(|element| !element.is_empty()));
    }
    elements.truncate(MAX_HOPS);
    Ok(elements)
}

/// The elements of one `Forwarded` line in their order.
fn forwarded_elements(line: &str) -> Result<Vec<Hop<'_>>, Malformed> {
    let mut hops = Vec::new();
    for element in split_unquoted(line, ',')? {
        if !element.trim().is_empty() {
            hops.push(forwarded_element(element)?);
        }
    }
    Ok(hops)
}

fn forwarded_element(element: &str) -> Result<Hop<'_>, Malformed> {
    let (mut node, mut proto, mut host) = (None, None, None);
    for pair in split_unquoted(element, ';')?.into_iter().map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(Malformed)?;
        let value = unquote(value)?;
        let slot = match name {
            name if name.eq_ignore_ascii_case("for") => &mut node,
            name if name.eq_ignore_ascii_case("proto") => &mut proto,
            name if name.eq_ignore_ascii_case("host") => &mut host,
            name if !name.is_empty() && name.bytes().all(is_token) => continue,
            _ => return Err(Malformed),
        };
        // RFC 7239 §4: each parameter at most once.
        if slot.replace(value).is_some() {
            return Err(Malformed);
        }
    }
    Ok(Hop { node: node.unwrap_or_default(), proto, host })
}

/// Splits at a separator outside of quotes. Addresses and names need no escapes, so a backslash is malformed.
fn split_unquoted(text: &str, separator: char) -> Result<Vec<&str>, Malformed> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '\\' => return Err(Malformed),
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    if quoted { Err(Malformed) } else { Ok(parts) }
}

fn unquote(value: &str) -> Result<&str, Malformed> {
    let inner = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or(Malformed)?,
        // Brackets and colons belong into quotes, but proxies write them without.
        None if value.bytes().all(|b| is_token(b) || b":[]".contains(&b)) => value,
        None => return Err(Malformed),
    };
    if inner.contains('"') { Err(Malformed) } else { Ok(inner) }
}

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}
