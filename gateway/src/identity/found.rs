//! What became of the credential of a request, for those who must tell a dead session from none at all.

use std::sync::Arc;

use http::HeaderMap;

use super::{
    Identity, Known, Unavailable,
    cache::Belief,
    credential::{Bearer, Credential, Presented},
};
use crate::store::SessionToken;

/// Where a session may be read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// From memory, where that may be believed.
    Cached,
    /// From the database.
    Stored,
}

/// What is behind a request's credential.
#[derive(Debug, Clone)]
pub enum Found {
    /// There is no credential, or it is forged.
    Nobody,
    /// A true credential of a session that is no more.
    Gone,
    /// A session that has expired, or whose user is banned.
    Over(Arc<Known>),
    /// A live session.
    Live(Arc<Known>),
}

impl Identity {
    /// Finds the session behind the request's credential.
    ///
    /// # Errors
    /// When it can't be checked now.
    pub async fn find(&self, headers: &HeaderMap, reading: Reading) -> Result<Found, Unavailable> {
        let Some(credential) = self.true_credential(headers) else {
            return Ok(if self.names_nobody(headers) { Found::Gone } else { Found::Nobody });
        };
        let key = self.cache.key(&credential.token);
        let belief = match reading {
            Reading::Cached => self.cache.find(key, &credential.token),
            Reading::Stored => Belief::Ask,
        };
        let known = match belief {
            Belief::Known(known) => Some(known),
            Belief::Unknown => None,
            Belief::Outage(known) => Some(known.ok_or(Unavailable)?),
            Belief::Ask => self.load(key, &credential.token).await?,
        };
        Ok(match known {
            None => Found::Gone,
            Some(known) if known.is_alive(self.clock.now()) => Found::Live(known),
            Some(known) => Found::Over(known),
        })
    }

    /// The session token of the request's credential, if it is a true one; whether it still leads anywhere is not asked.
    pub fn token(&self, headers: &HeaderMap) -> Option<SessionToken> {
        Some(SessionToken::from(self.true_credential(headers)?.token.into_owned()))
    }

    fn true_credential<'h>(&self, headers: &'h HeaderMap) -> Option<Credential<'h>> {
        self.credential(headers).filter(|credential| self.signature_holds(credential))
    }

    /// Whether a raw bearer token is presented that no session can have.
    fn names_nobody(&self, headers: &HeaderMap) -> bool {
        let presented = Presented::read(headers, self.cookies.session_token());
        self.rules.bearer && !self.rules.signed_bearer && presented.bearer == Bearer::Unknown
    }
}
