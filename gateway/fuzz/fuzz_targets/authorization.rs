//! Reading `Authorization`: never a panic, never a token that wasn't sent.
#![no_main]

use gateway::identity::credential::{Bearer, LONGEST_TOKEN, Presented};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|lines: Vec<&[u8]>| {
    let values = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok());
    let headers: HeaderMap = values.map(|value| (AUTHORIZATION, value)).collect();
    match Presented::read(&headers, "better-auth.session_token").bearer {
        Bearer::Absent => {}
        Bearer::Unknown => assert_eq!(headers.len(), 1),
        Bearer::Token(bearer) => {
            assert_eq!(headers.len(), 1);
            assert!((1..=LONGEST_TOKEN).contains(&bearer.token.len()));
            assert!(bearer.token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
            assert!(bearer.signature.is_some() || !bearer.token.contains('.'));
        }
    }
});
