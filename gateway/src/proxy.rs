//! The way of a request: what is refused at the entrance, which route it takes, what the upstream gets to see.

pub mod headers;
pub mod host;
pub mod path;
mod pattern;
pub mod reading;
pub mod refusal;
pub mod route;

#[cfg(test)]
mod tests;
