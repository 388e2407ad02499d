//! Tests of the pure parts: tables first, properties in `properties.rs`.

mod caller;
mod entrance;
mod forward_auth;
mod head_scan;
mod headers;
mod host;
mod origin;
mod path;
mod properties;
mod route;
