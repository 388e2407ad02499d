//! `[admin]`: roles that can't be told apart, admins who can't be found.

use super::{super::Key, Report, numbers::nonzero_period};

pub(super) fn check(report: &mut Report<'_>) {
    let admin = &report.config().admin;
    if !admin.enabled {
        return;
    }
    if admin.default_role.is_empty() {
        report.say("admin.default_role", "is empty; every new user needs a role, such as \"user\"");
    }
    for (at, role) in admin.admin_roles.iter().enumerate().filter(|(_, role)| !is_name(role)) {
        report.say(Key::from("admin.admin_roles").at(at), no_name(role));
    }
    for role in admin.roles.keys().filter(|role| !is_name(role)) {
        report.say(Key::from("admin.roles").name(role), no_name(role));
    }
    for (at, address) in admin.admin_emails.iter().enumerate() {
        let parts = address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !parts || address.chars().any(char::is_whitespace) {
            let message = format!("{address:?} is no e-mail address; write one such as \"ada@example.com\"");
            report.say(Key::from("admin.admin_emails").at(at), message);
        }
    }
    if !admin.admin_emails.is_empty() && admin.admin_roles.is_empty() {
        report.say("admin.admin_emails", "names admins, but admin.admin_roles has no role to give them");
    }
    for (at, _) in admin.admin_user_ids.iter().enumerate().filter(|(_, id)| id.trim().is_empty()) {
        report.say(Key::from("admin.admin_user_ids").at(at), "is empty; `gateway user list` shows ids");
    }
    nonzero_period(report, Key::from("admin.impersonation_session_duration"), admin.impersonation_session_duration);
    if let Some(period) = admin.default_ban_expires_in {
        nonzero_period(report, Key::from("admin.default_ban_expires_in"), period);
    }
}

/// Whether a list of roles separated by commas can hold it.
fn is_name(role: &str) -> bool {
    !role.is_empty() && role.trim() == role && !role.contains(|c: char| c == ',' || c.is_control())
}

fn no_name(role: &str) -> String {
    format!("{role:?} is no name of a role: it has no comma and no blanks around it")
}
