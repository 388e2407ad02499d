//! `[identity_headers]`: names that can be headers, that differ, and that carry nothing else.

use super::{
    super::{AssertionSwitch, Key},
    Report,
};

/// Headers with a meaning of their own between client, gateway and upstream.
const TAKEN: [&str; 36] = [
    "accept",
    "accept-encoding",
    "age",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-method",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-uri",
    "x-real-ip",
    "x-request-id",
];

pub(super) fn check(report: &mut Report<'_>) {
    let headers = &report.config().identity_headers;
    let section = Key::from("identity_headers");
    let assertion = match &headers.assertion {
        AssertionSwitch::Named(name) => Some(name),
        AssertionSwitch::Flag(_) => None,
    };
    let given = [
        ("user_id", headers.user_id.as_ref()),
        ("role", headers.role.as_ref()),
        ("email", headers.email.as_ref()),
        ("name", headers.name.as_ref()),
        ("session_id", headers.session_id.as_ref()),
        ("assertion", assertion),
    ];
    for (key, name) in given.iter().filter_map(|(key, name)| name.map(|name| (key, name))) {
        if let Some(why) = unfit(name) {
            report.say(section.name(key), format!("{name:?} {why}"));
        }
    }
    let names = headers.names();
    for (i, (field, name)) in names.iter().enumerate() {
        if let Some((other, _)) = names[..i].iter().find(|(_, other)| folded(other) == folded(name)) {
            let key = section.name(if given.iter().any(|(key, name)| *key == field.key() && name.is_some()) {
                field.key()
            } else {
                other.key()
            });
            let message = format!("{name:?} is the name of two headers, `{}` and `{}`", other.key(), field.key());
            report.say(key, message);
        }
    }
}

fn unfit(name: &str) -> Option<&'static str> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.is_empty() || !name.bytes().all(legal) {
        Some("can't be the name of a header; use letters, digits and \"-\"")
    } else if TAKEN.contains(&folded(name).as_str()) {
        Some("has a meaning of its own and can't carry the identity")
    } else {
        None
    }
}

/// As an upstream may read it: case and the kind of dash make no difference.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
