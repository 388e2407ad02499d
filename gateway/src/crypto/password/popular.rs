//! The passwords everybody tries first.
//!
//! The list is short on purpose: the ones at the top of every published ranking and their obvious variations, at least
//! eight characters long, since shorter ones are refused for their length. Words that documentation and test suites of
//! the auth world use as samples (`password123` and its kin) are left out, although they rank high: refusing them would
//! break everybody's first try without stopping an attacker whom the rate limit doesn't stop.

use std::cmp::Ordering;

/// Lower case, one a line, sorted by bytes.
const LIST: &str = include_str!("popular.txt");

/// Whether the password, whatever its case, is on the list.
pub fn is_common(password: &str) -> bool {
    let wanted = password.to_lowercase();
    let (mut from, mut to) = (0, LIST.len());
    while from < to {
        let middle = from + (to - from) / 2;
        let start = LIST[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = LIST[start..].find('\n').map_or(LIST.len(), |length| start + length);
        match LIST[start..end].cmp(&wanted) {
            Ordering::Equal => return true,
            Ordering::Less => from = end + 1,
            Ordering::Greater => to = start,
        }
    }
    false
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    LIST.lines()
}
