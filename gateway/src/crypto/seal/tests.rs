use proptest::prelude::*;

use super::{AtRest, NONCE};

const OLD: &[u8] = b"better-auth-secret-of-the-tests-0123456789";
const NEW: &[u8] = b"the-newer-secret-of-the-tests-0123456789";

/// `{"a":"ä"}`, encrypted by the original under [`OLD`].
const PLAIN: &str =
    "49c303fe318f3a8e00e564accac0f904b77ac0c498eb96f6cd562bbed7562db08c95c6dd3ac51be74e618bf6477ee38c96e8";

/// `hello`, encrypted by the original under [`NEW`], which was number 2 there.
const NUMBERED: &str =
    "$ba$2$6e975d75603ea6d0ab26b67bee62316feb085910fd037b0fb8ffc5098f35c0ee5c9d02d105e34310d6f1cf242a";

/// Nothing, encrypted by the original under [`OLD`].
const EMPTY: &str = "d2bc7d03dabef008f9adb2688a1ead41e78a3fc45f7ae0d6fdcf659e5c06c29f6fcbd9a54a350c87";

fn single(secret: &[u8]) -> AtRest {
    AtRest::new((None, secret), [])
}

fn numbered() -> AtRest {
    AtRest::new((Some(2), NEW), [(Some(1), OLD)])
}

fn nonce(sealed: &str) -> [u8; NONCE] {
    hex::decode(&sealed[..2 * NONCE]).unwrap().try_into().unwrap()
}

#[test]
fn decrypts_what_the_original_encrypted() {
    assert_eq!(single(OLD).unseal(PLAIN).as_deref(), Some(r#"{"a":"ä"}"#));
    assert_eq!(single(OLD).unseal(EMPTY).as_deref(), Some(""));
    assert_eq!(numbered().unseal(NUMBERED).as_deref(), Some("hello"));
    assert_eq!(single(OLD).unseal(&PLAIN.to_uppercase()).as_deref(), Some(r#"{"a":"ä"}"#));
}

#[test]
fn encrypts_to_the_bytes_of_the_original() {
    assert_eq!(single(OLD).seal_with(r#"{"a":"ä"}"#, nonce(PLAIN)), PLAIN);
    let digits = NUMBERED.strip_prefix("$ba$2$").unwrap();
    assert_eq!(numbered().seal_with("hello", nonce(digits)), NUMBERED);
    assert_ne!(single(OLD).seal("x"), single(OLD).seal("x"), "each text has its own nonce");
}

#[test]
fn every_secret_of_the_keyring_is_tried() {
    assert_eq!(numbered().unseal(PLAIN).as_deref(), Some(r#"{"a":"ä"}"#), "without a number");
    let renumbered = AtRest::new((Some(7), OLD), [(None, NEW)]);
    assert_eq!(renumbered.unseal(NUMBERED).as_deref(), Some("hello"), "a number that now means another secret");
    assert_eq!(single(OLD).unseal(NUMBERED), None, "the secret is gone");
}

#[test]
fn what_is_not_whole_is_refused() {
    let sealer = numbered();
    for text in ["", "$ba$", "$ba$2", "$ba$2$", "$ba$x$00", "$ba$-1$00", "00", "zz", &PLAIN[..2 * NONCE], &PLAIN[1..]] {
        assert_eq!(sealer.unseal(text), None, "{text:?}");
    }
    for at in [0, 2 * NONCE, PLAIN.len() - 1] {
        let mut changed = PLAIN.as_bytes().to_vec();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        assert_eq!(sealer.unseal(str::from_utf8(&changed).unwrap()), None, "digit {at}");
    }
}

#[test]
fn knows_what_was_never_encrypted() {
    for (text, sealed) in
        [(PLAIN, true), (NUMBERED, true), ("", false), ("abc", false), ("ya29.a0Af", false), ("abcd", true)]
    {
        assert_eq!(AtRest::is_sealed(text), sealed, "{text:?}");
    }
    assert_eq!(format!("{:?}", numbered()), "AtRest(…)");
}

proptest! {
    #[test]
    fn comes_back_as_it_was(text in ".{0,200}", numbered_secret: bool) {
        let at_rest = if numbered_secret { numbered() } else { single(NEW) };
        let sealed = at_rest.seal(&text);
        prop_assert!(AtRest::is_sealed(&sealed));
        prop_assert_eq!(at_rest.unseal(&sealed), Some(text));
    }

    #[test]
    fn nothing_breaks_it(text in ".{0,200}") {
        prop_assert_eq!(numbered().unseal(&text), None);
    }
}
