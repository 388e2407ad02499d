//! The assertion: a signed token that tells one upstream who a request is from. It lives for a minute, and is made once
//! per session and upstream for each half of that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use serde::Serialize;

use super::{Identity, Known, Unavailable};

/// How long an assertion is good, in seconds.
const LIFETIME: i64 = 60;

/// Before it has so many seconds left it is replaced …
const HALF: i64 = LIFETIME / 2;

/// … and with fewer it is not used any more while that is done.
const LEAST: i64 = 10;

/// The assertions of one session, one for each audience that it was sent to. There are no more audiences than routes.
#[derive(Debug, Default)]
pub(super) struct Assertions {
    held: Mutex<Vec<Held>>,
    /// Held while one is signed.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Held {
    audience: Arc<str>,
    value: HeaderValue,
    expires_at: i64,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    sid: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    iat: i64,
    exp: i64,
}

impl Assertions {
    /// The one for this audience, if it has more than so many seconds left.
    fn get(&self, audience: &str, now: i64, left: i64) -> Option<HeaderValue> {
        let held = self.held();
        let found = held.iter().find(|held| *held.audience == *audience)?;
        (found.expires_at - now > left).then(|| found.value.clone())
    }

    fn put(&self, audience: &Arc<str>, value: HeaderValue, expires_at: i64) {
        let mut held = self.held();
        held.retain(|other| other.audience != *audience);
        held.push(Held { audience: audience.clone(), value, expires_at });
    }

    fn held(&self) -> MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Identity {
    /// The assertion on this session's user for an upstream.
    ///
    /// # Errors
    /// When there is none in memory and none can be signed.
    pub async fn assertion(&self, known: &Known, audience: &Arc<str>) -> Result<HeaderValue, Unavailable> {
        let now = self.clock.now().timestamp();
        let assertions = known.assertions();
        if let Some(value) = assertions.get(audience, now, HALF) {
            return Ok(value);
        }
        // One signs; the others go on with what they have, or wait if they have nothing.
        let _turn = match assertions.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => match assertions.get(audience, now, LEAST) {
                Some(value) => return Ok(value),
                None => assertions.turn.lock().await,
            },
        };
        if let Some(value) = assertions.get(audience, now, HALF) {
            return Ok(value);
        }
        match self.sign_assertion(known, audience, now).await {
            Some((value, expires_at)) => {
                assertions.put(audience, value.clone(), expires_at);
                Ok(value)
            }
            None => assertions.get(audience, now, 0).ok_or(Unavailable),
        }
    }

    async fn sign_assertion(&self, known: &Known, audience: &str, now: i64) -> Option<(HeaderValue, i64)> {
        let tokens = self.tokens()?;
        let expires_at = (now + LIFETIME).min(known.expires_at().timestamp());
        let user = known.user();
        let claims = Claims {
            iss: tokens.issuer(),
            aud: audience,
            sub: known.user_id(),
            sid: known.session_id(),
            email: &user.email,
            role: user.role.as_deref(),
            iat: now,
            exp: expires_at,
        };
        match tokens.keys().sign(&claims).await {
            Ok(token) => Some((HeaderValue::try_from(token).ok()?, expires_at)),
            Err(error) => {
                tracing::warn!(%error, "an assertion could not be signed");
                None
            }
        }
    }
}
