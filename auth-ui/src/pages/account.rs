//! The page of a signed-in user: who they are, how and where they sign in, and the ways out.

use askama::Template;

use super::initial;
use crate::Site;

/// Shows the user and their sessions. Posts to `{ui_path}/sign-out`, `{ui_path}/sessions/revoke`, and below
/// `{ui_path}/account` to `name`, `password`, `unlink` and `delete`.
#[derive(Debug, Template)]
#[template(path = "pages/account.html")]
pub struct Account<'a> {
    /// Names and places.
    pub site: Site<'a>,
    /// The user's name.
    pub name: &'a str,
    /// The user's address.
    pub email: &'a str,
    /// The user's role; nothing is shown when it is empty.
    pub role: &'a str,
    /// Whether the address is known to be the user's.
    pub email_verified: bool,
    /// The ways in which the user can sign in.
    pub ways: Vec<WayLine<'a>>,
    /// The least length of a new password; none when the user has no password to be changed.
    pub min_length: Option<usize>,
    /// The user's sessions in the order to be shown.
    pub sessions: Vec<SessionLine<'a>>,
    /// How the account can be deleted; nothing when it can't.
    pub deletion: Option<Deletion>,
    /// What has just happened, such as "Session ended".
    pub notice: Option<&'a str>,
    /// Why what was asked for did not happen.
    pub problem: Option<&'a str>,
}

/// One session in the list.
#[derive(Clone, Debug)]
pub struct SessionLine<'a> {
    /// What `{ui_path}/sessions/revoke` gets as `id`.
    pub id: &'a str,
    /// The browser and system, in words.
    pub device: &'a str,
    /// The address it was used from; may be empty.
    pub ip: &'a str,
    /// When it began, in words; may be empty.
    pub created: &'a str,
    /// The day it was last used, in words; may be empty.
    pub used: &'a str,
    /// Whether this page was asked for with it.
    pub current: bool,
}

/// One way to sign in.
#[derive(Clone, Debug)]
pub struct WayLine<'a> {
    /// What `{ui_path}/account/unlink` gets as `id`.
    pub id: &'a str,
    /// What it is, such as "Password".
    pub name: &'a str,
    /// Since when there is it, in words.
    pub since: &'a str,
}

/// What it takes to delete the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The password is asked for.
    pub password: bool,
    /// A link is mailed that has to be followed.
    pub mail: bool,
}

impl Account<'_> {
    fn initial(&self) -> String {
        initial(self.name, self.email)
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.current)
    }
}
