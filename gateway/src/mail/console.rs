//! Mails for developers: into the log, the only place where a link or a code may stand in it.

use super::Outgoing;

/// Logs a mail with its link or its code.
pub(super) fn show(mail: &Outgoing) {
    let Outgoing { to, letter, .. } = mail;
    match (&letter.link, &letter.code) {
        (Some(link), _) => tracing::info!(mail.to = to, mail.link = link, "mail: {}", letter.subject),
        (None, Some(code)) => tracing::info!(mail.to = to, mail.code = code, "mail: {}", letter.subject),
        (None, None) => tracing::info!(mail.to = to, "mail: {}", letter.subject),
    }
}
