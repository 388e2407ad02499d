//! The sign-in page.

use askama::Template;

use super::ProviderLine;
use crate::Site;

/// Asks for e-mail and password. Posts `email`, `password`, `remember_me` and `rd` to `{ui_path}/sign-in`.
#[derive(Debug, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignIn<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// Where to go afterwards, already checked; empty when there is no such wish.
    pub return_to: &'a str,
    /// The address typed before, kept between attempts.
    pub email: &'a str,
    /// Whether a user name may be typed in place of the address.
    pub user_names: bool,
    /// Why the last attempt failed.
    pub problem: Option<&'a str>,
    /// Something good or neutral to say first, such as "Your session has ended".
    pub notice: Option<&'a str>,
    /// Whether to offer another link that proves the address, because the account is closed until that is done. Posts
    /// `email` and `rd` to `{ui_path}/resend-verification`.
    pub resend: bool,
    /// Whether to offer a new password to who has forgotten it.
    pub forgot_password: bool,
    /// Whether to offer a link by mail. Posts the form to `{ui_path}/magic-link`.
    pub by_link: bool,
    /// Whether to offer a code by mail. Posts the form to `{ui_path}/email-code`.
    pub by_code: bool,
    /// Whether to offer making an account.
    pub sign_up: bool,
    /// Providers to sign in with, in the order to be shown. Each is a link to `{ui_path}/continue/{id}`, with `sign_up`
    /// (whether it comes from the page that makes an account) and `rd`.
    pub providers: &'a [ProviderLine<'a>],
    /// The host of the return target when it is another one than this page's.
    pub return_host: Option<&'a str>,
}
