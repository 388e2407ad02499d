//! Random tokens, signatures, signed tokens, encryption at rest and password hashes. Knows nothing of requests, cookies or the database.

pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod jwt;
pub mod password;
pub mod seal;
pub mod sign;
pub mod token;
