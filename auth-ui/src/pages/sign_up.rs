//! The page that makes an account.

use askama::Template;

use super::ProviderLine;
use crate::Site;

/// Asks for name, e-mail and password. Posts `name`, `email`, `password` and `rd` to `{ui_path}/sign-up`.
#[derive(Debug, Template)]
#[template(path = "pages/sign_up.html")]
pub struct SignUp<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// Where to go afterwards, already checked; empty when there is no such wish.
    pub return_to: &'a str,
    /// The name typed before.
    pub name: &'a str,
    /// The address typed before.
    pub email: &'a str,
    /// The user name typed before; none where there are no user names.
    pub username: Option<&'a str>,
    /// Why the last attempt failed.
    pub problem: Option<&'a str>,
    /// Providers to make an account with, as on the sign-in page.
    pub providers: &'a [ProviderLine<'a>],
    /// The fewest characters a password may have.
    pub min_length: usize,
}
