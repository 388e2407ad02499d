//! What is stripped, what is injected, what `Connection` may name.

use http::{HeaderMap, HeaderValue, header::CONNECTION};

use crate::{
    config::{IdentityField, IdentityHeadersConfig},
    identity::header_values::{IdentityText, IdentityValues, header_value_of},
    proxy::headers::{ConnectionFix, HeaderPlan},
};

pub(super) fn plan(keys: &str) -> HeaderPlan {
    HeaderPlan::compile(&config(keys)).unwrap()
}

fn config(keys: &str) -> IdentityHeadersConfig {
    toml::from_str(keys).unwrap()
}

#[test]
fn identity_headers_of_every_preset_go_in_any_spelling_from_anybody() {
    for plan in [plan(""), plan("preset = 'remote'"), plan("preset = 'forwarded'"), plan("preset = 'auth-request'")] {
        for name in [
            "x-user-id",
            "X-User-Id",
            "X_USER_ID",
            "x_user-id",
            "x.user.id",
            "x~user~id",
            "x-user-role",
            "x-user-roles",
            "x-user-email",
            "x-user-name",
            "x-session-id",
            "x_session_id",
            "x-auth-assertion",
            "remote-user",
            "Remote_User",
            "remote-groups",
            "remote_email",
            "remote-name",
            "remote-anything",
            "x-forwarded-user",
            "x_forwarded_groups",
            "x-forwarded-email",
            "x-forwarded-preferred-username",
            "x-forwarded-access-token",
            "x-auth-request-user",
            "x_auth_request_groups",
            "x-auth-request-access-token",
            "x-http-method-override",
            "x_http_method",
            "x-original-url",
            "x-rewrite-url",
            "proxy",
            "x-forwarded-for",
            "x_forwarded_for",
            "forwarded",
            "x-envoy-original-path",
            "x-forwarded-uri",
            "x-forwarded-method",
        ] {
            assert!(plan.must_strip(name, true) && plan.must_strip(name, false), "{name}");
        }
    }
}

#[test]
fn proxies_headers_go_unless_the_peer_is_trusted() {
    let plan = plan("");
    for name in [
        "x-forwarded-prefix",
        "X_Forwarded_Prefix",
        "x-forwarded-ssl",
        "x-real-ip",
        "x_real_ip",
        "x-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "cf_connecting_ip",
        "fastly-client-ip",
        "x-cluster-client-ip",
        "x-proxyuser-ip",
        "x-envoy-external-address",
        "x-azure-clientip",
        "x-azure-socketip",
        "x-ssl-client-verify",
        "x-client-cert",
        "client-cert",
        "client-cert-chain",
        "ssl-client-verify",
        "x-forwarded-client-cert",
        "forwarded-for",
        "x-amzn-oidc-identity",
        "x-scheme",
        "front-end-https",
    ] {
        assert!(plan.must_strip(name, false), "{name}");
        assert!(!plan.must_strip(name, true), "{name}");
    }
}

#[test]
fn the_rest_is_left_alone() {
    let plan = plan("");
    for name in [
        "host",
        "user-agent",
        "accept",
        "accept-language",
        "authorization",
        "cookie",
        "content-type",
        "content-length",
        "origin",
        "referer",
        "x-requested-with",
        "x-request-id",
        "x-csrf-token",
        "x-api-key",
        "x-user-agent",
        "x-user-idx",
        "x-user--id",
        "ax-user-id",
        "x",
        "sec-fetch-mode",
        "traceparent",
        "x-b3-traceid",
        "x-amz-date",
        "if-none-match",
        "te",
        "upgrade",
        "connection",
        "priority",
        "x-foo",
        "xuserid",
        "remote",
    ] {
        assert!(!plan.must_strip(name, false), "{name}");
    }
    assert!(!plan.must_strip(&"x-user-id".repeat(20), false));
    assert!(plan.must_strip(&format!("x-forwarded-{}", "a".repeat(200)), false));
}

