//! `[auth]`, `[session]`, `[email_password]`, `[password]`.

use super::{
    super::{
        Key, Period,
        secret::{HOW_TO_MAKE, MIN_BYTES, missing},
    },
    Report,
};

/// What Better Auth signs with when nobody has set a secret. Everybody knows it.
const KNOWN_SECRET: &str = "better-auth-secret-12345678901234567890";

/// Longer than any sign-in should last; beyond it dates no longer fit every database.
const LONGEST_SESSION: Period = Period::days(3650);

pub(super) fn check(report: &mut Report<'_>) {
    secret(report);
    paths(report);
    session(report);
    passwords(report);
    names(report);
}

fn secret(report: &mut Report<'_>) {
    let config = report.config();
    let (single, several) = (&config.auth.secret, &config.auth.secrets.0);
    if single.is_empty() && several.is_empty() && config.database.is_postgres() {
        report.say("auth.secret", missing());
    }
    if let Some(why) = weakness(single.expose()).filter(|_| !single.is_empty()) {
        report.say("auth.secret", why);
    }
    for (i, entry) in several.iter().enumerate() {
        let key = Key::from("auth.secrets").at(i);
        let earlier = &several[..i];
        if let Some(why) = weakness(entry.secret.expose()) {
            report.say(key, why);
        } else if let Some(same) = earlier.iter().position(|other| other.secret == entry.secret) {
            report.say(key, format!("is the same secret as auth.secrets[{same}]; each is listed once"));
        } else if entry.version.is_some() && earlier.iter().any(|other| other.version == entry.version) {
            report.say(key, "has the version of another secret; give the newest a number of its own");
        }
    }
}

/// Why nothing should be signed with a secret.
fn weakness(secret: &str) -> Option<String> {
    if secret == KNOWN_SECRET {
        Some(format!("this is the publicly known default of Better Auth; {HOW_TO_MAKE}"))
    } else if secret.len() < MIN_BYTES {
        Some(format!("is too short: {} of at least {MIN_BYTES} bytes; {HOW_TO_MAKE}", secret.len()))
    } else if secret.bytes().all(|b| b == secret.as_bytes()[0]) {
        Some(format!("is one character repeated; {HOW_TO_MAKE}"))
    } else {
        None
    }
}

fn paths(report: &mut Report<'_>) {
    let auth = &report.config().auth;
    let (base, ui) = (auth.base_path.as_str(), auth.ui_path.as_str());
    let mut well = true;
    for (key, path, default) in [("auth.base_path", base, "/api/auth"), ("auth.ui_path", ui, "/auth")] {
        if let Err(why) = own_path(path) {
            report.say(key, format!("{path:?} {why}; write one such as \"{default}\""));
            well = false;
        }
    }
    if well && (within(base, ui) || within(ui, base)) {
        let (key, other) = match report.loaded.is_given("auth.ui_path") {
            true => ("auth.ui_path", "auth.base_path"),
            false => ("auth.base_path", "auth.ui_path"),
        };
        let message = format!(
            "the auth API at {base:?} and the pages at {ui:?} overlap; give one of them another place (here or as {other})"
        );
        report.say(key, message);
    }
}

/// Whether `path` is `root` or lies below it.
pub(super) fn within(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn own_path(path: &str) -> Result<(), &'static str> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    if !path.starts_with('/') {
        Err("does not start with a slash")
    } else if path == "/" {
        Err("would take every path, so that nothing is left for the upstreams")
    } else if path.ends_with('/') {
        Err("ends with a slash")
    } else if !path.bytes().all(legal) {
        Err("has other characters than letters, digits, - . _ ~ and /")
    } else if path[1..].split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        Err("has an empty segment, \".\" or \"..\"")
    } else {
        Ok(())
    }
}

fn session(report: &mut Report<'_>) {
    let session = &report.config().session;
    if session.update_age >= session.expires_in {
        let (age, life) = (session.update_age, session.expires_in);
        let message = format!(
            "is \"{age}\", not shorter than session.expires_in (\"{life}\"): sessions would end before they are extended"
        );
        report.say("session.update_age", message);
    }
    if session.expires_in > LONGEST_SESSION {
        report.say("session.expires_in", "is longer than ten years (\"3650d\")");
    }
}

fn passwords(report: &mut Report<'_>) {
    let lengths = &report.config().email_password;
    if lengths.min_length < 1 {
        report.say("email_password.min_length", "is 0, which would let everybody have an empty password");
    }
    if lengths.min_length > lengths.max_length {
        let (min, max) = (lengths.min_length, lengths.max_length);
        let message = format!("is {min}, more than email_password.max_length ({max}), so no password would do");
        report.say("email_password.min_length", message);
    }
    let password = &report.config().password;
    let least = 8 * u64::from(password.parallelism) * 1024;
    if password.memory.0 < least {
        report
            .say("password.memory", format!("is too little for argon2id; it needs 8KiB per lane, here {least} bytes"));
    }
    if password.memory.0 > 4 << 30 {
        report.say("password.memory", "is more than 4GiB for each password that is checked");
    }
}

fn names(report: &mut Report<'_>) {
    let config = report.config();
    if config.auth.app_name.trim().is_empty() {
        report.say("auth.app_name", "is empty; pages and mails need a name to show");
    }
}
