use serde_json::{Value, json};

use super::{Algorithm, Pair, PrivateKey, PublicKey, generate, public_members};

fn pair(algorithm: Algorithm) -> Pair {
    generate(algorithm, 2048).unwrap()
}

#[test]
fn every_algorithm_signs_what_its_public_half_accepts() {
    for algorithm in Algorithm::ALL {
        let pair = pair(algorithm);
        let public = PublicKey::read(&pair.public, algorithm).unwrap();
        let private = PrivateKey::read(&pair.private, &public).unwrap();
        let signature = private.sign(b"message").unwrap();
        let name = algorithm.name();
        assert!(public.verifies(b"message", &signature), "{name}");
        assert!(!public.verifies(b"messagf", &signature), "{name}");
        for at in [0, signature.len() / 2, signature.len() - 1] {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert!(!public.verifies(b"message", &changed), "{name} at {at}");
        }
        assert!(!public.verifies(b"message", &signature[1..]), "{name}, cut");
        assert!(!public.verifies(b"message", &[]), "{name}, empty");
        assert!(!public.verifies(b"message", &vec![0; signature.len()]), "{name}, zeros");
        assert_eq!(format!("{private:?}"), format!("PrivateKey({name}, …)"));
        let jwk: Value = serde_json::from_str(&pair.public).unwrap();
        let preferred = if algorithm == Algorithm::Ps256 { Algorithm::Ps256 } else { Algorithm::Rs256 };
        assert_eq!(Algorithm::of_key(&jwk, preferred), Some(algorithm));
        assert_eq!(jwk["crv"].as_str(), algorithm.curve());
    }
}

#[test]
fn a_key_is_read_for_its_own_algorithm_only() {
    for algorithm in Algorithm::ALL {
        let pair = pair(algorithm);
        for other in Algorithm::ALL.into_iter().filter(|other| other.key_type() != algorithm.key_type()) {
            assert!(PublicKey::read(&pair.public, other).is_none(), "{} as {}", algorithm.name(), other.name());
        }
    }
    let ec = pair(Algorithm::Es256);
    assert!(PublicKey::read(&ec.public, Algorithm::Es512).is_none());
    let rsa = pair(Algorithm::Rs256);
    let as_pss = PublicKey::read(&rsa.public, Algorithm::Ps256).unwrap();
    let as_pkcs1 = PublicKey::read(&rsa.public, Algorithm::Rs256).unwrap();
    let signature = PrivateKey::read(&rsa.private, &as_pkcs1).unwrap().sign(b"x").unwrap();
    assert!(as_pkcs1.verifies(b"x", &signature) && !as_pss.verifies(b"x", &signature));
}

#[test]
fn halves_of_two_pairs_are_no_pair() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es512] {
        let (one, other) = (pair(algorithm), pair(algorithm));
        let public = PublicKey::read(&one.public, algorithm).unwrap();
        assert!(PrivateKey::read(&other.private, &public).is_none(), "{}", algorithm.name());
        assert!(PrivateKey::read(&one.public, &public).is_none(), "{}, without a private half", algorithm.name());
    }
}

#[test]
fn what_is_not_whole_is_refused() {
    let good: Value = serde_json::from_str(&pair(Algorithm::Es256).public).unwrap();
    let with = |name: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        jwk.to_string()
    };
    for jwk in [
        with("x", json!("AAAA")),
        with("x", json!(null)),
        with("x", json!(7)),
        with("kty", json!("OKP")),
        with("crv", json!("P-384")),
        "null".to_owned(),
        String::new(),
    ] {
        assert!(PublicKey::read(&jwk, Algorithm::Es256).is_none(), "{jwk}");
    }
    let outside = with("x", json!("A".repeat(43)));
    let read = PublicKey::read(&outside, Algorithm::Es256);
    assert!(read.is_none_or(|key| !key.verifies(b"", &[0; 64])), "no point of the curve verifies anything");
}

#[test]
fn private_members_are_never_shown() {
    for algorithm in Algorithm::ALL {
        let private: Value = serde_json::from_str(&pair(algorithm).private).unwrap();
        let Value::Object(private) = private else { unreachable!() };
        let shown = public_members(private.clone());
        assert!(shown.len() < private.len());
        for name in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(!shown.contains_key(name), "{} shows {name}", algorithm.name());
        }
    }
}

/// RFC 8037 A.4.
#[test]
fn signs_the_example_of_the_specification() {
    let private = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let public = PublicKey::read(private, Algorithm::EdDsa).unwrap();
    let key = PrivateKey::read(private, &public).unwrap();
    let content = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let token = crate::crypto::jws::with_signature(content.to_owned(), &key.sign(content.as_bytes()).unwrap());
    assert!(token.ends_with(".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"));
}
