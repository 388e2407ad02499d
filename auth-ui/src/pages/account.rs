//! The page of a signed-in user: who they are, where they are signed in, and the way out.

use askama::Template;

use super::initial;
use crate::Site;

/// Shows the user and their sessions. Posts to `{ui_path}/sign-out` and `{ui_path}/sessions/revoke`.
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
    /// The user's sessions in the order to be shown.
    pub sessions: Vec<SessionLine<'a>>,
    /// What has just happened, such as "Session ended".
    pub notice: Option<&'a str>,
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
    /// Whether this page was asked for with it.
    pub current: bool,
}

impl Account<'_> {
    fn initial(&self) -> String {
        initial(self.name, self.email)
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.current)
    }
}
