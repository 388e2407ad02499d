//! Tests of the pure parts: tables first, properties in `properties.rs`.

mod headers;
mod host;
mod path;
mod properties;
mod route;
