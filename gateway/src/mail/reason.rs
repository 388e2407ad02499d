//! What a mail server said, made fit for the log and the outbox.

use std::sync::LazyLock;

use regex::Regex;

/// Most characters of a reason.
const MOST: usize = 300;

/// On one line, without the recipient's address and with links cut to where they lead: a server that dislikes a link
/// may well repeat it.
pub(super) fn reason(said: &str, recipient: &str) -> String {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)(https?://[^/\s?#]*)[/?#]\S*").ok());
    let line = super::plain::line(said, MOST);
    let line = without(&line, recipient);
    match LINK.as_ref() {
        Some(link) => link.replace_all(&line, "$1/…").into_owned(),
        None => line,
    }
}

/// The text with each occurrence of an address, in any case, replaced.
fn without(text: &str, address: &str) -> String {
    if address.is_empty() {
        return text.to_owned();
    }
    match Regex::new(&format!("(?i){}", regex::escape(address))) {
        Ok(occurrence) => occurrence.replace_all(text, "the recipient").into_owned(),
        Err(_) => text.to_owned(),
    }
}
