//! bcrypt as the Node packages `bcrypt` and `bcryptjs` write it: `$2a$`, `$2b$` or `$2y$`. The password goes in as it was
//! typed, and only its first 72 bytes count, as there.

use bcrypt::HashParts;

/// 2^16 rounds take seconds; more is either a mistake or an attack.
const MOST_ROUNDS: u32 = 16;

/// Whether `stored` is the password's hash; false when it can't be read.
pub(super) fn verify(stored: &str, password: &str) -> bool {
    let known = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| stored.starts_with(prefix));
    let cost = stored.parse().map_or(u32::MAX, |parts: HashParts| parts.get_cost());
    known && cost <= MOST_ROUNDS && bcrypt::verify(password, stored).unwrap_or(false)
}
