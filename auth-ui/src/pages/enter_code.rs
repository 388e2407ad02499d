//! The page that asks for the code in a mail.

use askama::Template;

use crate::Site;

/// Asks for a code. Posts `email`, `code`, `remember_me` and `rd` to `{ui_path}/email-code/enter`; has another one sent by posting the
/// same without the code to `{ui_path}/email-code`.
#[derive(Debug, Template)]
#[template(path = "pages/enter_code.html")]
pub struct EnterCode<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// Where to go afterwards, already checked; empty when there is no such wish.
    pub return_to: &'a str,
    /// Where the code was sent, if it was.
    pub email: &'a str,
    /// How many digits it has.
    pub digits: usize,
    /// Whether the session is to outlive the browser.
    pub remember: bool,
    /// Why the last attempt failed.
    pub problem: Option<&'a str>,
}
