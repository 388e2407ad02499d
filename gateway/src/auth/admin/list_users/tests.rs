//! Numbers of a query, as JavaScript reads them.

use super::{number, whole};

#[test]
fn numbers_are_read_as_in_javascript() {
    for (text, expected) in [("10", 10.0), (" 5 ", 5.0), ("1e1", 10.0), ("-1", -1.0), ("1.5", 1.5), ("+3", 3.0)] {
        assert_eq!(number(text), Some(expected), "{text:?}");
    }
    assert_eq!(number("Infinity"), Some(f64::INFINITY));
    for text in ["", " ", "0", "-0", "abc", "nan", "inf", "1x", "--1", "e", "."] {
        assert_eq!(number(text), None, "{text:?}");
    }
}

#[test]
fn only_whole_numbers_above_zero_make_a_page() {
    assert_eq!(whole(None), Some(None));
    assert_eq!(whole(Some(7.0)), Some(Some(7)));
    for odd in [-1.0, 0.5, 1.5, f64::INFINITY, 1e20] {
        assert_eq!(whole(Some(odd)), None, "{odd}");
    }
}
