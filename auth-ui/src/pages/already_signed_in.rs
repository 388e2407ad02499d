//! Shown instead of the sign-in form to someone who has a session.

use askama::Template;

use super::initial;
use crate::Site;

/// "You are signed in as …": go on, or use another account, which posts `rd` to `{ui_path}/sign-out`.
#[derive(Debug, Template)]
#[template(path = "pages/already_signed_in.html")]
pub struct AlreadySignedIn<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// The user's name.
    pub name: &'a str,
    /// The user's address.
    pub email: &'a str,
    /// Where "continue" leads, already checked; the account page when empty.
    pub return_to: &'a str,
}

impl AlreadySignedIn<'_> {
    fn initial(&self) -> String {
        initial(self.name, self.email)
    }
}
