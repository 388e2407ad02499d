//! The gateway's own JWTs: issuing them, and knowing them again when they come as bearer.
//!
//! A token names its session (`sid`), and counts only while that session lives and is its user's: it is turned into the
//! session's own token, and from there on the one decision goes as it does for that. That a token is ours is found out
//! once and remembered under the hash of the whole token, so that no signature is computed per request.

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Known, Unavailable,
    keys::{Keys, NoKey},
};
use crate::{
    clock::Clock,
    config::Config,
    crypto::jws,
    store::{SessionId, SessionToken, Store, UserId},
};

/// Tokens that are remembered, good ones and forged ones each.
const MOST: u64 = 50_000;

/// Tokens that were issued within this very second, to be handed out again.
const MOST_RECENT: u64 = 2_048;

/// How far ahead of ours the clock of another gateway may be.
const SKEW: TimeDelta = TimeDelta::seconds(60);

type Hash = [u8; 32];

/// Issues tokens and knows them again.
pub struct Tokens {
    keys: Keys,
    issuer: String,
    audience: String,
    lifetime: TimeDelta,
    negative_ttl: TimeDelta,
    recent: Cache<Box<str>, Arc<Recent>>,
    ours: Cache<Hash, Arc<Ours>>,
    forged: Cache<Hash, ()>,
    store: Store,
    clock: Clock,
}

/// A token as it was issued a moment ago.
struct Recent {
    known: Weak<Known>,
    at: i64,
    token: HeaderValue,
}

/// A token that is signed by us.
struct Ours {
    kid: String,
    session: SessionId,
    user: UserId,
    expires_at: i64,
    /// The session's token; `None`: there was no such session.
    token: Option<SessionToken>,
    looked_at: DateTime<Utc>,
}

/// What a bearer token that looks like a JWT is.
pub(super) enum Reading {
    /// Not one of ours, or not any more.
    Foreign,
    /// One of ours, of a session that is no more.
    Ended,
    /// One of ours.
    Session {
        /// The token of its session.
        token: SessionToken,
        /// The session.
        session: SessionId,
        /// Whose session it has to be.
        user: UserId,
    },
}

/// What is asked of a token that comes as bearer.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
}

/// What every issued token carries besides what is said of the user.
#[derive(Serialize)]
struct Issued<'a, T> {
    iat: i64,
    #[serde(flatten)]
    content: T,
    sub: &'a str,
    sid: &'a str,
    exp: i64,
    iss: &'a str,
    aud: &'a str,
}

impl Tokens {
    /// As configured; `origin` is what browsers see, without a path.
    pub fn new(keys: Keys, config: &Config, origin: &str, store: Store, clock: Clock) -> Self {
        let own = |given: &str| if given.is_empty() { origin.to_owned() } else { given.to_owned() };
        let most = MOST.min(config.cache.capacity);
        let negative_ttl = config.cache.negative_ttl.0.max(Duration::from_millis(1));
        Self {
            keys,
            issuer: own(&config.jwt.issuer),
            audience: own(&config.jwt.audience),
            lifetime: config.jwt.expires_in.delta(),
            negative_ttl: config.cache.negative_ttl.delta(),
            recent: Cache::builder().max_capacity(MOST_RECENT).time_to_live(Duration::from_secs(2)).build(),
            ours: Cache::builder().max_capacity(most).time_to_live(config.cache.ttl.0).build(),
            forged: Cache::builder().max_capacity(most).time_to_live(negative_ttl).build(),
            store,
            clock,
        }
    }

