//! The page after signing out.

use askama::Template;

use crate::Site;

/// Confirms that the session has ended and offers to sign in again.
#[derive(Debug, Template)]
#[template(path = "pages/signed_out.html")]
pub struct SignedOut<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// Where to go after signing in again, already checked; empty when there is no such wish.
    pub return_to: &'a str,
}
