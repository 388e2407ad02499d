//! ID tokens: whether one is good, and what it claims.
//!
//! Nothing in a token decides how it is judged: the algorithm must be one of those that its provider may use, the key one
//! of those that the provider publishes, chosen by the exact `kid`. A key in the header is never looked at.

mod keys;

#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::provider::{Asking, IdTokenRules};
use crate::config::ProviderConfig;

pub(crate) use keys::Keys;

/// How far the clocks of the provider and of ours may be apart.
const TOLERANCE: TimeDelta = TimeDelta::seconds(30);
/// Longer text is no ID token.
const LONGEST: usize = 32 << 10;
/// Claims that every ID token has.
const REQUIRED: [&str; 5] = ["iss", "sub", "aud", "exp", "iat"];

/// Why an ID token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// It is no JWT, or one that wants more than can be given.
    #[error("it is no token that can be read")]
    Malformed,
    /// Its provider does not sign so.
    #[error("its algorithm is not allowed")]
    Algorithm,
    /// Its provider has no such key, or tells none.
    #[error("its key is not known")]
    UnknownKey,
    /// Somebody else signed it.
    #[error("its signature is wrong")]
    Signature,
    /// A claim that must be there is not.
    #[error("it lacks the claim {0}")]
    Missing(&'static str),
    /// A claim is not what it must be.
    #[error("its claim {0} is wrong")]
    Wrong(&'static str),
    /// It was good once.
    #[error("it has expired")]
    Expired,
}

/// The claims of an ID token that is good by the rules of its provider; `None` for any other.
pub(crate) async fn verify(asking: Asking<'_>, token: &str, nonce: Option<&str>) -> Option<Value> {
    let config = &asking.provider.config;
    let rules = asking.provider.facts.id_token.map(|rules| rules(config, asking.endpoints))?;
    let judged = judge(asking, &rules, token).await;
    let judged = judged.and_then(|claims| check(claims, &Check { rules: &rules, config, nonce, now: asking.now }));
    judged.map_err(|why| tracing::warn!(provider = asking.provider.id, %why, "an ID token is not believed")).ok()
}

/// The claims of a logout token that the provider signed for us, not long ago. That it is one is for the caller to see.
pub(crate) async fn verify_logout(asking: Asking<'_>, token: &str, max_age: TimeDelta) -> Option<Value> {
    let config = &asking.provider.config;
    let rules = asking.provider.facts.id_token.map(|rules| rules(config, asking.endpoints))?;
    let judged = judge(asking, &rules, token).await.and_then(|mut claims| {
        // Neither need be there: older providers leave the end out, and a session may be named without its user.
        let ends = (asking.now + max_age).timestamp();
        let fields = claims.as_object_mut().ok_or(Refusal::Malformed)?;
        let (has_end, has_subject) = (fields.contains_key("exp"), fields.contains_key("sub"));
        fields.entry("exp").or_insert(ends.into());
        fields.entry("sub").or_insert(Value::Null);
        let rules = IdTokenRules { max_age: Some(max_age), claims: None, ..rules.clone() };
        let mut claims = check(claims, &Check { rules: &rules, config, nonce: None, now: asking.now })?;
        let added = [("exp", has_end), ("sub", has_subject)].into_iter().filter(|(_, was_there)| !was_there);
        for (name, _) in added {
            claims.as_object_mut().map(|fields| fields.remove(name));
        }
        Ok(claims)
    });
    judged.map_err(|why| tracing::warn!(provider = asking.provider.id, %why, "a logout token is not believed")).ok()
}

/// The claims of a token that comes from the provider itself and needs no proof.
pub(crate) fn unverified_claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then(|| object(payload))?
}

