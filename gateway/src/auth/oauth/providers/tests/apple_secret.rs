//! The client secret that is made for Apple.

use chrono::DateTime;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

use super::super::apple::sign_secret;
use crate::config::{ProviderConfig, Secret, Words};

fn config(private_key: &str) -> ProviderConfig {
    ProviderConfig {
        client_id: Words::from("com.example.web com.example.app"),
        team_id: "TEAM123456".to_owned(),
        key_id: "KEY1234567".to_owned(),
        private_key: Secret::new(private_key),
        ..ProviderConfig::default()
    }
}

#[test]
fn it_says_who_we_are_for_ten_minutes() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let pem = pair.serialize_pem();
    let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    for given in [pem.clone(), pem.replace('\n', "\\n")] {
        let secret = sign_secret(&config(&given), now).unwrap();
        let key = DecodingKey::from_ec_der(pair.public_key_raw());
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_audience(&["https://appleid.apple.com"]);
        validation.set_issuer(&["TEAM123456"]);
        let read = jsonwebtoken::decode::<Value>(secret.expose(), &key, &validation).unwrap();
        assert_eq!(read.header.kid.as_deref(), Some("KEY1234567"));
        assert_eq!(read.claims["sub"], "com.example.web");
        assert_eq!((&read.claims["iat"], &read.claims["exp"]), (&1_795_000_000.into(), &1_795_000_600.into()));
    }
}

#[test]
fn it_needs_all_of_the_key() {
    let pem = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem();
    let now = DateTime::UNIX_EPOCH;
    let without = |change: fn(&mut ProviderConfig)| {
        let mut config = config(&pem);
        change(&mut config);
        sign_secret(&config, now)
    };
    assert!(without(|config| config.team_id.clear()).is_none());
    assert!(without(|config| config.key_id.clear()).is_none());
    assert!(without(|config| config.private_key = Secret::new("")).is_none());
    let other_curve = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
    for wrong in ["nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &other_curve] {
        assert!(sign_secret(&config(wrong), now).is_none(), "{wrong}");
    }
}
