use std::borrow::Cow;

use expect_test::{Expect, expect};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, COOKIE},
};
use proptest::prelude::*;

use super::{Bearer, Credential, LONGEST_TOKEN, Presented, Stripped, signed_cookie, strip_own};
use crate::crypto::sign::Signer;

const NAME: &str = "better-auth.session_token";
const TOKEN: &str = "t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33";
const SIGNED: &str = "t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33.c6nPF9TeIAFpIWZGcI2DViZKVd9lMOuf73dY0mWLPhc=";
const WIRE: &str = "t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33.c6nPF9TeIAFpIWZGcI2DViZKVd9lMOuf73dY0mWLPhc%3D";

fn headers(lines: &[(HeaderName, &[u8])]) -> HeaderMap {
    lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_bytes(value).unwrap())).collect()
}

fn told(credential: &Credential<'_>) -> String {
    let kind = if matches!(credential.token, Cow::Borrowed(_)) { "borrowed" } else { "owned" };
    let signature = credential.signature.map_or("raw".to_owned(), |s| s.as_str()[..4].to_owned());
    format!("{kind} {} {signature}", credential.token)
}

/// Checks the cookie read from these lines, in which `S` stands for the signed value as it is sent.
fn cookie(lines: &[&str], expected: &Expect) {
    let lines: Vec<String> = lines.iter().map(|line| line.replace("=S", &format!("={WIRE}"))).collect();
    let lines: Vec<_> = lines.iter().map(|line| (COOKIE, line.as_bytes())).collect();
    let headers = headers(&lines);
    expected.assert_eq(&Presented::read(&headers, NAME).cookie.map_or("none".to_owned(), |c| told(&c)));
}

fn bearer(lines: &[&str], expected: &Expect) {
    let lines: Vec<_> = lines.iter().map(|line| (AUTHORIZATION, line.as_bytes())).collect();
    let headers = headers(&lines);
    expected.assert_eq(&match Presented::read(&headers, NAME).bearer {
        Bearer::Absent => "absent".to_owned(),
        Bearer::Unknown => "unknown".to_owned(),
        Bearer::Token(credential) => told(&credential),
    });
}

#[test]
fn the_session_cookie_is_found_among_others() {
    let found = expect!["borrowed t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33 c6nP"];
    cookie(&["better-auth.session_token=S"], &found);
    cookie(&["a=b; better-auth.session_token=S; c"], &found);
    cookie(&["a=b", "better-auth.session_token=S"], &found);
    cookie(&["a=b;better-auth.session_token =S ;c=d"], &found);
    cookie(&["better-auth.session_token=S; better-auth.session_token=bad"], &found);
    cookie(&["x=\"a=b; better-auth.session_token=S"], &found);
    cookie(&[&format!("better-auth.session_token=\"{SIGNED}\"")], &found);
    cookie(&[&format!("better-auth.session_token={SIGNED}")], &found);
    cookie(&[&format!("better-auth.session_token={}", WIRE.replace("%3D", "%3d"))], &found);
}

#[test]
fn an_escaped_token_is_decoded() {
    let found = expect!["owned t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33 c6nP"];
    cookie(&[&format!("better-auth.session_token=%74{}", &WIRE[1..])], &found);
    cookie(&[&format!("better-auth.session_token={}", WIRE.replace('.', "%2E").replace("t8", "%748"))], &found);
    cookie(
        &[&format!("better-auth.session_token=a.{SIGNED}")],
        &expect!["borrowed a.t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33 c6nP"],
    );
}

#[test]
fn what_is_no_signed_token_is_none() {
    let none = expect!["none"];
    let values = [
        "",
        "\"",
        "\"\"",
        ".",
        "=",
        "%",
        "%%%.",
        "bad",
        TOKEN,
        &SIGNED[32..],
        &WIRE[32..],
        &SIGNED[..76],
        &SIGNED[..32],
        "x.y",
        &format!("{SIGNED}="),
        &format!("{WIRE}%"),
        &format!("{WIRE}%3"),
        &format!("{WIRE}%zz"),
        &format!("%00{WIRE}"),
        &format!("%0a{WIRE}"),
        &format!("%C3%A9{WIRE}"),
        &format!("%FF{WIRE}"),
        &format!("a b{WIRE}"),
        &format!("a,b{WIRE}"),
        &format!("\u{e9}{WIRE}"),
        &SIGNED.replace('/', "_").replace("c6", "-6"),
        &SIGNED.replace('.', "%252E"),
        &format!("\"{SIGNED}"),
        &format!("{}{SIGNED}", "x".repeat(225)),
    ];
    for value in values {
        cookie(&[&format!("better-auth.session_token={value}")], &none);
    }
    cookie(&[], &none);
    cookie(&["foo=bar; better-auth.session_token"], &none);
    cookie(&["__Secure-better-auth.session_token=S"], &none);
    cookie(&["Better-Auth.session_token=S"], &none);
    cookie(&["better-auth.session_token2=S; xbetter-auth.session_token=S"], &none);
    cookie(&["better-auth.session_token=bad; better-auth.session_token=S"], &none);
    cookie(&["better-auth.session_token=", "better-auth.session_token=S"], &none);
    cookie(&[&format!("better-auth.session_token=S; x={}", "x".repeat(65 * 1024))], &none);
}

