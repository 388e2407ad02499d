//! The page that sends people to their mailbox.

use askama::Template;

use crate::Site;

/// Says that a link is on its way. Whether it really is depends on the address, which is not told.
#[derive(Debug, Template)]
#[template(path = "pages/check_mail.html")]
pub struct CheckMail<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// What the mail is for.
    pub link: MailedLink,
    /// Where to go after signing in, already checked; empty when there is no such wish.
    pub return_to: &'a str,
}

/// What a link in a mail does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailedLink {
    /// It lets its reader set a new password.
    NewPassword,
    /// It proves an address.
    ProvesAddress,
    /// It signs its reader in.
    SignsIn,
}
