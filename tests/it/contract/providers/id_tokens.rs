//! ID tokens that apps on phones bring: signing in and linking with them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_tests::db::Database;
use gateway_tests::peers::providers::{Providers, Recorded, Signer};
use gateway_tests::seconds_now;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::both_with;
use crate::contract::both::{Both, PASSWORD};

on_both!(apps_sign_in, tokens_that_nobody_believes, apps_link);

const IDS: [&str; 5] = ["apple", "facebook", "github", "google", "microsoft"];

async fn both(database: &Database, providers: &Providers) -> Both {
    both_with(database, providers, &IDS, ("", &json!({}))).await
}

fn wish(id: &str, token: &str, more: &Value) -> Value {
    let mut wish = json!({ "provider": id, "idToken": { "token": token } });
    for (name, value) in more.as_object().into_iter().flatten() {
        wish["idToken"][name] = value.clone();
    }
    wish
}

async fn apps_sign_in(database: Database) {
    let providers = Providers::start().await;
    let mut both = both(&database, &providers).await;
    for id in ["apple", "facebook", "google", "microsoft"] {
        for what in ["first time", "again"] {
            both.start_over();
            let token = providers.id_token(id, &json!({}));
            both.post(&format!("{id}: {what}"), "/sign-in/social", wish(id, &token, &json!({}))).await;
            both.get(&format!("{id}: session, {what}"), "/get-session").await;
            both.get(&format!("{id}: accounts, {what}"), "/list-accounts").await;
        }
    }
    both.start_over();
    let named = json!({ "sub": "2", "email": "grace@example.com", "nonce": "n0nce" });
    let token = providers.id_token("apple", &named);
    let name = json!({ "nonce": "n0nce", "user": { "name": { "firstName": "Grace", "lastName": "Hopper" }, "email": "x@y.z" } });
    both.post("apple: with a name", "/sign-in/social", wish("apple", &token, &name)).await;
    let opaque = wish("facebook", "no-jwt", &json!({ "accessToken": providers.access_token() }));
    both.post("facebook: an access token", "/sign-in/social", opaque).await;
    both.post("facebook: no access token", "/sign-in/social", wish("facebook", "no-jwt", &json!({}))).await;
    let foreign = wish("facebook", "no-jwt", &json!({ "accessToken": "of-somebody-else" }));
    both.post("facebook: an access token of others", "/sign-in/social", foreign).await;
    let pictured = providers.id_token("microsoft", &json!({ "oid": "9", "email": "m@example.com" }));
    let token = json!({ "accessToken": providers.access_token() });
    both.post("microsoft: with a picture", "/sign-in/social", wish("microsoft", &pictured, &token)).await;
    both.end();
}

async fn tokens_that_nobody_believes(database: Database) {
    let providers = Providers::start().await;
    let mut both = both(&database, &providers).await;
    let now = seconds_now();
    let wrong = [
        ("expired", json!({ "exp": now - 60 })),
        ("too old", json!({ "iat": now - 3_700 })),
        ("from the future", json!({ "iat": now + 300 })),
        ("not yet", json!({ "nbf": now + 300 })),
        ("for others", json!({ "aud": "other-client" })),
        ("for a list of others", json!({ "aud": ["a", "b"] })),
        ("from elsewhere", json!({ "iss": "https://accounts.example.com" })),
        ("without a subject", json!({ "sub": null })),
        ("without an end", json!({ "exp": null })),
        ("without an address", json!({ "email": null })),
    ];
    for (what, claims) in &wrong {
        let token = providers.id_token("google", claims);
        both.post(what, "/sign-in/social", wish("google", &token, &json!({}))).await;
    }
    let nonce = json!({ "nonce": "n0nce" });
    for (what, claims) in
        [("no nonce", json!({})), ("another nonce", json!({ "nonce": "other" })), ("the nonce", nonce.clone())]
    {
        let token = providers.id_token("google", &claims);
        both.post(what, "/sign-in/social", wish("google", &token, &nonce)).await;
    }
    for (what, token) in forged(&providers) {
        both.post(what, "/sign-in/social", wish("google", &token, &json!({}))).await;
    }
    let tenant = providers.id_token("microsoft", &json!({ "tid": "contoso" }));
    both.post("another directory", "/sign-in/social", wish("microsoft", &tenant, &json!({}))).await;
    let google = providers.id_token("google", &json!({}));
    both.post("another provider's", "/sign-in/social", wish("apple", &google, &json!({}))).await;
    both.post("not taken", "/sign-in/social", wish("github", &google, &json!({}))).await;
    both.post("unknown", "/sign-in/social", wish("nobody", &google, &json!({}))).await;
    both.post("no token", "/sign-in/social", json!({ "provider": "google", "idToken": {} })).await;
    both.get("nobody is signed in by what is wrong", "/list-accounts").await;
    both.end();
}

