//! The rules for names to sign in with: which are taken, and the form in which they are stored. Pure.

use regex::Regex;

use crate::config::{Normalization, UsernameConfig, ValidationOrder};

#[cfg(test)]
mod tests;

/// Why a name is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has too few characters.
    TooShort,
    /// It has too many.
    TooLong,
    /// It has characters that are not allowed.
    Invalid,
}

/// The rules as configured.
#[derive(Debug)]
pub struct Usernames {
    rules: UsernameConfig,
    pattern: Pattern,
    display_pattern: Pattern,
}

#[derive(Debug)]
enum Pattern {
    Anything,
    Like(Regex),
    /// Of an expression that can't be read, which the configuration refuses.
    Nothing,
}

impl Pattern {
    fn new(expression: &str) -> Self {
        match expression {
            "" => Self::Anything,
            some => Regex::new(some).map_or(Self::Nothing, Self::Like),
        }
    }

    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Like(regex) => regex.is_match(text),
            Self::Nothing => false,
        }
    }
}

impl Usernames {
    /// Compiles the rules.
    pub fn new(rules: &UsernameConfig) -> Self {
        Self {
            pattern: Pattern::new(&rules.username_validator),
            display_pattern: Pattern::new(&rules.display_username_validator),
            rules: rules.clone(),
        }
    }

    /// The form in which a name is stored and looked up.
    pub fn stored(&self, name: &str) -> String {
        in_form(name, self.rules.username_normalization)
    }

    /// The form in which a name is kept as its owner wrote it.
    pub fn displayed(&self, name: &str) -> String {
        in_form(name, self.rules.display_username_normalization)
    }

    /// Judges a name as it was sent.
    pub fn check(&self, name: &str) -> Result<(), Fault> {
        let judged = match self.rules.validation_order.username {
            ValidationOrder::PreNormalization => name.to_owned(),
            ValidationOrder::PostNormalization => self.stored(name),
        };
        // As JavaScript counts, in which the contract's server does.
        let length = judged.encode_utf16().count();
        match length {
            _ if length < self.rules.min_username_length => Err(Fault::TooShort),
            _ if length > self.rules.max_username_length => Err(Fault::TooLong),
            _ if !self.pattern.takes(&judged) || judged.contains('\0') => Err(Fault::Invalid),
            _ => Ok(()),
        }
    }

    /// Whether a name may be shown as its owner wrote it.
    pub fn may_display(&self, name: &str) -> bool {
        match self.rules.validation_order.display_username {
            ValidationOrder::PreNormalization => self.display_pattern.takes(name),
            ValidationOrder::PostNormalization => self.display_pattern.takes(&self.displayed(name)),
        }
    }
}

fn in_form(name: &str, form: Normalization) -> String {
    match form {
        Normalization::Lowercase => name.to_lowercase(),
        Normalization::None => name.to_owned(),
    }
}