#[test]
fn tokens_up_to_the_limit_are_read() {
    let signature = &SIGNED[33..];
    let wire = |n: usize| format!("better-auth.session_token={}.{signature}", "x".repeat(n));
    for (length, there) in [(1, true), (LONGEST_TOKEN, true), (LONGEST_TOKEN + 1, false)] {
        let headers = headers(&[(COOKIE, wire(length).as_bytes())]);
        assert_eq!(signed_cookie(&headers, NAME).is_some(), there, "{length}");
    }
}

#[test]
fn bytes_that_are_no_text_in_other_cookies_do_not_matter() {
    let mut line = b"x=\xff\xfe; better-auth.session_token=".to_vec();
    line.extend(WIRE.as_bytes());
    assert!(signed_cookie(&headers(&[(COOKIE, &line)]), NAME).is_some());
}

#[test]
fn a_bearer_token_is_raw_or_signed() {
    let raw = expect!["borrowed t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33 raw"];
    for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer  ", "Bearer \t"] {
        bearer(&[&format!("{scheme}{TOKEN}")], &raw);
        bearer(&[&format!("{scheme}{TOKEN}  ")], &raw);
    }
    bearer(&["Bearer abc"], &expect!["borrowed abc raw"]);
    let signed = expect!["borrowed t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33 c6nP"];
    bearer(&[&format!("Bearer {SIGNED}")], &signed);
    bearer(&[&format!("Bearer {WIRE}")], &signed);
}

#[test]
fn a_raw_token_that_cannot_exist_is_unknown() {
    let unknown = expect!["unknown"];
    for value in ["@@@", "\"abc\"", "abc, Bearer x", "abc;a=b", "a b", "%61bc", "é", &"x".repeat(257)] {
        bearer(&[&format!("Bearer {value}")], &unknown);
    }
}

#[test]
fn what_is_no_bearer_token_is_absent() {
    let absent = expect!["absent"];
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer   ",
        "Basic abc",
        "Token abc",
        TOKEN,
        &format!("Bearer\t{TOKEN}"),
        "Bearerabc",
    ] {
        bearer(&[value], &absent);
    }
    // Signed, but not as we sign: these must not hide the cookie.
    for value in [
        "a.b",
        ".",
        &format!("{TOKEN}.AAAA"),
        &SIGNED[..76],
        &SIGNED[32..],
        &format!("a.{SIGNED}"),
        "eyJh.eyJz.c2ln",
        &SIGNED.replace('c', "-"),
    ] {
        bearer(&[&format!("Bearer {value}")], &absent);
    }
    bearer(&[&format!("Bearer {TOKEN}"), &format!("Bearer {TOKEN}")], &absent);
    bearer(&[&format!("Bearer {TOKEN}"), "Basic abc"], &absent);
    bearer(&[], &absent);
}

#[test]
fn a_token_is_never_printed() {
    let line = format!("{NAME}={WIRE}");
    let headers = headers(&[(COOKIE, line.as_bytes()), (AUTHORIZATION, b"Bearer abc")]);
    let printed = format!("{:?}", Presented::read(&headers, NAME));
    assert_eq!(
        printed,
        "Presented { bearer: Token(Credential(Bearer, raw)), cookie: Some(Credential(Cookie, signed)) }"
    );
}

fn strip(line: &str, expected: &Expect) {
    expected.assert_eq(&match strip_own(&HeaderValue::from_bytes(line.as_bytes()).unwrap(), "better-auth") {
        Stripped::Unchanged => "unchanged".to_owned(),
        Stripped::Empty => "empty".to_owned(),
        Stripped::Rewritten(rest) => format!("<{}>", String::from_utf8_lossy(rest.as_bytes())),
    });
}

