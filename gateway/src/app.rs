//! app

pub mod origins;
