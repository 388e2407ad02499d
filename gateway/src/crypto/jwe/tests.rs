use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{JwtError, Sealer};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdefXYZ!";
const PURPOSE: &str = "better-auth-session";

/// Encrypted by the original server under the same secret.
const SAMPLE: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiQU1aeFNPc1Z2cE1DTVBfVVpDRUktb2cyckxWUmZiYXMwN0ZlbjFEV2hzNCJ9..qoX5Si8DrZckrRI7lGRMDw.Oh1rjKSNkawEB4kQvRHNlw0t-QdmDfVZl2r86EzENpzS8_lP-MNMJRjOhid-ACJSZYXETOsvp238_yN0w_4piRGqFdfq4QOSODLle7fqZZuDqtjw01EixMB3V5AzCLCl_gfngH9jeBJNXdVqyxnR_eGuPqZWS3fdWQIGvV3kUOZ5R92krO1gi9dcwajCrCs7WpgHL-pt_x9bffUIIhx75g.YfR8EWOWKctoBgtu57-HSvmf3hZQyLiDWTO8pOElI90";

fn sealer(secret: &[u8]) -> Sealer {
    Sealer::new(PURPOSE, secret, [])
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn open(sealer: &Sealer, token: &str) -> Result<Value, JwtError> {
    sealer.open(token, at(1_795_222_400))
}

#[test]
fn opens_what_the_original_sealed() {
    let claims = open(&sealer(SECRET), SAMPLE).unwrap();
    assert_eq!(claims["session"]["token"], "t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33");
    assert_eq!(claims["exp"], 1_795_222_691);
    let expired: Result<Value, _> = sealer(SECRET).open(SAMPLE, at(1_795_222_691));
    assert_eq!(expired, Err(JwtError::Expired));
}

#[test]
fn seals_the_same_bytes_the_original_seals() {
    let claims = open(&sealer(SECRET), SAMPLE).unwrap();
    let iv = URL_SAFE_NO_PAD.decode(SAMPLE.split('.').nth(2).unwrap()).unwrap();
    assert_eq!(sealer(SECRET).seal_with(&claims, iv.try_into().unwrap()), SAMPLE);
    assert_ne!(sealer(SECRET).seal(&claims), sealer(SECRET).seal(&claims), "each token has its own start");
}

#[test]
fn older_keys_open_and_the_newest_seals() {
    let rotating = Sealer::new(PURPOSE, b"newest", [b"between".as_slice(), SECRET]);
    assert!(open(&rotating, SAMPLE).is_ok());
    assert_eq!(open(&sealer(b"newest"), SAMPLE), Err(JwtError::Invalid));
    let new = rotating.seal(&json!({ "exp": 1_795_222_500 }));
    assert!(open(&sealer(b"newest"), &new).is_ok());
    let elsewhere = Sealer::new("better-auth-account", SECRET, []);
    assert_eq!(open(&elsewhere, SAMPLE), Err(JwtError::Invalid), "another purpose has another key");
}

#[test]
fn another_header_is_refused() {
    let sealer = sealer(SECRET);
    let (header, rest) = SAMPLE.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    for (name, value) in [
        ("alg", json!("A256KW")),
        ("enc", json!("A256GCM")),
        ("enc", json!("A128CBC-HS256")),
        ("kid", json!("other")),
        ("kid", Value::Null),
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
    ] {
        let mut header = header.clone();
        header[name] = value;
        let token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
        assert_eq!(open(&sealer, &token), Err(JwtError::Invalid), "{header}");
    }
}

#[test]
fn other_forms_are_refused() {
    let parts: Vec<&str> = SAMPLE.split('.').collect();
    let [header, _, iv, content, tag] = parts[..] else { panic!("five parts") };
    for bad in [
        String::new(),
        "....".to_owned(),
        format!("{header}.AA.{iv}.{content}.{tag}"),
        format!("{header}..{iv}.{content}"),
        format!("{SAMPLE}."),
        format!("{header}...{content}.{tag}"),
        format!("{header}..{iv}..{tag}"),
        format!("{header}..{iv}.{content}.{}", &tag[..22]),
        format!("{SAMPLE}="),
        ".".repeat(100_000),
    ] {
        assert_eq!(open(&sealer(SECRET), &bad), Err(JwtError::Invalid), "{bad}");
    }
}

proptest! {
    #[test]
    fn what_was_sealed_is_opened(text in ".*", key in proptest::collection::vec(any::<u8>(), 0..80)) {
        let claims = json!({ "text": text, "exp": 1_795_222_500 });
        let sealer = sealer(&key);
        prop_assert_eq!(open(&sealer, &sealer.seal(&claims)), Ok(claims));
    }

    #[test]
    fn one_changed_character_is_noticed(at in 0..SAMPLE.len(), to in proptest::char::range('!', '~')) {
        let mut changed = SAMPLE.as_bytes().to_vec();
        changed[at] = to as u8;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(open(&sealer(SECRET), &changed).is_ok(), changed == SAMPLE);
    }
}