    /// The keys behind it.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Who issues.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A token for the user of a session, which says of the user what `content` says. Within a second it is the same one.
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub async fn issue<T: Serialize>(
        &self,
        known: &Arc<Known>,
        content: impl FnOnce() -> T,
    ) -> Result<HeaderValue, NoKey> {
        let iat = self.clock.now().timestamp();
        if let Some(recent) = self.recent.get(known.session_id())
            && recent.at == iat
            && std::ptr::eq(recent.known.as_ptr(), Arc::as_ptr(known))
        {
            return Ok(recent.token.clone());
        }
        let claims = Issued {
            iat,
            content: content(),
            sub: known.user_id(),
            sid: known.session_id(),
            exp: iat + self.lifetime.num_seconds(),
            iss: &self.issuer,
            aud: &self.audience,
        };
        let token = self.keys.sign(&claims).await?;
        let token = HeaderValue::try_from(token).map_err(|_| NoKey::Unusable("the token is no text"))?;
        let recent = Recent { known: Arc::downgrade(known), at: iat, token: token.clone() };
        self.recent.insert(known.session_id().into(), Arc::new(recent));
        Ok(token)
    }

    /// Whether a token names one of our keys, so that no upstream should see it.
    pub(super) fn names_our_key(&self, token: &str) -> bool {
        jws::Unverified::read(token).is_some_and(|read| self.keys.held(read.kid()).is_some())
    }

    /// What a token is. Nothing is said of whether its session still counts.
    pub(super) async fn read(&self, token: &str) -> Result<Reading, Unavailable> {
        let hash: Hash = Sha256::digest(token.as_bytes()).into();
        let now = self.clock.now();
        let ours = match self.ours.get(&hash) {
            Some(ours) => ours,
            None if self.forged.contains_key(&hash) => return Ok(Reading::Foreign),
            None => match self.verify(token, hash).await? {
                Some(ours) => ours,
                None => return Ok(Reading::Foreign),
            },
        };
        if ours.expires_at <= now.timestamp() || self.keys.held(&ours.kid).is_none() {
            return Ok(Reading::Foreign);
        }
        let ours = match &ours.token {
            None if now - ours.looked_at >= self.negative_ttl => self.look_up(hash, &ours).await?,
            _ => ours,
        };
        Ok(match &ours.token {
            None => Reading::Ended,
            Some(token) => {
                Reading::Session { token: token.clone(), session: ours.session.clone(), user: ours.user.clone() }
            }
        })
    }

    /// Verifies a token that was not seen before, cheap checks first.
    async fn verify(&self, token: &str, hash: Hash) -> Result<Option<Arc<Ours>>, Unavailable> {
        let Some((kid, claims)) = self.plausible(token) else { return Ok(None) };
        let Some(key) = self.keys.accepted(&kid).await.map_err(|_| Unavailable)? else { return Ok(None) };
        if !self.keys.verify(&key, token).await {
            self.forged.insert(hash, ());
            return Ok(None);
        }
        let ours = Ours {
            kid,
            session: claims.sid.as_str().into(),
            user: claims.sub.as_str().into(),
            expires_at: claims.exp,
            token: None,
            looked_at: self.clock.now(),
        };
        self.look_up(hash, &ours).await.map(Some)
    }

    /// The claims of a token that would be good if its signature were.
    fn plausible(&self, token: &str) -> Option<(String, Claims)> {
        let read = jws::Unverified::read(token)?;
        let claims: Claims = serde_json::from_slice(read.claims()).ok()?;
        let now = self.clock.now();
        let latest = (now + SKEW).timestamp();
        let good = claims.iss == self.issuer
            && claims.aud == self.audience
            && claims.exp > now.timestamp()
            && claims.iat <= latest
            && claims.nbf.is_none_or(|start| start <= now.timestamp())
            && !claims.sub.is_empty()
            && !claims.sid.is_empty();
        good.then(|| (read.kid().to_owned(), claims))
    }

    /// Asks the database for the session's token, and remembers what it says.
    async fn look_up(&self, hash: Hash, ours: &Ours) -> Result<Arc<Ours>, Unavailable> {
        let looked_at = self.clock.now();
        let session = self.store.session_by_id(&ours.session).await.map_err(|error| {
            tracing::warn!(%error, "the session of a token could not be read");
            Unavailable
        })?;
        let found = Arc::new(Ours {
            kid: ours.kid.clone(),
            session: ours.session.clone(),
            user: ours.user.clone(),
            expires_at: ours.expires_at,
            token: session.map(|session| session.token),
            looked_at,
        });
        self.ours.insert(hash, found.clone());
        Ok(found)
    }
}
