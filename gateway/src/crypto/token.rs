//! Ids and tokens: text drawn evenly from an alphabet, from the operating system's randomness.

#[cfg(test)]
mod tests;

/// The characters a token is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Alphabet(&'static str);

impl Alphabet {
    /// `a-z A-Z 0-9`: ids, session tokens, password reset tokens.
    pub const ALPHANUMERIC: Self = Self("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    /// `a-z 0-9`: account deletion tokens.
    pub const LOWER_ALPHANUMERIC: Self = Self("abcdefghijklmnopqrstuvwxyz0123456789");
    /// `a-z A-Z`: magic links.
    pub const LETTERS: Self = Self("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    /// `a-z A-Z 0-9 - _`: OAuth state, one-time tokens.
    pub const URL_SAFE: Self = Self("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    /// `0-9`: codes that people type.
    pub const DIGITS: Self = Self("0123456789");
}

/// An id or session token: 32 letters and digits, about 190 random bits.
pub fn id() -> String {
    text(32, Alphabet::ALPHANUMERIC)
}

/// So many characters of the alphabet, each as likely as any other.
pub fn text(length: usize, alphabet: Alphabet) -> String {
    let characters = alphabet.0.as_bytes();
    // Bytes from here on would make the first characters likelier, so they are drawn again.
    let fair = 256 - 256 % characters.len();
    let mut text = String::with_capacity(length);
    let mut drawn = [0; 64];
    while text.len() < length {
        fill(&mut drawn);
        let wanted = length - text.len();
        let even = drawn.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        text.extend(even.take(wanted).map(|byte| char::from(characters[byte % characters.len()])));
    }
    text
}

/// Fills the buffer from the operating system's randomness.
pub fn fill(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("without the system's randomness no secret can be made");
}
