//! `Known`: a session and its user as they were read, with what every request needs prepared.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};

use super::{
    assertion::Assertions,
    cache::Key,
    credential::Credential,
    header_values::{IdentityText, IdentityValues},
    packed::Packed,
    policy::Facts,
};
use crate::{
    crypto::sign::{Signature, Signatures},
    store::{Session, SessionToken, User},
};

/// A session and its user. Shared by all requests of the session; never changed, only replaced.
#[derive(Debug)]
pub struct Known {
    rows: Packed,
    /// What the upstream gets of it.
    pub header_values: IdentityValues,
    key: Key,
    signatures: Signatures,
    dead: AtomicBool,
    extending: AtomicBool,
    assertions: OnceLock<Box<Assertions>>,
}

impl Known {
    /// Prepares what was read; `signatures` are those that the session's token may carry.
    pub(super) fn new(session: Session, user: &User, key: Key, signatures: Signatures) -> Self {
        let header_values = IdentityValues::new(IdentityText {
            user_id: user.id.as_str(),
            role: user.role.as_deref().unwrap_or_default(),
            email: &user.email,
            name: &user.name,
            session_id: session.id.as_str(),
        });
        Self {
            rows: Packed::new(session, user),
            header_values,
            key,
            signatures,
            dead: AtomicBool::new(false),
            extending: AtomicBool::new(false),
            assertions: OnceLock::new(),
        }
    }

    /// The session's row, unpacked.
    pub fn session(&self) -> Session {
        self.rows.session()
    }

    /// The user's row, unpacked.
    pub fn user(&self) -> User {
        self.rows.user()
    }

    /// The session's id.
    pub fn session_id(&self) -> &str {
        self.rows.session_id()
    }

    /// The user's id.
    pub fn user_id(&self) -> &str {
        self.rows.user_id()
    }

    /// What the client presents.
    pub fn token(&self) -> &SessionToken {
        self.rows.token()
    }

    /// Whether an admin acts as the user in this session.
    pub fn is_led(&self) -> bool {
        self.rows.is_led()
    }

    /// When the session ends unless it is extended.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.rows.expires_at()
    }

    /// What upstreams were told of it; takes up memory only where they are told.
    pub(super) fn assertions(&self) -> &Assertions {
        self.assertions.get_or_init(Box::default)
    }

    /// Where it lies in the cache.
    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// Whether the credential fits: same token, and the right signature if it carries one.
    pub(super) fn accepts(&self, credential: &Credential<'_>) -> bool {
        self.rows.token().matches(&credential.token)
            && credential.signature.as_ref().is_none_or(|signature| self.signatures.accept(signature))
    }

    /// Whether a signature that was accepted is not the one that would be made today.
    pub(super) fn is_of_old(&self, signature: &Signature) -> bool {
        !self.signatures.is_newest(signature)
    }

    /// Whether the session runs and its user is not banned.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.rows.expires_at() > now && !self.rows.is_banned(now)
    }

    /// What a policy asks about.
    pub fn facts(&self, now: DateTime<Utc>) -> Facts<'_> {
        let rows = &self.rows;
        Facts::new(rows.user_id(), rows.role(), rows.email_verified(), rows.created_at(), now)
    }

    /// Marks the copy as overtaken by a change in the database.
    pub(super) fn kill(&self) {
        self.dead.store(true, Ordering::Release);
    }

    /// Whether it has been overtaken.
    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    /// True for the first caller only.
    pub(super) fn claim_extension(&self) -> bool {
        !self.extending.swap(true, Ordering::AcqRel)
    }

    /// Whether nobody extends the session yet.
    pub fn is_extension_free(&self) -> bool {
        !self.extending.load(Ordering::Acquire)
    }

    /// Lets somebody else try again.
    pub(super) fn release_extension(&self) {
        self.extending.store(false, Ordering::Release);
    }
}
