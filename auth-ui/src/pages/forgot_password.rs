//! The page for who has forgotten the password.

use askama::Template;

use crate::Site;

/// Asks for the address that a link is to be mailed to. Posts `email` and `rd` to `{ui_path}/forgot-password`.
#[derive(Debug, Template)]
#[template(path = "pages/forgot_password.html")]
pub struct ForgotPassword<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// Where to go after signing in again, already checked; empty when there is no such wish.
    pub return_to: &'a str,
    /// The address typed before.
    pub email: &'a str,
    /// Why the last attempt failed.
    pub problem: Option<&'a str>,
}
