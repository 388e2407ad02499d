use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{LONGEST, Unverified, content, with_signature};
use crate::crypto::jwk::{Algorithm, PrivateKey, PublicKey, generate};

struct Keys {
    public: PublicKey,
    private: PrivateKey,
}

impl Keys {
    fn new(algorithm: Algorithm) -> Self {
        let pair = generate(algorithm, 2048).unwrap();
        let public = PublicKey::read(&pair.public, algorithm).unwrap();
        let private = PrivateKey::read(&pair.private, &public).unwrap();
        Self { public, private }
    }

    fn token(&self, claims: &Value) -> String {
        self.signed(content(self.public.algorithm(), "one", claims))
    }

    fn signed(&self, content: String) -> String {
        let signature = self.private.sign(content.as_bytes()).unwrap();
        with_signature(content, &signature)
    }

    fn accepts(&self, token: &str) -> bool {
        Unverified::read(token).is_some_and(|read| read.kid() == "one" && read.is_signed_under(&self.public))
    }
}

#[test]
fn what_was_signed_is_known_again() {
    for algorithm in Algorithm::ALL {
        let keys = Keys::new(algorithm);
        let token = keys.token(&json!({ "sub": "ada" }));
        assert!(keys.accepts(&token), "{token}");
        let read = Unverified::read(&token).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(read.claims()).unwrap(), json!({ "sub": "ada" }));
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({ "alg": algorithm.name(), "kid": "one" }));
    }
}

#[test]
fn a_header_chooses_nothing() {
    let keys = Keys::new(Algorithm::EdDsa);
    let good = json!({ "alg": "EdDSA", "kid": "one" });
    let signed = |header: &str| {
        let [header, claims] = [header, "{}"].map(|part| URL_SAFE_NO_PAD.encode(part));
        keys.signed(format!("{header}.{claims}"))
    };
    let with = |name: &str, value: Value| {
        let mut header = good.clone();
        header[name] = value;
        signed(&header.to_string())
    };
    assert!(keys.accepts(&signed(&good.to_string())));
    assert!(keys.accepts(&with("typ", json!("JWT"))));
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("alg", json!("eddsa")),
        ("alg", json!(["EdDSA"])),
        ("alg", json!(null)),
        ("kid", json!("two")),
        ("kid", json!("../one")),
        ("kid", json!(1)),
        ("kid", json!(null)),
        ("typ", json!("at+jwt")),
        ("jku", json!("https://evil.test/jwks")),
        ("jwk", json!({ "kty": "OKP" })),
        ("x5u", json!("https://evil.test/x")),
        ("x5c", json!([])),
        ("x5t", json!("x")),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
    ] {
        assert!(!keys.accepts(&with(name, value.clone())), "{name}: {value}");
    }
    for header in [
        "",
        "{}",
        "null",
        "[]",
        r#"{"alg":"EdDSA"}"#,
        r#"{"kid":"one"}"#,
        r#"{"alg":"EdDSA","kid":"one","kid":"one"}"#,
        r#"{"alg":"none","alg":"EdDSA","kid":"one"}"#,
        r#"{"alg":"EdDSA","kid":"one"} {}"#,
        "{\"alg\":\"EdDSA\",\"kid\":\"one\"\0}",
    ] {
        assert!(!keys.accepts(&signed(header)), "{header}");
    }
}

#[test]
fn the_form_is_exact() {
    let keys = Keys::new(Algorithm::EdDsa);
    let good = keys.token(&json!({ "sub": "ada" }));
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { unreachable!() };
    let last = signature.len() - 1;
    // 64 bytes leave four bits of the last character unused: they have to be zero.
    let sloppy = {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let at = alphabet.iter().position(|b| *b == signature.as_bytes()[last]).unwrap();
        format!("{header}.{claims}.{}{}", &signature[..last], char::from(alphabet[at | 1]))
    };
    for token in [
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{good}."),
        format!("{good}.x"),
        format!(".{good}"),
        format!("{good}="),
        format!("{header}=.{claims}.{signature}"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{header}.{claims}\n.{signature}"),
        good.replace('-', "+").replace('_', "/") + "+",
        format!("{header}.{claims}.{}", &signature[..last]),
        format!("{good}{}", "A".repeat(LONGEST)),
        sloppy,
        String::new(),
        "..".to_owned(),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
    ] {
        assert!(!keys.accepts(&token), "{token}");
    }
}

#[test]
fn a_public_key_is_no_secret_for_hs256() {
    let keys = Keys::new(Algorithm::Rs256);
    let forged = content(Algorithm::EdDsa, "one", &json!({}));
    assert!(!keys.accepts(&with_signature(forged, &[0; 32])));
    let elsewhere = Keys::new(Algorithm::Rs256);
    assert!(!keys.accepts(&elsewhere.token(&json!({}))), "another key under the same name");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_token_is_refused(at in 0usize..200, to in any::<char>()) {
        let keys = Keys::new(Algorithm::EdDsa);
        let good = keys.token(&json!({ "sub": "ada", "role": "user", "exp": 1_800_000_000 }));
        let mut changed: Vec<char> = good.chars().collect();
        let at = at % changed.len();
        prop_assume!(changed[at] != to);
        changed[at] = to;
        prop_assert!(!keys.accepts(&changed.into_iter().collect::<String>()));
    }

    #[test]
    fn nothing_breaks_it(token in ".{0,300}") {
        prop_assert!(Unverified::read(&token).is_none());
    }
}
