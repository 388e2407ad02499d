//! Signing in with others: OAuth 2 and OpenID Connect.

mod discovery;
mod generic;
mod id_token;
mod outbound;
pub(crate) mod provider;
mod providers;
mod registry;

pub(crate) use registry::Providers;