fn object(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

/// The claims, once the signature is found to be the provider's.
async fn judge(asking: Asking<'_>, rules: &IdTokenRules, token: &str) -> Result<Value, Refusal> {
    let (signed, signature) = token.rsplit_once('.').filter(|_| token.len() <= LONGEST).ok_or(Refusal::Malformed)?;
    let (head, claims) = signed.split_once('.').ok_or(Refusal::Malformed)?;
    let head = object(head).ok_or(Refusal::Malformed)?;
    // What must be understood and is not.
    if head.get("crit").is_some() || head.get("b64").is_some() {
        return Err(Refusal::Malformed);
    }
    let algorithm = allowed(&head, rules).ok_or(Refusal::Algorithm)?;
    let claims = object(claims).ok_or(Refusal::Malformed)?;
    let key = asking.provider.keys.find(asking, &rules.jwks, head["kid"].as_str(), algorithm).await;
    let key = key.ok_or(Refusal::UnknownKey)?;
    match jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, algorithm) {
        Ok(true) => Ok(claims),
        _ => Err(Refusal::Signature),
    }
}

/// The algorithm of a token if it may be used. One with a shared secret never may: the secret would be a public key.
fn allowed(head: &Value, rules: &IdTokenRules) -> Option<Algorithm> {
    let name = head["alg"].as_str()?;
    let algorithm: Algorithm = name.parse().ok()?;
    let listed = rules.algorithms.is_empty() || rules.algorithms.iter().any(|allowed| allowed == name);
    (listed && algorithm.family() != AlgorithmFamily::Hmac).then_some(algorithm)
}

/// What claims are compared with.
struct Check<'a> {
    rules: &'a IdTokenRules,
    config: &'a ProviderConfig,
    nonce: Option<&'a str>,
    now: DateTime<Utc>,
}

fn check(claims: Value, with: &Check<'_>) -> Result<Value, Refusal> {
    if let Some(missing) = REQUIRED.into_iter().find(|name| claims.get(name).is_none()) {
        return Err(Refusal::Missing(missing));
    }
    let rules = with.rules;
    let named =
        |list: &[String], value: &Value| value.as_str().is_some_and(|one| list.iter().any(|other| other == one));
    if !rules.issuers.is_empty() && !named(&rules.issuers, &claims["iss"]) {
        return Err(Refusal::Wrong("iss"));
    }
    let audience = &claims["aud"];
    let for_us = named(&rules.audiences, audience)
        || audience.as_array().is_some_and(|list| list.iter().any(|one| named(&rules.audiences, one)));
    if !for_us {
        return Err(Refusal::Wrong("aud"));
    }
    check_times(&claims, rules.max_age, with.now)?;
    if let Some(nonce) = with.nonce.filter(|nonce| !nonce.is_empty())
        && !is_nonce(&claims["nonce"], nonce, rules.hashed_nonce)
    {
        return Err(Refusal::Wrong("nonce"));
    }
    match rules.claims {
        Some(fits) if !fits(&claims, with.config) => Err(Refusal::Wrong("of the provider's own")),
        _ => Ok(claims),
    }
}

fn check_times(claims: &Value, max_age: Option<TimeDelta>, now: DateTime<Utc>) -> Result<(), Refusal> {
    let moment = |name: &'static str| {
        let seconds = claims[name].as_f64().filter(|seconds| seconds.abs() < 1e12);
        // Parts of seconds are allowed by the standard and matter to nobody.
        #[expect(clippy::cast_possible_truncation, reason = "it was compared with the bound above")]
        seconds.and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0)).ok_or(Refusal::Wrong(name))
    };
    let (ends, issued) = (moment("exp")?, moment("iat")?);
    if claims.get("nbf").is_some() && moment("nbf")? > now + TOLERANCE {
        return Err(Refusal::Wrong("nbf"));
    }
    if ends <= now - TOLERANCE {
        return Err(Refusal::Expired);
    }
    let Some(max_age) = max_age else { return Ok(()) };
    if issued > now + TOLERANCE {
        return Err(Refusal::Wrong("iat"));
    }
    if now - issued > max_age + TOLERANCE { Err(Refusal::Expired) } else { Ok(()) }
}

fn is_nonce(claim: &Value, expected: &str, may_be_hashed: bool) -> bool {
    let Some(claim) = claim.as_str() else { return false };
    claim == expected || may_be_hashed && claim == hex::encode(Sha256::digest(expected.as_bytes()))
}
