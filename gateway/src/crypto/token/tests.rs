use std::collections::{BTreeMap, HashSet};

use super::{Alphabet, id, text};

#[test]
fn an_id_is_32_letters_and_digits() {
    let ids: Vec<String> = (0..1000).map(|_| id()).collect();
    for id in &ids {
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
    }
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}

#[test]
fn every_character_is_as_likely_as_any_other() {
    let mut seen = BTreeMap::new();
    for c in text(62_000, Alphabet::ALPHANUMERIC).chars() {
        *seen.entry(c).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 62);
    // 1,000 each on average, a spread of about 32; with `byte % 62` the first eight would have 1,230.
    for (c, n) in seen {
        assert!((800..1200).contains(&n), "{c}: {n}");
    }
}

#[test]
fn any_length_from_any_alphabet() {
    assert_eq!(text(0, Alphabet::DIGITS), "");
    assert!(text(6, Alphabet::DIGITS).bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(text(128, Alphabet::URL_SAFE).len(), 128);
    assert!(text(32, Alphabet::LETTERS).bytes().all(|b| b.is_ascii_alphabetic()));
    assert!(text(32, Alphabet::LOWER_ALPHANUMERIC).bytes().all(|b| !b.is_ascii_uppercase()));
}
