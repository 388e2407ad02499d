//! Canonical paths and refusals.

use crate::proxy::{path::Target, refusal::Refusal};

#[track_caller]
fn check(raw: &str, canonical: &str) {
    let target = Target::parse(raw).unwrap_or_else(|refusal| panic!("{raw}: {}", refusal.code()));
    assert_eq!(target.path_and_query(), canonical, "{raw}");
    let as_sent = raw.split('?').next() == canonical.split('?').next();
    assert_eq!(target.is_canonical_as_sent(), as_sent, "{raw}");
}

#[track_caller]
fn refused(raw: &str, refusal: Refusal) {
    assert_eq!(Target::parse(raw).map(|target| target.path_and_query()), Err(refusal), "{raw}");
}

#[test]
fn plain_paths_stay_as_they_are() {
    for raw in [
        "/",
        "/items",
        "/items/",
        "/a/b-c_d~e/1.2.3",
        "/.well-known/change-password",
        "/a/.hidden",
        "/a..b/c.",
        "/a:b@c!d$e&f'g(h)i*j+k,l=m",
        "/matrix;v=1/x",
        "/caf%C3%A9",
        "/a%20b",
        "/100%25",
        "/%E2%80%A6",
        "/?a=b",
        "/items?next=/a/../b//c%2f%00&x=%zz",
        "/items??",
    ] {
        check(raw, raw);
    }
}

#[test]
fn spellings_become_one() {
    check("//", "/");
    check("///items", "/items");
    check("/a//b///c", "/a/b/c");
    check("/a//", "/a/");
    check("/a/./b", "/a/b");
    check("/a/.", "/a/");
    check("/./a", "/a");
    check("/a/b/../c", "/a/c");
    check("/a/b/..", "/a/");
    check("/a/..", "/");
    check("/a/%2e/b", "/a/b");
    check("/a/%2e%2E/b", "/b");
    check("/a/.%2e/b", "/b");
    check("/%61dmin", "/admin");
    check("/%7Euser", "/~user");
    check("/caf%c3%a9", "/caf%C3%A9");
    check("/a%3ab", "/a%3Ab");
    check("/a[1]|b^{c}", "/a%5B1%5D%7Cb%5E%7Bc%7D");
    check("/a/./b?x=./y", "/a/b?x=./y");
    check("/a//../b", "/b");
}

#[test]
fn what_servers_read_differently_is_refused() {
    refused("/a%2fb", Refusal::EncodedSlash);
    refused("/a%2Fb", Refusal::EncodedSlash);
    refused("/..%2f..%2fetc", Refusal::EncodedSlash);
    refused("/a%5cb", Refusal::EncodedBackslash);
    refused("/a%5Cb", Refusal::EncodedBackslash);
    refused("/a\\b", Refusal::Backslash);
    refused("\\a", Refusal::Backslash);
    refused("/public/..;/admin", Refusal::OddDots);
    refused("/public/..;x=1/admin", Refusal::OddDots);
    refused("/public/.;/admin", Refusal::OddDots);
    refused("/public/..%3b/admin", Refusal::OddDots);
    refused("/public/%2e%2e;/admin", Refusal::OddDots);
    refused("/public/.../admin", Refusal::OddDots);
    refused("/public/..%20/admin", Refusal::OddDots);
    refused("/public/.%20./admin", Refusal::OddDots);
    refused("/%2561dmin", Refusal::DoubleEncoding);
    refused("/%252e%252e/admin", Refusal::DoubleEncoding);
    refused("/%25%32%65/admin", Refusal::DoubleEncoding);
    refused("/%25252e", Refusal::DoubleEncoding);
    refused("/a%", Refusal::InvalidEscape);
    refused("/a%4", Refusal::InvalidEscape);
    refused("/a%zz", Refusal::InvalidEscape);
    refused("/%u002e", Refusal::InvalidEscape);
    refused("/a%+1", Refusal::InvalidEscape);
}

