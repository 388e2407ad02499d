//! E-mail addresses: which are taken, and the one form in which they are stored, looked up, limited and compared.

use std::sync::LazyLock;

use regex::Regex;

/// Longest address that mail can carry.
pub(crate) const MOST_CHARACTERS: usize = 254;

/// The contract's syntax. It takes ASCII only, so that no two spellings of one address differ by Unicode's forms.
static SYNTAX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$",
    )
    .expect("the pattern is fixed and compiles")
});

/// The address as it is stored: in lower case. `None` when it is no address.
pub(crate) fn canonical(address: &str) -> Option<String> {
    (address.len() <= MOST_CHARACTERS && SYNTAX.is_match(address)).then(|| address.to_ascii_lowercase())
}
