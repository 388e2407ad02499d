//! Reading the session cookie and taking our cookies out of a `Cookie` line: never a panic, never a token that wasn't
//! sent, never one of ours left behind.
#![no_main]

use gateway::identity::credential::{LONGEST_TOKEN, Presented, Stripped, strip_own};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|lines: Vec<&[u8]>| {
    let values = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok());
    let headers: HeaderMap = values.map(|value| (COOKIE, value)).collect();
    if let Some(cookie) = Presented::read(&headers, "better-auth.session_token").cookie {
        assert!(cookie.signature.is_some());
        assert!((1..=LONGEST_TOKEN).contains(&cookie.token.len()));
        assert!(cookie.token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
    }
    for line in headers.get_all(COOKIE) {
        if let Stripped::Rewritten(rest) = strip_own(line, "better-auth") {
            assert!(rest.len() < line.len());
            assert_eq!(strip_own(&rest, "better-auth"), Stripped::Unchanged);
        }
    }
});
