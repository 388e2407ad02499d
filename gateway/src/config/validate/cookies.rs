//! `[cookie]`

use super::{
    super::{SameSite, Secure, address::is_host},
    Report,
};

pub(super) fn check(report: &mut Report<'_>) {
    let cookie = &report.config().cookie;
    prefix(report, &cookie.prefix);
    domain(report, &cookie.domain);
    same_site(report);
}

fn prefix(report: &mut Report<'_>, prefix: &str) {
    let key = "cookie.prefix";
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if prefix.is_empty() {
        report.say(key, "is empty; the default is \"better-auth\"");
    } else if !prefix.bytes().all(legal) {
        let message =
            format!("{prefix:?} can't be part of a cookie's name; use letters, digits, \"-\", \"_\" and \".\"");
        report.say(key, message);
    } else if ["__secure-", "__host-"].iter().any(|reserved| prefix.to_ascii_lowercase().starts_with(reserved)) {
        report.say(
            key,
            "leave \"__Secure-\" and \"__Host-\" out; the gateway puts \"__Secure-\" in front when cookies are secure",
        );
    }
}

fn domain(report: &mut Report<'_>, written: &str) {
    if written.is_empty() {
        return;
    }
    let key = "cookie.domain";
    let domain = written.strip_prefix('.').unwrap_or(written).to_ascii_lowercase();
    let numeric = domain.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_host(&domain) || numeric || !domain.contains('.') {
        return report
            .say(key, format!("{written:?} is no domain that cookies can have; write one such as \".example.com\""));
    }
    let url = report.config().public_url(None);
    let host = url.host_str().unwrap_or_default();
    if host != domain && !host.ends_with(&format!(".{domain}")) {
        let message = format!(
            "browsers would drop the cookies: server.public_url is {}, and {host} does not lie in {written}",
            url.origin().ascii_serialization()
        );
        report.say(key, message);
    }
}

fn same_site(report: &mut Report<'_>) {
    let config = report.config();
    let secure = config.cookies_are_secure(&config.public_url(None));
    if config.cookie.same_site == SameSite::None && !secure {
        let why = match config.cookie.secure {
            Secure::Never => "cookie.secure is false",
            _ => "server.public_url is not https",
        };
        let message = format!("\"none\" needs secure cookies, but {why}; browsers would drop them");
        report.say("cookie.same_site", message);
    }
}
