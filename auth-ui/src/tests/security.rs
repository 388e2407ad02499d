//! What pages must never do, whatever they are given.

use super::html::Document;
use super::{every_page, full_pages, site};
use crate::pages::{AlreadySignedIn, SignIn};
use crate::{CONTENT_SECURITY_POLICY, asset, assets, content_security_policy, render};

const NASTY: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)> &lt;b&gt; {{ 7 * 7 }} {% x %} </title>";

#[test]
fn text_stays_text() {
    for (page, html) in full_pages(NASTY) {
        let document = Document::read(page, &html);
        assert_eq!(document.all("script").count(), 1, "{page}: only our own script");
        assert!(document.all("img").all(|image| image.get("onerror").is_none()), "{page}");
        assert!(!html.contains("alert(1)</"), "{page}: {html}");
        assert!(html.contains("{{ 7 * 7 }}"), "{page}: text is not a template");
        for input in document
            .all("input")
            .filter(|input| ["rd", "email", "name", "id"].contains(&input.get("name").unwrap_or("")))
        {
            let value = input.get("value").unwrap_or_default();
            assert!([NASTY, "", "all"].contains(&value), "{page}: {value}");
        }
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for (page, html) in every_page("Ada") {
        let document = Document::read(page, &html);
        assert_eq!(document.all("style").count(), 0, "{page}");
        for tag in &document.tags {
            let inline = tag.attributes.iter().find(|(name, _)| name == "style" || name.starts_with("on"));
            assert!(inline.is_none(), "{page}: {tag:?}");
        }
        let loaded = ["script", "img", "link"].into_iter().flat_map(|name| document.all(name));
        for place in loaded.map(|tag| tag.get("src").or(tag.get("href")).unwrap_or_default()) {
            assert!(place.starts_with("/auth/assets/"), "{page}: loads {place:?}");
        }
    }
}

#[test]
fn every_asset_that_is_named_exists() {
    for (page, html) in every_page("Ada") {
        let names: Vec<&str> = html.split("/auth/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.len() >= 5, "{page}: {names:?}");
        for name in names {
            assert!(asset(name).is_some(), "{page}: {name}");
        }
    }
}

#[test]
fn assets_are_typed_hashed_and_self_contained() {
    for name in assets::names() {
        let file = asset(name).expect("it was listed");
        let text = String::from_utf8(file.bytes.into_owned()).expect("all our assets are text");
        let typed = match name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            other => panic!("an asset of an unknown kind: {other:?}"),
        };
        assert_eq!(file.content_type, typed, "{name}");
        let outside = ["@import", "url(http", "url(//", "<style", "<script", "href=", "innerHTML", "eval("];
        assert!(outside.iter().all(|word| !text.contains(word)), "{name}");
        let hash = name.split('.').nth(1).unwrap_or_default();
        assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    }
}

#[test]
fn only_exact_names_are_served() {
    for name in ["app.css", "", ".", "../Cargo.toml", "app.0000000000000000.css", "APP.CSS", "/etc/passwd", "app.css\0"]
    {
        assert!(asset(name).is_none(), "{name:?}");
    }
}

#[test]
fn a_return_target_that_runs_code_is_not_linked() {
    let link = |return_to| {
        let html = render(&AlreadySignedIn { site: site("Gateway"), name: "Ada", email: "a@example.com", return_to });
        let document = Document::read("already signed in", &html);
        document.all("a").last().and_then(|tag| tag.get("href")).unwrap_or_default().to_owned()
    };
    assert_eq!(link("/orders?page=2&sort=up"), "/orders?page=2&sort=up");
    assert_eq!(link("https://app.example.com/x"), "https://app.example.com/x");
    for hostile in ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", " /x", ""] {
        assert_eq!(link(hostile), "/auth/account", "{hostile:?}");
    }
}

#[test]
fn the_return_target_is_encoded_in_links() {
    let page = SignIn {
        site: site("Gateway"),
        return_to: "/a?b=c&d=é#e",
        email: "",
        user_names: false,
        problem: None,
        notice: None,
        resend: false,
        by_link: false,
        by_code: false,
        forgot_password: false,
        sign_up: true,
        providers: &[],
        return_host: None,
    };
    let html = render(&page);
    assert!(html.contains("href=\"/auth/sign-up?rd=%2Fa%3Fb%3Dc%26d%3D%C3%A9%23e\""), "{html}");
}

#[test]
fn the_policy_is_strict() {
    for word in ["unsafe", "*", "data:", "http:", "https:"] {
        assert!(!CONTENT_SECURITY_POLICY.contains(word), "{word}");
    }
    for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(CONTENT_SECURITY_POLICY.split("; ").any(|directive| directive == part), "{part}");
    }
}

#[test]
fn a_return_origin_is_added_only_when_it_cannot_end_the_directive() {
    assert_eq!(content_security_policy([]), CONTENT_SECURITY_POLICY);
    let policy = content_security_policy(["https://app.example.com", "http://[::1]:3000"]);
    assert!(
        policy.contains("form-action 'self' https://app.example.com http://[::1]:3000; frame-ancestors"),
        "{policy}"
    );
    let hostile = [
        "https://x; script-src *",
        "*",
        "https://*",
        "https:",
        "https://",
        "javascript:",
        "https://a b",
        "'unsafe-inline'",
    ];
    assert_eq!(content_security_policy(hostile), CONTENT_SECURITY_POLICY);
}
