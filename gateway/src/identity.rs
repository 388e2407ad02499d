//! identity

pub mod cookie;
pub mod credential;
pub mod policy;
