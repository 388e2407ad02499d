use expect_test::{Expect, expect};
use http::{HeaderMap, HeaderValue, header::COOKIE};

use super::{BadCookie, Cookies};
use crate::{
    config::{CookieConfig, Period, SameSite},
    crypto::sign::Signer,
};

const TOKEN: &str = "t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33";

fn cookies(secure: bool, change: impl FnOnce(&mut CookieConfig)) -> Result<Cookies, BadCookie> {
    let mut config = CookieConfig::default();
    change(&mut config);
    Cookies::new(&config, secure, Period::days(7), Signer::new(b"0123456789abcdef0123456789abcdefXYZ!"))
}

fn check(lines: &[HeaderValue], expected: &Expect) {
    expected.assert_eq(&lines.iter().map(|line| line.to_str().unwrap()).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_remembered_session_lives_as_long_as_configured() {
    check(
        &cookies(false, |_| {}).unwrap().set_session(TOKEN, true),
        &expect![
            "better-auth.session_token=t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33.c6nPF9TeIAFpIWZGcI2DViZKVd9lMOuf73dY0mWLPhc%3D; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
        ],
    );
}

#[test]
fn one_that_is_not_remembered_ends_with_the_browser() {
    check(
        &cookies(false, |_| {}).unwrap().set_session(TOKEN, false),
        &expect![[r#"
            better-auth.session_token=t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33.c6nPF9TeIAFpIWZGcI2DViZKVd9lMOuf73dY0mWLPhc%3D; Path=/; HttpOnly; SameSite=Lax
            better-auth.dont_remember=true.BFyhMoAFQICgH%2B%2B8ONDt5pnF0t4lX8vI8t0WqggnFC8%3D; Path=/; HttpOnly; SameSite=Lax"#]],
    );
}

#[test]
fn under_https_names_and_attributes_say_so() {
    let cookies = cookies(true, |c| c.domain = ".example.com".into()).unwrap();
    check(
        &cookies.set_session(TOKEN, true),
        &expect![
            "__Secure-better-auth.session_token=t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33.c6nPF9TeIAFpIWZGcI2DViZKVd9lMOuf73dY0mWLPhc%3D; Max-Age=604800; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax"
        ],
    );
    check(
        &cookies.clear_all(),
        &expect![[r#"
            __Secure-better-auth.session_token=; Max-Age=0; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax
            __Secure-better-auth.session_data=; Max-Age=0; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax
            __Secure-better-auth.dont_remember=; Max-Age=0; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax"#]],
    );
}

#[test]
fn clearing_keeps_the_attributes() {
    let cookies = cookies(false, |c| (c.prefix, c.same_site) = ("app".into(), SameSite::Strict)).unwrap();
    check(
        &[cookies.clear_session_data(), cookies.clear_dont_remember()],
        &expect![[r#"
        app.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict
        app.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"#]],
    );
    assert_eq!(cookies.prefix(), "app");
    assert_eq!(cookies.session_token(), "app.session_token");
}

#[test]
fn values_are_encoded_as_javascript_does() {
    let cookies = cookies(false, |_| {}).unwrap();
    let line = cookies.set_signed("x", "a:b!c~*'()-_ é\r\n;", None);
    assert!(line.to_str().unwrap().starts_with("x=a%3Ab!c~*'()-_%20%C3%A9%0D%0A%3B."), "{line:?}");
}

#[test]
fn the_mark_counts_only_when_we_signed_it() {
    let cookies = cookies(false, |_| {}).unwrap();
    let carries = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("better-auth.dont_remember={value}").parse().unwrap());
        cookies.has_dont_remember(&headers)
    };
    assert!(carries("true.BFyhMoAFQICgH%2B%2B8ONDt5pnF0t4lX8vI8t0WqggnFC8%3D"));
    for bad in ["", "true", "true.", "false.BFyhMoAFQICgH%2B%2B8ONDt5pnF0t4lX8vI8t0WqggnFC8%3D"] {
        assert!(!carries(bad), "{bad}");
    }
    assert!(!cookies.has_dont_remember(&HeaderMap::new()));
    assert!(!cookies.has_session_data(&HeaderMap::new()));
}

#[test]
fn what_cannot_stand_in_a_cookie_is_refused() {
    for prefix in ["", "a b", "a=b", "a;b", "é", "a\n"] {
        let refused = cookies(false, |c| c.prefix = prefix.into()).unwrap_err();
        assert_eq!(refused.key, "cookie.prefix");
    }
    for domain in ["a b", "example.com; Secure", "exämple.com", "a\n", "a:80"] {
        let refused = cookies(false, |c| c.domain = domain.into()).unwrap_err();
        assert_eq!(refused.to_string(), format!("cookie.domain \"{domain}\" can't stand in a cookie"));
    }
}
