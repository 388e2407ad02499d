//! The gateway: accounts, sessions and access control in front of any HTTP API.
//!
//! `proxy` is the way of a request, `identity` the one decision, `auth` the auth API and the pages, `store` the
//! database. See `ARCHITECTURE.md` for the map and the arrows that are allowed between them.

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod identity;
pub mod mail;
pub mod proxy;
pub mod rate_limit;
pub mod serve;
pub mod store;
pub mod telemetry;