#[test]
fn our_cookies_are_taken_out_and_others_stay_as_they_are() {
    strip("", &expect!["unchanged"]);
    strip("a=b; c=d", &expect!["unchanged"]);
    strip("better-auth=1; xbetter-auth.session_token=1; a=better-auth.session_token=x", &expect!["unchanged"]);
    strip("better-auth.session_token=x", &expect!["empty"]);
    strip(
        "a=b; better-auth.session_token_multi-t8o2=x; __Secure-better-auth.session_token_multi-t8o2=x",
        &expect!["<a=b>"],
    );
    strip(" ;better-auth.session_token=x; ;", &expect!["empty"]);
    strip("__Secure-better-auth.session_token=x; __Host-better-auth.dont_remember=y", &expect!["empty"]);
    strip("better-auth.session_data.0=x; a=\"1 2\" ;b = c", &expect![[r#"<a="1 2" ;b = c>"#]]);
    strip("a=b;better-auth.state=x;  c=%20d;;e", &expect!["<a=b;  c=%20d;;e>"]);
    strip("a=b; better-auth.session_token_multi-abc=x", &expect!["<a=b>"]);
    strip("é=ü; better-auth.session_token ; better-auth.account_data =1; z", &expect!["<é=ü; z>"]);
}

fn visible() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => 0x20..0x7f_u8, 1 => 0x80..=0xff_u8, 1 => Just(b'\t'), 4 => prop::sample::select(b"%.=;\" 2EeDd3".to_vec())];
    prop::collection::vec(byte, 0..200)
}

/// Bytes, or something that nearly is a session cookie or bearer token.
fn nearly(prefix: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let edited = (any::<prop::sample::Index>(), visible()).prop_map(move |(at, edit)| {
        let mut line = format!("{prefix}{WIRE}").into_bytes();
        let at = at.index(line.len());
        line.splice(at..at, edit.into_iter().take(4));
        line
    });
    prop_oneof![visible(), edited]
}

/// `%XX` decoded as often as it stands there, other bytes as they are.
fn decoded(raw: &[u8]) -> Vec<u8> {
    percent_encoding::percent_decode(raw).collect()
}

proptest! {
    #[test]
    fn a_token_always_stood_in_the_input(line in nearly("better-auth.session_token="), authorization in nearly("Bearer ")) {
        let headers = headers(&[(COOKIE, &line), (AUTHORIZATION, &authorization)]);
        let presented = Presented::read(&headers, NAME);
        let contains = |haystack: &[u8], needle: &str| decoded(haystack).windows(needle.len()).any(|w| w == needle.as_bytes());
        if let Some(cookie) = presented.cookie {
            prop_assert!(contains(&line, &cookie.token));
            prop_assert!(contains(&line, cookie.signature.unwrap().as_str()));
        }
        if let Bearer::Token(bearer) = presented.bearer {
            prop_assert!(contains(&authorization, &bearer.token));
            prop_assert!(bearer.signature.is_none_or(|s| contains(&authorization, s.as_str())));
        }
    }

    #[test]
    fn what_was_signed_is_read_back(token in "[a-zA-Z0-9_~.-]{1,256}", before in "([a-z]{1,5}=[a-z]{0,5}; ){0,3}") {
        let signer = Signer::new(b"key");
        let wire = percent_encoding::utf8_percent_encode(&signer.signed(&token), percent_encoding::NON_ALPHANUMERIC).to_string();
        let line = format!("{before}{NAME}={wire}");
        let headers = headers(&[(COOKIE, line.as_bytes())]);
        let credential = signed_cookie(&headers, NAME).unwrap();
        prop_assert_eq!(&*credential.token, &token);
        prop_assert_eq!(credential.signature, Some(signer.signature(&token)));
    }

    #[test]
    fn stripping_leaves_no_cookie_of_ours_and_all_others(line in nearly("a=b; better-auth.x=")) {
        let value = HeaderValue::from_bytes(&line).unwrap();
        let name = |cookie: &[u8]| cookie.trim_ascii_start().to_vec();
        let own = |cookie: &Vec<u8>| cookie.starts_with(b"better-auth.") || cookie.starts_with(b"__Secure-better-auth.");
        let expected: Vec<Vec<u8>> = line.split(|b| *b == b';').map(name).filter(|c| !own(c) && !c.is_empty()).collect();
        let rest = match strip_own(&value, "better-auth") {
            Stripped::Unchanged => line.clone(),
            Stripped::Empty => Vec::new(),
            Stripped::Rewritten(rest) => rest.as_bytes().to_vec(),
        };
        let kept: Vec<Vec<u8>> = rest.split(|b| *b == b';').map(name).filter(|c| !c.is_empty()).collect();
        prop_assert_eq!(kept, expected);
    }
}
