//! Names that anybody can give themselves or others.

use super::*;

#[test]
fn names_are_greeted_unless_they_carry_links() {
    let long = "x".repeat(500);
    let cut = format!("{}…", "x".repeat(59));
    let table = [
        ("Ada", Some("Ada")),
        ("  Ada \t Lovelace ", Some("Ada Lovelace")),
        ("J.R.R. Tolkien", Some("J.R.R. Tolkien")),
        ("Martin Luther King Jr.", Some("Martin Luther King Jr.")),
        ("Zoë 🦀 O'Neill", Some("Zoë 🦀 O'Neill")),
        ("李小龍", Some("李小龍")),
        ("Ada\r\nBcc: eve@example.com", None),
        ("Ada\r\nBcc", Some("Ada Bcc")),
        ("Ada\u{202e}nimda", Some("Adanimda")),
        ("\u{200b}\u{2066}", None),
        ("", None),
        ("You won! evil.example", None),
        ("https://evil.example", None),
        ("evil\u{3002}example", None),
        ("www.evil.example/x", None),
        ("eve@example.com", None),
        (long.as_str(), Some(cut.as_str())),
    ];
    for (given, shown) in table {
        assert_eq!(plain::name(given).as_deref(), shown, "{given:?}");
    }
}

#[test]
fn a_name_that_carries_a_link_is_left_out() {
    let letter = letter(Kind::Welcome, Language::English, "free money at evil.example");
    assert!(letter.text.starts_with("Hello,\n") && !letter.html.contains("evil"));
}

proptest::proptest! {
    #[test]
    fn nothing_breaks_out_of_its_line(name in "\\PC*|[\\x00-\\x7f]*", device in "[\\s\\S]{0,400}") {
        let kind = Kind::NewDevice { device, address: name.clone(), at: noon() };
        let letter = letter(kind, Language::English, &name);
        proptest::prop_assert_eq!(letter.subject.as_str(), "Acme: sign-in on a new device");
        // Greeting, body, at most three facts, advice, signature: no line more, whatever the texts hold.
        proptest::prop_assert!(letter.text.lines().count() <= 13, "{}", letter.text);
        let breaks = letter.text.contains(['\r', '\0', '\u{1b}', '\u{2028}']);
        proptest::prop_assert!(!breaks);
    }
}
