//! The one decision: credential → session → verdict. Proxy and forward-auth only translate the [`Verdict`].
//!
//! Knows the cache, the store and the rules of a session; knows nothing of HTTP answers.

mod assertion;
mod by_jwt;
pub mod cache;
pub mod cookie;
pub mod credential;
mod found;
pub mod header_values;
mod index;
pub mod keys;
mod known;
mod load;
mod packed;
pub mod permissions;
pub mod policy;
pub mod tokens;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use tokio::sync::broadcast;

use crate::{
    clock::Clock,
    config::{AdminConfig, BearerConfig, SessionConfig},
    crypto::sign::Signer,
    store::{Event, Store, StoreError},
};
use cache::{Belief, SessionCache};
use cookie::Cookies;
use credential::{Bearer, Credential, Presented, Source};
use permissions::Permissions;
use policy::{Judgement, Policy, Why};

pub use found::{Found, Reading};
pub use known::Known;

/// Whether a request may go on.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Yes; with the identity, if the route wants one and there is one.
    Allow(Option<Arc<Known>>),
    /// Not without signing in.
    SignIn,
    /// Signed in, and still no.
    Forbidden(Why),
    /// It could not be checked: the database can't be reached and nothing that is known may be believed.
    Unavailable,
}

/// The database could not be asked in time, and nothing in memory may answer in its place.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the session can't be checked now")]
pub struct Unavailable;

/// Finds who is behind a request.
pub struct Identity {
    store: Store,
    cache: Arc<SessionCache>,
    loads: load::Loads,
    signer: Signer,
    cookies: Cookies,
    rules: Rules,
    tokens: Option<Arc<tokens::Tokens>>,
    clock: Clock,
}

/// What holds for every session.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Lifetime after the last extension.
    pub expires_in: TimeDelta,
    /// Age after which a session is extended.
    pub update_age: TimeDelta,
    /// Age up to which a session counts as fresh; zero: any age.
    pub fresh_age: TimeDelta,
    /// Whether bearer tokens are accepted.
    pub bearer: bool,
    /// Whether a bearer token must carry its signature.
    pub signed_bearer: bool,
    /// What roles permit.
    pub permissions: Permissions,
}

impl Rules {
    /// As configured.
    pub fn new(session: &SessionConfig, bearer: &BearerConfig, admin: &AdminConfig) -> Self {
        Self {
            expires_in: session.expires_in.delta(),
            update_age: session.update_age.delta(),
            fresh_age: session.fresh_age.delta(),
            bearer: bearer.enabled,
            signed_bearer: bearer.require_signature,
            permissions: Permissions::new(admin),
        }
    }

    /// Whether a session made at `created` is fresh at `now`.
    pub fn is_fresh(&self, created: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.fresh_age.is_zero() || now - created < self.fresh_age
    }
}

impl Identity {
    /// Puts the decision together.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of the decision, put together in one place")]
    pub fn new(
        store: Store,
        cache: Arc<SessionCache>,
        signer: Signer,
        cookies: Cookies,
        rules: Rules,
        clock: Clock,
    ) -> Self {
        Self { store, cache, loads: load::Loads::default(), signer, cookies, rules, tokens: None, clock }
    }

    /// The rules of sessions.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Decides whether a request with these headers may pass a route with this policy.
    pub async fn authorize(&self, headers: &HeaderMap, policy: &Policy) -> Verdict {
        if !policy.wants_identity() {
            return Verdict::Allow(None);
        }
        let known = match policy.jwt {
            true => self.resolve_with_jwt(headers).await,
            false => self.resolve(headers).await,
        };
        let Ok(known) = known else {
            return Verdict::Unavailable;
        };
        let facts = known.as_deref().map(|known| known.facts(self.clock.now()));
        match policy.judge(facts, &self.rules.permissions) {
            Judgement::Allow => Verdict::Allow(known),
            Judgement::SignIn => Verdict::SignIn,
            Judgement::Forbidden(why) => Verdict::Forbidden(why),
        }
    }

    /// The live session behind the request's credential, from memory where it may be believed.
    pub async fn resolve(&self, headers: &HeaderMap) -> Result<Option<Arc<Known>>, Unavailable> {
        let Some(credential) = self.credential(headers) else {
            return Ok(None);
        };
        self.resolve_credential(&credential).await
    }

    /// The live session behind the request's credential, always read from the database.
    pub async fn resolve_stored(&self, headers: &HeaderMap) -> Result<Option<Arc<Known>>, Unavailable> {
        let Some(credential) = self.credential(headers).filter(|credential| self.signature_holds(credential)) else {
            return Ok(None);
        };
        let known = self.load(self.cache.key(&credential.token), &credential.token).await?;
        Ok(self.alive(known))
    }

    /// Whether the `Authorization` header holds a session token of ours, so that no upstream should see it.
    pub fn owns_bearer(&self, headers: &HeaderMap, known: Option<&Known>) -> bool {
        let Bearer::Token(bearer) = Presented::read(headers, self.cookies.session_token()).bearer else { return false };
        let is_users = known.is_some_and(|known| known.token().matches(&bearer.token));
        is_users
            || bearer.signature.is_some() && self.signature_holds(&bearer)
            || self.cache.peek(self.cache.key(&bearer.token), &bearer.token).is_some()
    }

