//! What the store tells whoever keeps copies of its rows. Knows nothing of how the news arrives.

use std::time::Duration;

use super::{SessionId, UserId};

/// A change that copies of rows must not outlive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The session was deleted.
    SessionGone(SessionId),
    /// The session's row changed: it was extended or shortened, say.
    SessionChanged(SessionId),
    /// The user's row changed or was deleted.
    UserChanged(UserId),
    /// Anything may have changed.
    Everything,
}

impl Event {
    /// Reads the payload of a notification. What isn't understood, from a newer version, say, is [`Event::Everything`].
    pub(super) fn parse(payload: &str) -> Self {
        match payload.split_once(':') {
            Some(("session-gone", id)) => Self::SessionGone(id.into()),
            Some(("session", id)) => Self::SessionChanged(id.into()),
            Some(("user", id)) => Self::UserChanged(id.into()),
            _ => Self::Everything,
        }
    }
}

/// How far events can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Every change reaches us within milliseconds.
    Listening,
    /// The database answers, but changes may go unnoticed: copies are not to be believed.
    Deaf,
    /// The database can't be asked.
    Unreachable,
}

/// Is told of changes and of the state of the line they come by. Called synchronously, so it must be quick.
///
/// Own writes are told before the write returns. Coming (back) to [`Link::Listening`] is preceded by
/// [`Event::Everything`]. Until the first call of [`Watcher::link`] the line has to be taken for [`Link::Deaf`].
pub trait Watcher: Send + Sync {
    /// Something changed.
    fn changed(&self, event: &Event);
    /// The line's state, told whenever it is determined anew.
    fn link(&self, link: Link);
    /// How long a notification just took from its sending to us.
    fn lag(&self, lag: Duration);
}

/// For programs that keep no copies, such as the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn changed(&self, _: &Event) {}
    fn link(&self, _: Link) {}
    fn lag(&self, _: Duration) {}
}