#[test]
fn names_of_ones_own_are_guarded_too() {
    let plan = plan("user_id = 'X-Account'\nassertion = 'My_Proof'");
    for name in ["x-account", "X_ACCOUNT", "my-proof", "my_proof", "x-user-id", "x-user-email"] {
        assert!(plan.must_strip(name, true), "{name}");
    }
    let name = |field| plan.name_of(field).map(http::HeaderName::as_str);
    assert_eq!(name(IdentityField::UserId), Some("x-account"));
    assert_eq!(name(IdentityField::Role), Some("x-user-role"));
    assert_eq!(name(IdentityField::Assertion), Some("my_proof"));
}

#[test]
fn names_that_can_not_be_used_are_told() {
    for keys in [
        "user_id = 'a b'",
        "email = ''",
        "user_id = 'Cookie'",
        "role = 'Content_Length'",
        "name = 'X'",
        "email = 'X-Forwarded-For'",
        "role = 'X_USER_ID'",
        "assertion = 'Authorization'",
        "name = 'Connection'",
        "name = 'Sec-Fetch-Mode'",
    ] {
        assert_eq!(HeaderPlan::compile(&config(keys)).map(|_| ()).map_err(|problems| problems.len()), Err(1), "{keys}");
    }
}

#[track_caller]
fn connection(lines: &[&str], fix: &ConnectionFix) {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(CONNECTION, HeaderValue::from_bytes(line.as_bytes()).unwrap());
    }
    assert_eq!(&plan("").connection(&headers), fix, "{lines:?}");
}

#[test]
fn connection_names_nothing_guarded() {
    let replaced = |text| ConnectionFix::Replace(HeaderValue::from_static(text));
    connection(&[], &ConnectionFix::AsIs);
    connection(&["keep-alive"], &ConnectionFix::AsIs);
    connection(&["Upgrade, HTTP2-Settings", "TE"], &ConnectionFix::AsIs);
    connection(&["close, X-Custom"], &ConnectionFix::AsIs);
    connection(&["close, X-User-Id"], &replaced("close"));
    connection(&["keep-alive, x_user_role ,Cookie,Host", "upgrade, Authorization"], &replaced("keep-alive, upgrade"));
    connection(&["Content-Length, close, Transfer-Encoding"], &replaced("close"));
    connection(&["X-Forwarded-For, Forwarded, X-Real-IP"], &ConnectionFix::Remove);
    connection(&["close, caf\u{e9}"], &ConnectionFix::Remove);
}

#[test]
fn each_identity_header_is_sent_once_and_empty_for_nobody() {
    let plan = plan("assertion = true");
    let nobody: Vec<_> = plan.identity(None).map(|(name, value)| (name.as_str(), value.is_empty())).collect();
    let empty = ["x-user-id", "x-user-role", "x-user-email", "x-user-name", "x-session-id"].map(|name| (name, true));
    assert_eq!(nobody, empty);
    let text =
        IdentityText { user_id: "u1", role: "admin,user", email: "a@b.c", name: "Zo\u{eb} Ngo", session_id: "s1" };
    let values = IdentityValues::new(text);
    let ada: Vec<_> = plan.identity(Some(&values)).map(|(_, value)| value.to_str().unwrap().to_owned()).collect();
    assert_eq!(ada, ["u1", "admin,user", "a@b.c", "Zo%C3%AB Ngo", "s1"]);
}

#[test]
fn values_are_plain_text_that_decodes_to_the_original() {
    for (text, value) in [
        ("", ""),
        ("Ada Lovelace", "Ada Lovelace"),
        (" Ada ", "%20Ada%20"),
        (" ", "%20"),
        ("100%", "100%25"),
        ("a\r\nX-User-Role: admin", "a%0D%0AX-User-Role: admin"),
        ("a\0b\tc\x7f", "a%00b%09c%7F"),
        ("\u{65e5}\u{672c}", "%E6%97%A5%E6%9C%AC"),
        ("a+b=c@d.e;\"f\"", "a+b=c@d.e;\"f\""),
    ] {
        assert_eq!(header_value_of(text), value, "{text:?}");
        assert_eq!(percent_encoding::percent_decode_str(value).decode_utf8().unwrap(), text);
    }
}

#[test]
fn long_values_are_cut_after_a_whole_character() {
    let value = header_value_of(&"\u{20ac}".repeat(1000));
    assert_eq!(value.len(), 1017);
    assert!(value.to_str().unwrap().ends_with("%AC"));
    assert_eq!(header_value_of(&"a".repeat(5000)).len(), 1024);
}