    /// The same session as it is now, if it goes on.
    ///
    /// # Errors
    /// When it can't be checked now.
    pub async fn current(&self, known: &Known) -> Result<Option<Arc<Known>>, Unavailable> {
        let (key, token) = (known.key(), known.token().expose());
        let now = match self.cache.find(key, token) {
            Belief::Known(now) => Some(now),
            Belief::Unknown => None,
            Belief::Outage(now) => Some(now.ok_or(Unavailable)?),
            Belief::Ask => self.load_missing(key, token).await?,
        };
        Ok(self.alive(now))
    }

    /// Changes of sessions and users from now on.
    pub fn changes(&self) -> broadcast::Receiver<Event> {
        self.cache.changes()
    }

    /// Whether the request's credential carries a signature under an older secret, so that it should be given anew.
    pub fn is_signed_of_old(&self, known: &Known, headers: &HeaderMap) -> bool {
        self.signer.is_rotating()
            && self.credential(headers).and_then(|credential| credential.signature).is_some_and(|s| known.is_of_old(&s))
    }

    /// Whether every change of the database is heard.
    pub fn is_listening(&self) -> bool {
        self.cache.is_listening()
    }

    /// The one credential that counts: a bearer token that is raw or truly signed goes before the cookie; one with a
    /// wrong signature counts for nothing (contract sessions-cookies §6).
    pub fn credential<'h>(&self, headers: &'h HeaderMap) -> Option<Credential<'h>> {
        let presented = Presented::read(headers, self.cookies.session_token());
        if !self.rules.bearer {
            return presented.cookie;
        }
        match presented.bearer {
            Bearer::Unknown if !self.rules.signed_bearer => None,
            Bearer::Token(bearer) if bearer.signature.is_none() && !self.rules.signed_bearer => Some(bearer),
            Bearer::Token(bearer) if bearer.signature.is_some() && self.carries_own_signature(&bearer) => Some(bearer),
            _ => presented.cookie,
        }
    }

    /// Whether a signed bearer token is signed by us: known from the cache, else computed.
    fn carries_own_signature(&self, bearer: &Credential<'_>) -> bool {
        match self.cache.peek(self.cache.key(&bearer.token), &bearer.token) {
            Some(known) => known.accepts(bearer),
            None => self.signature_holds(bearer),
        }
    }

    async fn resolve_credential(&self, credential: &Credential<'_>) -> Result<Option<Arc<Known>>, Unavailable> {
        let key = self.cache.key(&credential.token);
        match self.cache.find(key, &credential.token) {
            Belief::Known(known) if known.accepts(credential) => return Ok(self.alive(Some(known))),
            Belief::Known(_) | Belief::Unknown => return Ok(None),
            Belief::Outage(Some(known)) if known.accepts(credential) => return Ok(self.alive(Some(known))),
            Belief::Outage(_) if self.signature_holds(credential) => return Err(Unavailable),
            Belief::Outage(_) => return Ok(None),
            Belief::Ask => {}
        }
        if !self.signature_holds(credential) {
            return Ok(None);
        }
        let known = self.load_missing(key, &credential.token).await?;
        Ok(self.alive(known))
    }

    /// Whether the credential carries the signature it needs. A cookie always does.
    fn signature_holds(&self, credential: &Credential<'_>) -> bool {
        match (&credential.signature, credential.from) {
            (Some(signature), _) => self.signer.accepts(&credential.token, signature),
            (None, Source::Bearer) => !self.rules.signed_bearer,
            (None, Source::Jwt) => true,
            (None, Source::Cookie) => false,
        }
    }

    fn alive(&self, known: Option<Arc<Known>>) -> Option<Arc<Known>> {
        known.filter(|known| known.is_alive(self.clock.now()))
    }

    /// Whether the session is old enough to be extended and may be: only by who presents its own token, not a JWT, and
    /// never one in which an admin acts as the user.
    pub fn is_extension_due(&self, known: &Known, headers: &HeaderMap) -> bool {
        if known.is_led() {
            return false;
        }
        let due = known.expires_at() - self.rules.expires_in + self.rules.update_age <= self.clock.now();
        let own = || self.credential(headers).is_some_and(|credential| known.token().matches(&credential.token));
        due && !self.is_not_remembered(headers) && own()
    }

    /// Whether the browser signed in without "remember me": such a session is never extended.
    pub fn is_not_remembered(&self, headers: &HeaderMap) -> bool {
        self.cookies.has_dont_remember(headers)
    }

    /// Extends the session by one write, however many requests ask at once; says when it now ends.
    ///
    /// `None`: another request, or another replica, does it or has done it, or the session is gone.
    pub async fn extend(&self, known: &Known) -> Result<Option<DateTime<Utc>>, StoreError> {
        if !known.claim_extension() {
            return Ok(None);
        }
        let until = self.clock.now() + self.rules.expires_in;
        let done = self.store.extend_session(&known.session_id().into(), known.expires_at(), until).await;
        match done {
            Ok(true) => Ok(Some(until)),
            Ok(false) => Ok(None),
            Err(error) => {
                known.release_extension();
                Err(error)
            }
        }
    }
}
