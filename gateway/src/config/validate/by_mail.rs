//! `[magic_link]`, `[email_otp]`, `[last_login_method]`.

use super::{super::Key, Report, numbers::nonzero_period};

/// Lengths of codes that can neither be guessed at once nor not be typed.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=32;

/// Wrong guesses at one code that still leave it safe.
const ATTEMPTS: std::ops::RangeInclusive<u32> = 1..=100;

pub(super) fn check(report: &mut Report<'_>) {
    let config = report.config();
    let (links, codes, last) = (&config.magic_link, &config.email_otp, &config.last_login_method);
    let periods = [
        ("magic_link.expires_in", links.expires_in),
        ("email_otp.expires_in", codes.expires_in),
        ("last_login_method.max_age", last.max_age),
    ];
    for (key, period) in periods {
        nonzero_period(report, Key::from(key), period);
    }
    if links.allowed_attempts != 1 {
        report.say("magic_link.allowed_attempts", "can only be 1: a link works once");
    }
    if !LENGTHS.contains(&codes.otp_length) {
        let message = format!("is {}; codes have {} to {} digits", codes.otp_length, LENGTHS.start(), LENGTHS.end());
        report.say("email_otp.otp_length", message);
    }
    if !ATTEMPTS.contains(&codes.allowed_attempts) {
        let message = format!("is {}, not between {} and {}", codes.allowed_attempts, ATTEMPTS.start(), ATTEMPTS.end());
        report.say("email_otp.allowed_attempts", message);
    }
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if last.cookie_name.is_empty() || !last.cookie_name.bytes().all(is_name) {
        report.say("last_login_method.cookie_name", format!("{:?} can't stand in a cookie", last.cookie_name));
    } else if ["session_token", "session_data", "dont_remember"].iter().any(|own| last.cookie_name.contains(own)) {
        report.say("last_login_method.cookie_name", "is the name of a cookie of the session");
    }
}