#[test]
fn bytes_that_have_no_place_in_a_path_are_refused() {
    for escape in ["%00", "%01", "%09", "%0a", "%0D", "%1f", "%7f", "%C2%80", "%C2%85"] {
        refused(&format!("/a{escape}b"), Refusal::Control);
    }
    for raw in ["/a\0b", "/a\tb", "/a\rb", "/a\nb", "/a\x7fb", "/a?b\0", "/a?b\r\n", "/a?b\x7f"] {
        refused(raw, Refusal::Control);
    }
    refused("/caf\u{e9}", Refusal::NonAscii);
    refused("/a b", Refusal::Space);
    refused("/a?b c", Refusal::Space);
    refused("/a#b", Refusal::Fragment);
    refused("/a?b#c", Refusal::Fragment);
}

#[test]
fn overlong_and_broken_utf8_is_refused() {
    for escapes in
        ["%c0%ae", "%c0%af", "%e0%80%af", "%f0%80%80%af", "%c3", "%c3a", "%a9", "%ed%a0%80", "%ff", "%f5%80%80%80"]
    {
        refused(&format!("/a/{escapes}/b"), Refusal::InvalidUtf8);
    }
}

#[test]
fn nothing_climbs_above_the_root() {
    refused("/..", Refusal::AboveRoot);
    refused("/../a", Refusal::AboveRoot);
    refused("/a/../../b", Refusal::AboveRoot);
    refused("/a/%2e%2e/%2e%2e/b", Refusal::AboveRoot);
    refused("//..", Refusal::AboveRoot);
}

#[test]
fn only_paths_are_targets() {
    refused("", Refusal::TargetForm);
    refused("*", Refusal::TargetForm);
    refused("items", Refusal::TargetForm);
    refused("?a=b", Refusal::TargetForm);
    refused("http://a/b", Refusal::TargetForm);
}

#[test]
fn long_targets_are_refused() {
    let longest = format!("/{}", "a".repeat(8 * 1024 - 1));
    check(&longest, &longest);
    refused(&format!("{longest}a"), Refusal::TargetTooLong);
    refused(&format!("/?{}", "a".repeat(8 * 1024)), Refusal::TargetTooLong);
}

#[test]
fn own_paths_are_whole_segments() {
    let under = |raw: &str| Target::parse(raw).unwrap().is_under("/api/auth");
    assert!(under("/api/auth") && under("/api/auth/") && under("/api/auth/sign-in") && under("/x/../api/auth/ok"));
    assert!(!under("/api/authx") && !under("/api") && !under("/x/api/auth"));
}

#[test]
fn readings_of_a_plain_path_are_none() {
    for raw in ["/", "/items/7", "/a-b/c.d?x=Y;z"] {
        assert_eq!(Target::parse(raw).unwrap().readings().count(), 0, "{raw}");
    }
}

#[test]
fn readings_cover_what_upstreams_do() {
    let reads = |raw: &str, wanted: &str| {
        let target = Target::parse(raw).unwrap();
        let all: Vec<String> = target.readings().map(|reading| reading.path).collect();
        assert!(all.iter().any(|path| path == wanted), "{raw}: {wanted} is not among {all:?}");
    };
    reads("/ADMIN", "/admin");
    reads("/admin;x=1/a", "/admin/a");
    reads("/;x/admin", "/admin");
    reads("/admin%3Bx", "/admin");
    reads("/admin/", "/admin");
    reads("/admin.", "/admin");
    reads("/admin%20/a", "/admin/a");
    reads("/ad%2Bmin", "/ad+min");
    reads("/%EF%BC%A1dmin", "/admin");
    reads("/public/%EF%BC%8E%EF%BC%8E/admin", "/admin");
    reads("/public%EF%BC%8Fadmin", "/public/admin");
    reads("/admin%EF%BC%9Bx", "/admin");
    reads("/Admin;x/a;y/", "/admin/a");
    reads("/Admin;x/", "/admin;x");
}

#[test]
fn each_refusal_has_a_code_of_its_own() {
    let mut codes: Vec<&str> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Refusal::ALL.len());
    assert!(Refusal::ALL.iter().all(|refusal| refusal.status().is_client_error() && refusal.message().ends_with('.')));
}
