//! The providers that are configured, by id. Built once, at the start.

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{generic, outbound::Outbound, provider::Provider, providers, starts::Starts};
use crate::{
    app::App,
    auth::{
        endpoint::Taken,
        error::{Error, Result},
    },
    config::Config,
};

/// The providers that people can sign in with. Clones share them.
#[derive(Clone)]
pub(crate) struct Providers(Arc<Inner>);

struct Inner {
    by_id: BTreeMap<String, Provider>,
    outbound: Outbound,
    starts: Starts,
}

impl Providers {
    /// Those of the configuration. Nobody is asked anything yet.
    pub(crate) fn new(config: &Config) -> Self {
        let by_id = config.oauth.iter().map(|(id, settings)| {
            // With a discovery URL of its own even a known id is any provider: so Better Auth has it.
            let named = providers::NAMED.iter().find(|facts| facts.id == *id && settings.discovery_url.is_empty());
            (id.clone(), Provider::new(id, named.copied().unwrap_or(&generic::FACTS), settings))
        });
        Self(Arc::new(Inner { by_id: by_id.collect(), outbound: Outbound::new(), starts: Starts::default() }))
    }

    /// The provider of this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Provider> {
        self.0.by_id.get(id)
    }

    /// All of them, in the order of their ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Provider> {
        self.0.by_id.values()
    }

    /// The sign-ins that are about to begin.
    pub(super) fn starts(&self) -> &Starts {
        &self.0.starts
    }

    /// Sends requests to them.
    pub(crate) fn outbound(&self) -> &Outbound {
        &self.0.outbound
    }
}

impl FromRequestParts<App> for Providers {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Error::Internal(anyhow::anyhow!("the router has no providers")))
    }
}

impl Taken for Providers {}
