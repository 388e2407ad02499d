//! Tokens for services: checked elsewhere with nothing but the public keys, taken as bearer here, asserted to upstreams.

mod assertion;
mod bearer;
mod keys;
mod verifiers;

use gateway_tests::client::Person;
use gateway_tests::gateway::{Gateway, Setup};
use serde_json::Value;

/// A token for this person.
async fn token_of(person: &Person) -> String {
    let answer = person.get("/api/auth/token").await.expect(200).json();
    answer["token"].as_str().expect("it is text").to_owned()
}

/// The keys that the gateway shows.
async fn shown_keys(gateway: &Gateway) -> Vec<Value> {
    let answer = gateway.anon().get("/api/auth/jwks").await.expect(200).json();
    answer["keys"].as_array().expect("it is a list").clone()
}

/// What a token says, unchecked.
fn claims_of(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a token has three parts");
    serde_json::from_slice(&decoded(part)).expect("claims are JSON")
}

/// Which key a token names.
fn kid_of(token: &str) -> String {
    let header: Value = serde_json::from_slice(&decoded(token.split('.').next().unwrap())).expect("a header is JSON");
    header["kid"].as_str().expect("it names a key").to_owned()
}

/// Base64 in the alphabet of URLs, without padding.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let value = |b: u8| match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let bits = text.bytes().flat_map(|b| (0..6).rev().map(move |bit| value(b) >> bit & 1)).collect::<Vec<_>>();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

/// A piece of a configuration with a route that takes tokens and one that doesn't.
fn with_routes(setup: Setup, upstream: &str) -> Setup {
    setup.config(&format!(
        r#"
        [upstreams.app]
        servers = ["{upstream}"]
        [[routes]]
        path = "/api/*"
        upstream = "app"
        jwt = true
        [[routes]]
        path = "/admin/*"
        upstream = "app"
        jwt = true
        roles = ["admin"]
        [[routes]]
        path = "/open/*"
        upstream = "app"
        access = "optional"
        [[routes]]
        path = "/*"
        upstream = "app"
        "#
    ))
}
