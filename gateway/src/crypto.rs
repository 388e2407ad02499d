//! Random tokens, signatures and password hashes. Knows nothing of requests, cookies or the database.

pub mod password;
pub mod sign;
pub mod token;
