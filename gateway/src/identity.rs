//! identity

pub mod policy;
