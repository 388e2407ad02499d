//! The page behind the link in a mail for a forgotten password.

use askama::Template;

use crate::Site;

/// Asks for the new password, or says that the link is of no use. Posts `token`, `password` and `rd` to
/// `{ui_path}/reset-password`.
#[derive(Debug, Template)]
#[template(path = "pages/reset_password.html")]
pub struct ResetPassword<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// Where to go after signing in, already checked; empty when there is no such wish.
    pub return_to: &'a str,
    /// The secret of the link; empty when the link has been used or is too old.
    pub token: &'a str,
    /// Why the last attempt failed.
    pub problem: Option<&'a str>,
    /// The fewest characters a password may have.
    pub min_length: usize,
}
