//! Host spellings.

use crate::proxy::{host::normal_host, refusal::Refusal};

#[test]
fn hosts_have_one_spelling() {
    for (written, normal) in [
        ("example.com", "example.com"),
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("example.com:8080", "example.com"),
        ("EXAMPLE.com.:443", "example.com"),
        ("my_service-1", "my_service-1"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[0:0:0:0:0:0:0:1]:80", "[::1]"),
        ("[2001:DB8::A]", "[2001:db8::a]"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ] {
        assert_eq!(normal_host(written).as_deref(), Ok(normal), "{written}");
    }
}

#[test]
fn odd_hosts_are_refused() {
    let long = "a".repeat(64);
    for written in [
        "",
        ".",
        "..",
        "a..b",
        ".a",
        "a..",
        ":80",
        "a:",
        "a:b",
        "a:80:80",
        "a:99999",
        "a:+80",
        "user@a",
        "a/b",
        "a?b",
        "a#b",
        "a b",
        "a\tb",
        "a%2eb",
        "a,b",
        "b\u{fc}cher.example",
        "::1",
        "[::1",
        "[::1]x",
        "[::1]:",
        "[]",
        "[fe80::1%25eth0]",
        "[::1].",
        "a\\b",
        "*.a",
        &long,
    ] {
        assert_eq!(normal_host(written), Err(Refusal::HostInvalid), "{written}");
    }
}
