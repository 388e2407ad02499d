//! The way of a request: what is refused at the entrance, which route it takes, what the upstream gets to see.

pub mod caller;
pub mod client_addr;
pub mod entrance;
pub mod forwarded;
pub mod headers;
pub mod host;
pub mod path;
mod pattern;
pub mod reading;
pub mod refusal;
pub mod route;

#[cfg(test)]
mod tests;
