//! What passes the entrance.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version};

use crate::proxy::{
    entrance::{Head, check},
    refusal::Refusal,
};

/// `METHOD target VERSION`, then `name: value` lines, then the `:authority` of HTTP/2 if there is one.
fn outcome(lines: &[&str]) -> Result<(String, String, String), Refusal> {
    let mut words = lines[0].split(' ');
    let method = Method::from_bytes(words.next().unwrap().as_bytes()).unwrap();
    let raw = words.next().unwrap();
    let version = match words.next().unwrap() {
        "0.9" => Version::HTTP_09,
        "1.0" => Version::HTTP_10,
        "1.1" => Version::HTTP_11,
        "2" => Version::HTTP_2,
        _ => Version::HTTP_3,
    };
    let (mut headers, mut uri) = (HeaderMap::new(), Uri::default());
    for line in &lines[1..] {
        match line.strip_prefix(":authority ") {
            Some(authority) => {
                uri = Uri::builder().scheme("https").authority(authority).path_and_query("/").build().unwrap();
            }
            None => {
                let (name, value) = line.split_once(": ").unwrap();
                headers.append(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                );
            }
        }
    }
    let head = Head { method: &method, version, headers: &headers, uri: &uri, raw_target: raw.as_bytes() };
    check(&head).map(|passed| (passed.host.into_owned(), passed.authority.to_owned(), passed.target.to_owned()))
}

#[track_caller]
fn passes(lines: &[&str], host: &str, authority: &str, target: &str) {
    assert_eq!(outcome(lines), Ok((host.into(), authority.into(), target.into())), "{lines:?}");
}

#[track_caller]
fn refused(lines: &[&str], refusal: Refusal) {
    assert_eq!(outcome(lines), Err(refusal), "{lines:?}");
}

/// A request with these further lines.
#[track_caller]
fn refused_with(lines: &[&str], refusal: Refusal) {
    refused(&[&["POST / 1.1", "host: a"], lines].concat(), refusal);
}

#[test]
fn usual_requests_pass() {
    passes(&["GET /a?b=c 1.1", "host: example.com"], "example.com", "example.com", "/a?b=c");
    passes(&["GET / 1.0", "host: Example.com:8080"], "example.com", "Example.com:8080", "/");
    passes(&["GET / 2", ":authority example.com"], "example.com", "example.com", "/");
    passes(
        &["GET / 2", ":authority example.com", "host: example.com", "te: trailers"],
        "example.com",
        "example.com",
        "/",
    );
    passes(&["GET / 2", "host: example.com"], "example.com", "example.com", "/");
    passes(&["POST / 1.1", "host: a", "content-length: 12"], "a", "a", "/");
    passes(&["POST / 1.1", "host: a", "transfer-encoding: Chunked", "expect: 100-Continue"], "a", "a", "/");
    passes(&["PROPFIND / 1.1", "host: a", "x-tab: a\tb", "x-latin: \u{e9}"], "a", "a", "/");
    passes(&["GET http://Example.com/a?b 1.1", "host: example.com"], "example.com", "example.com", "/a?b");
    passes(&["GET HTTP://a 1.1", "host: a"], "a", "a", "/");
    passes(&["OPTIONS * 1.1", "host: a"], "a", "a", "*");
}

#[test]
fn hosts_are_one_and_agree() {
    refused(&["GET / 1.1"], Refusal::HostMissing);
    refused(&["GET / 1.0"], Refusal::HostMissing);
    refused(&["GET / 2"], Refusal::HostMissing);
    refused(&["GET / 1.1", "host: a", "host: a"], Refusal::HostRepeated);
    refused(&["GET / 1.1", "host: "], Refusal::HostInvalid);
    refused(&["GET / 1.1", "host: a,b"], Refusal::HostInvalid);
    refused(&["GET / 1.1", "host: u@a"], Refusal::HostInvalid);
    refused(&["GET / 1.1", "host: \u{e9}"], Refusal::HostInvalid);
    refused(&["GET http://b/ 1.1", "host: a"], Refusal::HostMismatch);
    refused(&["GET http://a:81/ 1.1", "host: a"], Refusal::HostMismatch);
    refused(&["GET http://u@a/ 1.1", "host: a"], Refusal::HostMismatch);
    refused(&["GET http:/// 1.1", "host: a"], Refusal::HostMismatch);
    refused(&["GET / 2", ":authority a", "host: b"], Refusal::HostMismatch);
    refused(&["GET ftp://a/ 1.1", "host: a"], Refusal::Scheme);
    refused(&["GET file:///etc 1.1", "host: a"], Refusal::Scheme);
}

#[test]
fn a_body_has_one_length() {
    refused_with(&["content-length: 1", "transfer-encoding: chunked"], Refusal::LengthAndEncoding);
    refused_with(&["content-length: 1", "content-length: 1"], Refusal::LengthRepeated);
    for value in ["+4", "-1", "4,4", "0x4", "", "4 ", "4a", "1.0", "9999999999999999999"] {
        refused_with(&[&format!("content-length: {value}")], Refusal::LengthInvalid);
    }
    for value in ["xchunked", "chunked, chunked", "gzip, chunked", "identity", "", "chunked;x", "\u{b}chunked"] {
        let wanted = if value.contains('\u{b}') { continue } else { Refusal::Encoding };
        refused_with(&[&format!("transfer-encoding: {value}")], wanted);
    }
    refused_with(&["transfer-encoding: chunked", "transfer-encoding: chunked"], Refusal::Encoding);
    refused(&["POST / 1.0", "host: a", "transfer-encoding: chunked"], Refusal::Encoding);
    refused(&["POST / 2", ":authority a", "transfer-encoding: chunked"], Refusal::Encoding);
}

#[test]
fn http2_has_no_connection_headers() {
    for line in ["connection: close", "upgrade: websocket", "keep-alive: 1", "proxy-connection: close", "te: gzip"] {
        refused(&["GET / 2", ":authority a", line], Refusal::ConnectionHeader);
    }
}

#[test]
fn methods_and_versions_are_bounded() {
    for method in ["CONNECT", "TRACE", "TRACK"] {
        refused(&[&format!("{method} / 1.1"), "host: a"], Refusal::MethodOff);
    }
    for method in ["get", "Post", "GET1", "G!T", "trace"] {
        refused(&[&format!("{method} / 1.1"), "host: a"], Refusal::MethodOdd);
    }
    refused(&["GET / 0.9", "host: a"], Refusal::Version);
    refused(&["GET / 3", "host: a"], Refusal::Version);
}

#[test]
fn headers_are_bounded_and_clean() {
    let lines: Vec<String> = (0..100).map(|n| format!("x-{n}: a")).collect();
    let mut all = vec!["GET / 1.1", "host: a"];
    all.extend(lines.iter().map(String::as_str));
    refused(&all, Refusal::TooManyHeaders);
    assert!(outcome(&all[..all.len() - 1]).is_ok());
    refused_with(&["expect: 200-ok"], Refusal::Expect);
    refused_with(&["expect: 100-continue", "expect: 100-continue"], Refusal::Expect);
    // HeaderValue refuses control bytes unless it is told not to look.
    assert!(HeaderValue::from_bytes(b"a\r\nb").is_err() && HeaderValue::from_bytes(b"a\0b").is_err());
}
