//! scrypt as Better Auth stores it: `<salt>:<key>`, both in hex. The salt that goes into scrypt is the hex text itself,
//! not the bytes it stands for.

use scrypt::{Params, scrypt};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::token;

const LOG_N: u8 = 14;
const R: u32 = 16;
const P: u32 = 1;
const KEY_LENGTH: usize = 64;
const SALT_LENGTH: usize = 16;
const LONGEST_SALT: usize = 256;

/// A new hash under a new salt.
pub(super) fn hash(password: &str) -> String {
    let mut salt = [0; SALT_LENGTH];
    token::fill(&mut salt);
    let salt = hex::encode(salt);
    let key = compute(password, &salt).expect("the cost is one that scrypt allows");
    format!("{salt}:{}", hex::encode(*key))
}

/// Whether `stored` is the password's hash; false when it can't be read.
pub(super) fn verify(stored: &str, password: &str) -> bool {
    let Some((salt, key)) = stored.split_once(':') else { return false };
    let mut expected = [0; KEY_LENGTH];
    if salt.is_empty() || salt.len() > LONGEST_SALT || hex::decode_to_slice(key, &mut expected).is_err() {
        return false;
    }
    compute(password, salt).is_some_and(|computed| computed.ct_eq(&expected).into())
}

fn compute(password: &str, salt: &str) -> Option<Zeroizing<[u8; KEY_LENGTH]>> {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    let params = Params::new(LOG_N, R, P).ok()?;
    scrypt(password.as_bytes(), salt.as_bytes(), &params, &mut *key).ok()?;
    Some(key)
}
