//! `[username]`, `[anonymous]`, `[multi_session]`, `[one_time_token]`: rules that nobody could follow.

use super::{super::Key, Report, numbers};

/// Most characters of a user name that an index can hold on either database.
const LONGEST: usize = 255;

pub(super) fn check(report: &mut Report<'_>) {
    let config = report.config();
    let names = &config.username;
    if names.max_username_length < names.min_username_length || names.max_username_length > LONGEST {
        report.say(
            "username.max_username_length",
            format!("must be at least min_username_length ({}) and at most {LONGEST}", names.min_username_length),
        );
    }
    for (key, expression) in [
        ("username.username_validator", &names.username_validator),
        ("username.display_username_validator", &names.display_username_validator),
    ] {
        if let Err(error) = regex::Regex::new(expression) {
            let why = error.to_string();
            report.say(key, format!("is no regular expression: {}", why.lines().last().unwrap_or_default().trim()));
        }
    }
    let domain = &config.anonymous.email_domain_name;
    if !domain.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b)) {
        report.say("anonymous.email_domain_name", format!("\"{domain}\" is no domain"));
    }
    if config.multi_session.maximum_sessions == 0 {
        report.say("multi_session.maximum_sessions", "must be at least 1");
    }
    numbers::nonzero_period(report, Key::from("one_time_token.expires_in"), config.one_time_token.expires_in);
}
