//! The gateway's pages: server-rendered HTML with everything they need inside the binary.
//!
//! Every page works without scripts; the one module only makes a few things nicer. Knows nothing of HTTP, the
//! configuration or the database: a caller fills in a page's struct, calls [`render`] and sends the text with
//! [`CONTENT_SECURITY_POLICY`] and [`REFERRER_POLICY`].

mod assets;
pub mod pages;
mod policy;
mod site;

#[cfg(test)]
mod tests;

pub use assets::{Asset, asset};
pub use pages::{Page, render};
pub use policy::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, content_security_policy};
pub use site::Site;
