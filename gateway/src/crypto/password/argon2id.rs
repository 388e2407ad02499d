//! argon2 in the PHC string form `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{config::PasswordConfig, crypto::token};

const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;

/// Most memory a stored hash may ask for, in KiB, unless the configuration itself asks for more.
const MOST_MEMORY: u32 = 256 * 1024;
/// Most memory times passes, in KiB: a second or two of work.
const MOST_WORK: u64 = 1024 * 1024;
const MOST_LANES: u32 = 64;

/// Memory in KiB, passes, lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// The configured cost, moved to the nearest one the algorithm allows.
    pub(super) fn new(config: &PasswordConfig) -> Self {
        let lanes = config.parallelism.clamp(1, MOST_LANES);
        let memory = u32::try_from(config.memory.0 / 1024).unwrap_or(u32::MAX).max(8 * lanes);
        Self { memory, passes: config.iterations.max(1), lanes }
    }

    fn work(self) -> u64 {
        u64::from(self.memory) * u64::from(self.passes)
    }

    fn is_sane(self, configured: Self) -> bool {
        self.memory <= MOST_MEMORY.max(configured.memory)
            && self.work() <= MOST_WORK.max(configured.work())
            && self.lanes <= MOST_LANES
    }

    fn params(self, hash_length: usize) -> Option<Params> {
        Params::new(self.memory, self.passes, self.lanes, Some(hash_length)).ok()
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self::new(&PasswordConfig::default())
    }
}

/// A new hash under a new salt.
pub(super) fn hash(password: &str, cost: Cost) -> String {
    let mut salt = [0; SALT_LENGTH];
    token::fill(&mut salt);
    let stored = Stored {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        cost,
        salt: salt.into(),
        hash: vec![0; HASH_LENGTH],
    };
    let hash = stored.compute(password).expect("the cost was fitted to the algorithm's limits");
    let Cost { memory, passes, lanes } = cost;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(&*hash));
    format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
}

/// A stored hash that may be tried.
pub(super) struct Stored {
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// Reads a stored hash of any argon2 variant. `None` when it can't be read, or would take far more memory or time than
/// hashes do that we make: a row must not be able to bring the process down.
pub(super) fn parse(stored: &str, configured: Cost) -> Option<Stored> {
    let mut parts = stored.strip_prefix('$')?.split('$');
    let algorithm = match parts.next()? {
        "argon2id" => Algorithm::Argon2id,
        "argon2i" => Algorithm::Argon2i,
        "argon2d" => Algorithm::Argon2d,
        _ => return None,
    };
    let mut part = parts.next()?;
    let mut version = Version::V0x10;
    if let Some(number) = part.strip_prefix("v=") {
        version = number.parse::<u32>().ok()?.try_into().ok()?;
        part = parts.next()?;
    }
    let cost = parse_cost(part)?;
    let (salt, hash, None) = (parts.next()?, parts.next()?, parts.next()) else { return None };
    let (salt, hash) = (decode(salt, 8..=64)?, decode(hash, 16..=64)?);
    cost.is_sane(configured).then_some(Stored { algorithm, version, cost, salt, hash })
}

fn parse_cost(text: &str) -> Option<Cost> {
    let (mut memory, mut passes, mut lanes) = (None, None, None);
    for pair in text.split(',') {
        let (name, value) = pair.split_once('=')?;
        let place = match name {
            "m" => &mut memory,
            "t" => &mut passes,
            "p" => &mut lanes,
            _ => return None,
        };
        if place.replace(value.parse().ok()?).is_some() {
            return None;
        }
    }
    Some(Cost { memory: memory?, passes: passes?, lanes: lanes? })
}

fn decode(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok().filter(|bytes| lengths.contains(&bytes.len()))
}

impl Stored {
    /// Whether this is the password's hash.
    pub(super) fn matches(&self, password: &str) -> bool {
        self.compute(password).is_some_and(|computed| computed.ct_eq(&self.hash).into())
    }

    /// Whether it is exactly of the kind and cost that new ones are.
    pub(super) fn is_of(&self, cost: Cost) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.cost == cost
            && self.hash.len() >= HASH_LENGTH
    }

    fn compute(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        let argon2 = Argon2::new(self.algorithm, self.version, self.cost.params(self.hash.len())?);
        let mut out = Zeroizing::new(vec![0; self.hash.len()]);
        argon2.hash_password_into(password.as_bytes(), &self.salt, &mut out).ok()?;
        Some(out)
    }
}
