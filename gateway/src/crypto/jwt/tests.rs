use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{JwtError, Signer};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdefXYZ!";

/// Made by the library that the original server uses, under the same secret, with the claims below.
const SAMPLE: &str = "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsInVzZXJJZCI6InUxIiwiaWF0IjoxNzk1MjIyMzkxLCJleHAiOjE3OTUyMjU5OTF9.OdAilO7NnQXJ3Mgtj5TN-HWyxXZC5q3GAep9UYuyagU";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Claims {
    email: String,
    #[serde(rename = "userId")]
    user_id: String,
    iat: i64,
    exp: i64,
}

fn claims() -> Claims {
    Claims { email: "ada@example.com".to_owned(), user_id: "u1".to_owned(), iat: 1_795_222_391, exp: 1_795_225_991 }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn read(signer: &Signer, token: &str) -> Result<Value, JwtError> {
    signer.read_jwt(token, at(1_795_222_400))
}

/// A token with any header and any claims, signed as ours are.
fn forged(header: &str, claims: &str) -> String {
    let content = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let code = URL_SAFE_NO_PAD.encode(Signer::new(SECRET).code(content.as_bytes()));
    format!("{content}.{code}")
}

#[test]
fn writes_and_reads_what_the_original_writes_and_reads() {
    let signer = Signer::new(SECRET);
    assert_eq!(signer.jwt(&claims()), SAMPLE);
    assert_eq!(signer.read_jwt::<Claims>(SAMPLE, at(1_795_222_400)), Ok(claims()));
}

#[test]
fn a_token_is_good_until_the_second_it_expires() {
    let signer = Signer::new(SECRET);
    let read = |seconds| signer.read_jwt::<Claims>(SAMPLE, at(seconds)).map(|_| ());
    assert_eq!(read(1_795_225_990), Ok(()));
    assert_eq!(read(1_795_225_991), Err(JwtError::Expired));
    assert_eq!(Signer::new(b"another").read_jwt::<Claims>(SAMPLE, at(1_795_225_991)), Err(JwtError::Invalid));
}

#[test]
fn an_older_key_is_accepted_until_it_is_taken_away() {
    let rotated = Signer::new(b"newest").accepting([b"between".as_slice(), SECRET]);
    assert!(read(&rotated, SAMPLE).is_ok());
    assert_eq!(read(&Signer::new(b"newest"), SAMPLE), Err(JwtError::Invalid));
    assert_eq!(rotated.jwt(&claims()), Signer::new(b"newest").jwt(&claims()));
}

#[test]
fn what_differs_from_our_form_is_refused_though_it_is_signed() {
    let good = r#"{"exp":1795225991}"#;
    let signer = Signer::new(SECRET);
    assert_eq!(read(&signer, &forged(r#"{"alg":"HS256"}"#, good)), Ok(json!({ "exp": 1_795_225_991 })));
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#,
        r#"{"alg":"HS256","kid":"1"}"#,
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"alg": "HS256"}"#,
        "{}",
        "",
    ] {
        assert_eq!(read(&signer, &forged(header, good)), Err(JwtError::Invalid), "{header}");
    }
    for claims in [
        "{}",
        r#"{"exp":"1795225991"}"#,
        r#"{"exp":1795225991.5}"#,
        r#"{"exp":null}"#,
        r#"{"exp":1795225991,"nbf":1795222500}"#,
        "[1795225991]",
        "",
    ] {
        assert_eq!(read(&signer, &forged(r#"{"alg":"HS256"}"#, claims)), Err(JwtError::Invalid), "{claims}");
    }
}

#[test]
fn what_is_no_token_of_three_canonical_parts_is_refused() {
    let signer = Signer::new(SECRET);
    let (content, code) = SAMPLE.rsplit_once('.').unwrap();
    for bad in [
        String::new(),
        "..".to_owned(),
        content.to_owned(),
        format!("{content}."),
        format!(".{SAMPLE}"),
        format!("{SAMPLE}."),
        format!("{SAMPLE}.{code}"),
        format!("{SAMPLE}="),
        format!("{SAMPLE} "),
        format!("{content}.{}", code.replace('-', "+")),
        // Stray bits behind the last byte.
        format!("{content}.{}V", &code[..code.len() - 1]),
        format!("{SAMPLE}\n"),
        "a".repeat(100_000),
    ] {
        assert_eq!(read(&signer, &bad), Err(JwtError::Invalid), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC*") {
        prop_assert_eq!(read(&Signer::new(SECRET), &text), Err(JwtError::Invalid));
    }

    #[test]
    fn one_changed_character_is_noticed(at in 0..SAMPLE.len(), to in proptest::char::range('!', '~')) {
        let mut changed = SAMPLE.as_bytes().to_vec();
        changed[at] = to as u8;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(read(&Signer::new(SECRET), &changed).is_ok(), changed == SAMPLE);
    }
}
