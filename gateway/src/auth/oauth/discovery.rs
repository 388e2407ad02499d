//! Where a provider is: what is known of it, what its OpenID Connect configuration tells, and what the settings say,
//! which is the last word. The configuration is fetched when it is first needed and kept; one request at a time asks for
//! it, and while it can't be had the next ones don't wait for it again and again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use url::Url;

use super::{
    outbound::Outbound,
    provider::{Endpoints, Facts},
};
use crate::config::ProviderConfig;

/// How long what was found is believed.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// How long a failure is told again without asking.
const GAVE_UP: TimeDelta = TimeDelta::seconds(5);
/// How long anybody waits for an answer that somebody else has asked for.
const WAIT: Duration = Duration::from_secs(12);

/// Where a provider is, as far as it is known.
pub(crate) struct Discovery {
    /// Where its configuration is; empty: everything is known.
    url: String,
    /// What is known without it.
    known: Endpoints,
    /// What the settings say.
    said: Endpoints,
    found: Mutex<Found>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Found {
    endpoints: Option<Arc<Endpoints>>,
    until: Option<DateTime<Utc>>,
}

impl Discovery {
    /// For a provider of these facts and settings.
    pub(crate) fn new(facts: &Facts, config: &ProviderConfig) -> Self {
        Self {
            url: config.discovery_url.clone(),
            known: (facts.endpoints)(config),
            said: Endpoints {
                authorization: config.authorization_url.clone(),
                token: config.token_url.clone(),
                user_info: config.user_info_url.clone(),
                jwks: config.jwks_url.clone(),
                end_session: config.end_session_url.clone(),
                issuer: config.issuer.clone(),
                algorithms: Vec::new(),
            },
            found: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Where the provider is; `None` while that can't be found out.
    pub(crate) async fn endpoints(&self, outbound: &Outbound, now: DateTime<Utc>) -> Option<Arc<Endpoints>> {
        if self.url.is_empty() {
            return Some(Arc::new(over(self.known.clone(), &self.said)));
        }
        if let Some(answer) = self.remembered(now) {
            return answer;
        }
        // Whoever waits here finds what the one before found.
        let Ok(_turn) = tokio::time::timeout(WAIT, self.asking.lock()).await else { return self.stale() };
        if let Some(answer) = self.remembered(now) {
            return answer;
        }
        let fetched = self.fetch(outbound).await;
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.until = Some(now + if fetched.is_some() { KEPT } else { GAVE_UP });
        if let Some(fetched) = fetched {
            found.endpoints = Some(Arc::new(fetched));
        }
        found.endpoints.clone()
    }

    /// What is known without asking, old or not.
    pub(crate) fn stale(&self) -> Option<Arc<Endpoints>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).endpoints.clone()
    }

    fn remembered(&self, now: DateTime<Utc>) -> Option<Option<Arc<Endpoints>>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.until.filter(|until| now < *until).map(|_| found.endpoints.clone())
    }

    async fn fetch(&self, outbound: &Outbound) -> Option<Endpoints> {
        let read = match outbound.get_json(&self.url, None).await {
            Ok(document) => read(&document, &self.url),
            Err(error) => {
                tracing::warn!(url = self.url, %error, "a provider's configuration could not be fetched");
                None
            }
        };
        // What the settings say may be enough.
        let endpoints = over(read.unwrap_or_default(), &self.said);
        let usable = !endpoints.authorization.is_empty() && !endpoints.token.is_empty();
        if !usable {
            tracing::warn!(url = self.url, "a provider's configuration tells not where to sign in");
        }
        usable.then_some(endpoints)
    }
}

/// The endpoints, with those in place that the settings say.
fn over(mut endpoints: Endpoints, said: &Endpoints) -> Endpoints {
    let texts = [
        (&mut endpoints.authorization, &said.authorization),
        (&mut endpoints.token, &said.token),
        (&mut endpoints.user_info, &said.user_info),
        (&mut endpoints.jwks, &said.jwks),
        (&mut endpoints.end_session, &said.end_session),
        (&mut endpoints.issuer, &said.issuer),
    ];
    for (place, text) in texts {
        if !text.is_empty() {
            place.clone_from(text);
        }
    }
    endpoints
}

/// What an OpenID Connect configuration tells.
fn read(document: &Value, url: &str) -> Option<Endpoints> {
    let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
    let base = Url::parse(url).ok()?;
    let issuer = text("issuer");
    if !issuer.is_empty() && Url::parse(&issuer).is_err() {
        return None;
    }
    let jwks = text("jwks_uri");
    let jwks = if jwks.is_empty() { jwks } else { base.join(&jwks).ok()?.into() };
    let algorithms = document["id_token_signing_alg_values_supported"].as_array();
    Some(Endpoints {
        authorization: text("authorization_endpoint"),
        token: text("token_endpoint"),
        user_info: text("userinfo_endpoint"),
        jwks,
        end_session: text("end_session_endpoint"),
        issuer,
        algorithms: algorithms.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
    })
}

impl Endpoints {
    /// Whether it says how it signs ID tokens, which only OpenID providers do.
    pub(crate) fn is_openid(&self) -> bool {
        !self.algorithms.is_empty()
    }

    /// Whether ID tokens can be checked.
    pub(crate) fn verifies_id_tokens(&self) -> bool {
        !self.jwks.is_empty() && !self.issuer.is_empty()
    }
}
