//! A mail as it travels over SMTP: headers and both bodies (RFC 5322, MIME).

use std::time::SystemTime;

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{Failure, Outgoing};
use crate::config::Sender;

/// Says that no person wrote it (RFC 3834), so that nobody's holiday answers it.
pub(super) const AUTOMATIC: [(&str, &str); 2] =
    [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")];

/// The sender as headers have it.
pub(super) fn mailbox(sender: &Sender) -> Result<Mailbox, String> {
    let address: Address =
        sender.email.parse().map_err(|error| format!("mail.from: {:?} is no address: {error}", sender.email))?;
    Ok(Mailbox::new(sender.name.clone(), address))
}

/// The name of a mail for all the world, the same in every attempt.
pub(super) fn message_id(mail: &Outgoing, from: &Mailbox) -> String {
    format!("<{}@{}>", mail.id, from.email.domain())
}

/// Builds the message. Of the recipient only the address gets into a header.
pub(super) fn build(mail: &Outgoing, from: &Mailbox) -> Result<Message, Failure> {
    let refused = |why: &str| Failure::Refused(why.to_owned());
    let to: Address = mail.to.parse().map_err(|_| refused("the address is none that mail can be sent to"))?;
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&mail.letter.subject)
        .date(SystemTime::from(mail.posted_at))
        .message_id(Some(message_id(mail, from)));
    for (name, value) in AUTOMATIC {
        let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| refused("a header has no name"))?;
        message = message.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let bodies = MultiPart::alternative_plain_html(mail.letter.text.clone(), mail.letter.html.clone());
    message.multipart(bodies).map_err(|error| refused(&error.to_string()))
}
