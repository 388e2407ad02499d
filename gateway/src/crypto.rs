//! Random tokens, signatures, signed tokens and password hashes. Knows nothing of requests, cookies or the database.

pub mod jwe;
pub mod jwt;
pub mod password;
pub mod sign;
pub mod token;
