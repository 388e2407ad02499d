use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::{
    app::origins::TrustedOrigins,
    proxy::{forward_auth, path::Target, websocket},
};

fn is_forwarded_as_judged(sent: &str) -> bool {
    forward_auth::is_forwarded_as_judged(sent, &Target::parse(sent).expect("a path"))
}

#[test]
fn a_path_that_was_resolved_is_not_the_one_that_is_forwarded() {
    for sent in ["/", "/a/b", "/a/b/?x=/../y", "/caf%c3%a9", "/%61dmin", "/a%7eb", "/a,b?ids=1,2", "/a[0]"] {
        assert!(is_forwarded_as_judged(sent), "{sent}");
    }
    for sent in ["/admin/../public", "/admin/%2e%2e/public", "/a/./b", "//admin", "/a//b", "/admin/.%2e/public?x"] {
        assert!(!is_forwarded_as_judged(sent), "{sent}");
    }
}

#[test]
fn a_field_is_there_exactly_once() {
    let name = HeaderName::from_static("x-forwarded-uri");
    let once = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_static(value));
        }
        forward_auth::once(&headers, &name).map(str::to_owned).ok()
    };
    assert_eq!(once(&["/items?ids=1,2"]).as_deref(), Some("/items?ids=1,2"));
    for odd in [&[][..], &[""], &["/a", "/a"]] {
        assert_eq!(once(odd), None, "{odd:?}");
    }
}

#[test]
fn a_foreign_page_opens_no_websocket() {
    let own = Url::parse("https://app.example.com").expect("a URL");
    let origins = TrustedOrigins::new(&own, &["https://friend.example.com".to_owned()]);
    let is_foreign = |lines: &[(&'static str, &'static str)]| {
        let headers: HeaderMap = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        websocket::is_foreign(&headers, Some("api.example.com"), &origins)
    };
    let key = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let (upgrade, evil) = (("upgrade", "websocket"), ("origin", "https://evil.test"));
    assert!(is_foreign(&[upgrade, evil]));
    assert!(is_foreign(&[key, evil]), "a proxy that asks has taken the upgrade out");
    assert!(is_foreign(&[("sec-fetch-mode", "websocket"), evil]), "over HTTP/2 there is no key");
    assert!(!is_foreign(&[evil]), "not a handshake");
    assert!(!is_foreign(&[key, upgrade]), "not a browser");
    assert!(!is_foreign(&[key, ("origin", "https://api.example.com")]), "the same host");
    assert!(!is_foreign(&[key, ("origin", "https://friend.example.com")]), "a trusted one");
    assert!(!is_foreign(&[key, evil, ("authorization", "Bearer x")]), "not a browser");
}
