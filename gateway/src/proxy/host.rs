//! The host of a request in one spelling.

use std::{borrow::Cow, net::Ipv6Addr};

use super::refusal::Refusal;

/// Lower case, without port and trailing dot. Only names of letters, digits, `-`, `_`, `.` and bracketed IPv6
/// addresses pass; user names, escapes and everything else that could be read in two ways is refused.
pub fn normal_host(authority: &str) -> Result<Cow<'_, str>, Refusal> {
    let (name, port) = split_port(authority)?;
    if port.is_some_and(|port| !is_port(port)) {
        return Err(Refusal::HostInvalid);
    }
    if let Some(address) = name.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
        return address.map(|address| Cow::Owned(format!("[{address}]"))).ok_or(Refusal::HostInvalid);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if !is_name(name) {
        return Err(Refusal::HostInvalid);
    }
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Ok(Cow::Owned(name.to_ascii_lowercase()));
    }
    Ok(Cow::Borrowed(name))
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), Refusal> {
    if authority.starts_with('[') {
        let end = authority.find(']').ok_or(Refusal::HostInvalid)? + 1;
        let (name, rest) = authority.split_at(end);
        return match rest.strip_prefix(':') {
            Some(port) => Ok((name, Some(port))),
            None if rest.is_empty() => Ok((name, None)),
            None => Err(Refusal::HostInvalid),
        };
    }
    Ok(match authority.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority, None),
    })
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn is_name(name: &str) -> bool {
    let mut label = 0;
    for b in name.bytes() {
        label = match b {
            b'.' if label == 0 => return false,
            b'.' => 0,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' if label < 63 => label + 1,
            _ => return false,
        };
    }
    label > 0 && name.len() <= 253
}
