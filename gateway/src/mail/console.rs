//! Mails for developers: into the log, the only place where a link may stand in it.

use super::Outgoing;

/// Logs a mail with its link.
pub(super) fn show(mail: &Outgoing) {
    let Outgoing { to, letter, .. } = mail;
    match &letter.link {
        Some(link) => tracing::info!(mail.to = to, mail.link = link, "mail: {}", letter.subject),
        None => tracing::info!(mail.to = to, "mail: {}", letter.subject),
    }
}
