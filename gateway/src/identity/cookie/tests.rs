use expect_test::{Expect, expect};
use http::{HeaderMap, HeaderValue, header::COOKIE};

use super::{BadCookie, Cookies, Copies};
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
        &cookies.clear_all(&Copies::default()),
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
        &[cookies.clear_copy(), cookies.clear_dont_remember()],
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
    assert!(cookies.copies(&HeaderMap::new()).are_none());
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

fn carrying(cookie: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(cookie).unwrap())])
}

#[test]
fn a_copy_is_read_whole_or_in_pieces() {
    let cookies = cookies(false, |_| {}).unwrap();
    for (sent, value) in [
        ("", None),
        ("better-auth.session_token=a", None),
        ("better-auth.session_data=abc", Some("abc")),
        ("better-auth.session_data=\"abc\"", Some("abc")),
        ("better-auth.session_data=", None),
        ("better-auth.session_data=; better-auth.session_data.0=abc", Some("abc")),
        ("better-auth.session_data=x; better-auth.session_data.0=abc", Some("x")),
        (
            "better-auth.session_data.1=b; better-auth.session_data.10=d; better-auth.session_data.0=a; \
          better-auth.session_data.2=c",
            Some("abcd"),
        ),
        ("better-auth.session_data.0=a; better-auth.session_data.0=b", Some("a")),
        (
            "better-auth.session_data.01=a; better-auth.session_data.x=b; better-auth.session_data.=c; \
          better-auth.session_data.-1=d; better-auth.session_data_x=e",
            None,
        ),
        ("__Secure-better-auth.session_data=abc", None),
    ] {
        assert_eq!(cookies.copies(&carrying(sent)).value(), value, "{sent}");
    }
}

#[test]
fn a_long_copy_is_cut_and_what_is_left_of_another_is_cleared() {
    let cookies = cookies(true, |_| {}).unwrap();
    let lines = |old: &str, length: usize| {
        let old = cookies.copies(&carrying(old));
        let lines = cookies.set_copy(&old, &"a".repeat(length), Some(300));
        assert!(lines.iter().all(|line| line.len() <= 4_050), "longer than browsers keep");
        let brief = |line: &HeaderValue| {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let (value, rest) = rest.split_once("; ").unwrap();
            let (max_age, _) = rest.split_once("; ").unwrap();
            format!("{} {} {max_age}", name.strip_prefix("__Secure-better-auth.").unwrap(), value.len())
        };
        lines.iter().map(brief).collect::<Vec<_>>().join("\n")
    };
    expect!["session_data 3960 Max-Age=300"].assert_eq(&lines("", 3_960));
    expect![[r#"
        session_data.0 3960 Max-Age=300
        session_data.1 1 Max-Age=300"#]]
    .assert_eq(&lines("", 3_961));
    expect![[r#"
        session_data 0 Max-Age=0
        session_data.0 3960 Max-Age=300
        session_data.1 40 Max-Age=300"#]]
    .assert_eq(&lines("__Secure-better-auth.session_data=abc", 4_000));
    expect![[r#"
        session_data.0 0 Max-Age=0
        session_data.1 0 Max-Age=0
        session_data 10 Max-Age=300"#]]
    .assert_eq(&lines("__Secure-better-auth.session_data.0=a; __Secure-better-auth.session_data.1=b", 10));
    expect![""].assert_eq(&lines("", 100 * 3_960 + 1));
}

#[test]
fn an_older_mark_and_an_older_session_are_accepted() {
    let signer = Signer::new(b"newest").accepting([b"0123456789abcdef0123456789abcdefXYZ!".as_slice()]);
    let cookies = Cookies::new(&CookieConfig::default(), false, Period::days(7), signer).unwrap();
    let mark = "better-auth.dont_remember=true.BFyhMoAFQICgH%2B%2B8ONDt5pnF0t4lX8vI8t0WqggnFC8%3D";
    assert!(cookies.has_dont_remember(&carrying(mark)));
    let new = cookies.sign_anew(TOKEN, Some(77))[0].to_str().unwrap().to_owned();
    assert!(new.contains("; Max-Age=77; "), "{new}");
    assert_eq!(cookies.sign_anew(TOKEN, None), cookies.set_session(TOKEN, false));
}
