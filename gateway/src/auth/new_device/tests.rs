use super::Place;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[test]
fn places_are_the_same_within_a_network() {
    for (a, b, same) in [
        ("203.0.113.7", "203.0.113.200", true),
        ("203.0.113.7", "203.0.9.1", true),
        ("203.0.113.7", "203.1.113.7", false),
        ("203.0.113.7", "::ffff:203.0.113.8", true),
        ("2001:db8:1::", "2001:db8:2::", true),
        ("2001:db8:1::", "2001:db9:1::", false),
        ("203.0.113.7", "2001:db8:1::", false),
        ("", "", true),
        ("", "nonsense", true),
        ("", "203.0.113.7", false),
    ] {
        assert_eq!(Place::of(FIREFOX, a) == Place::of(FIREFOX, b), same, "{a} and {b}");
    }
    assert_ne!(Place::of(FIREFOX, ""), Place::of("curl/8.5.0", ""));
}