/// Everything that a header or a signature can do.
fn forged(providers: &Providers) -> Vec<(&'static str, String)> {
    let signer = Signer::shared();
    let good = providers.id_token("google", &json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let claims = signed.split_once('.').unwrap().1;
    let headed = |head: Value| format!("{}.{claims}", URL_SAFE_NO_PAD.encode(head.to_string()));
    let read: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let named = |kid: &str, algorithm| Header { kid: Some(kid.into()), ..Header::new(algorithm) };
    let shared = |secret: &[u8]| {
        jsonwebtoken::encode(&named("one", Algorithm::HS256), &read, &EncodingKey::from_secret(secret)).unwrap()
    };
    let published = signer.keys()["keys"][0].to_string();
    vec![
        ("alg none", format!("{}.", headed(json!({ "alg": "none", "kid": "one" })))),
        ("alg none with a signature", format!("{}.{signature}", headed(json!({ "alg": "none", "kid": "one" })))),
        ("the modulus as a shared secret", shared(signer.modulus())),
        ("the key as a shared secret", shared(published.as_bytes())),
        ("another algorithm", signer.sign_as(&named("one", Algorithm::RS512), &read)),
        ("an unknown key", signer.sign_as(&named("two", Algorithm::RS256), &read)),
        ("no signature", format!("{signed}.")),
        ("another signature", format!("{signed}.{}", URL_SAFE_NO_PAD.encode([7; 256]))),
        ("another header", format!("{}.{signature}", headed(json!({ "alg": "RS256", "kid": "one", "typ": "x" })))),
        ("two parts", signed.to_owned()),
        ("five parts", format!("{good}.a.b")),
        ("nothing", String::new()),
    ]
}

async fn apps_link(database: Database) {
    let providers = Providers::start().await;
    let mut both = both(&database, &providers).await;
    let google =
        wish("google", &providers.id_token("google", &json!({})), &json!({ "accessToken": "a", "refreshToken": "r" }));
    both.post("signed out", "/link-social", google.clone()).await;
    let email = Recorded::of("google").claims.unwrap()["email"].clone();
    both.post("sign up", "/sign-up/email", json!({ "name": "Ada", "email": email, "password": PASSWORD })).await;
    let bad = wish("google", "a.b.c", &json!({}));
    both.post("a bad token", "/link-social", bad).await;
    both.post("not taken", "/link-social", wish("github", "a.b.c", &json!({}))).await;
    both.post("linked", "/link-social", google.clone()).await;
    both.post("linked already", "/link-social", google.clone()).await;
    both.get("accounts", "/list-accounts").await;
    let apple = wish("apple", &providers.id_token("apple", &json!({})), &json!({}));
    both.post("another address", "/link-social", apple).await;
    let facebook = wish("facebook", &providers.id_token("facebook", &json!({ "email": email })), &json!({}));
    both.post("an address without proof", "/link-social", facebook).await;
    both.start_over();
    both.post("sign up", "/sign-up/email", json!({ "name": "Eve", "email": "eve@example.com", "password": PASSWORD }))
        .await;
    both.post("somebody else's", "/link-social", google).await;
    both.end();
}
