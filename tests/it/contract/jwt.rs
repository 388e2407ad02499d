//! Tokens for services, beside the original server with its jwt plugin.

use gateway_tests::client::{Ask, PASSWORD};
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::peers::OfficialClient;
use http::Method;
use serde_json::{Value, json};

use super::{alone, both::Both};

on_both!(as_the_original, with_another_algorithm, through_the_official_client, claims_by_configuration);

/// What is left to compare of a token or key whose values differ: names and types.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        other => other.clone(),
    }
}

/// Header and claims of a token.
fn opened(token: &str) -> (Value, Value) {
    let part = |at: usize| serde_json::from_slice(&super::super::tokens::decoded(token.split('.').nth(at).unwrap()));
    (part(0).unwrap(), part(1).unwrap())
}

/// The answers of both to a GET of whoever is signed in.
async fn pair(both: &Both, path: &str) -> [gateway_tests::client::Answer; 2] {
    let path = format!("/api/auth{path}");
    [both.ours.get(&path).await, both.theirs.get(&path).await]
}

fn assert_same_tokens(ours: &str, theirs: &str, both: &Both) {
    let [(our_header, mut ours), (their_header, theirs)] = [ours, theirs].map(opened);
    assert_eq!(shape(&our_header), shape(&their_header));
    assert_eq!(our_header["alg"], their_header["alg"]);
    assert!(ours.as_object_mut().unwrap().remove("sid").is_some_and(|sid| sid.is_string()), "only ours has it");
    assert_eq!(shape(&ours), shape(&theirs));
    for name in ["name", "email", "emailVerified", "role", "banned"] {
        assert_eq!(ours[name], theirs[name], "{name}");
    }
    for (claims, origin) in [(&ours, both.gateway.origin()), (&theirs, both.node.url().as_str())] {
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(origin), &json!(origin)));
        assert_eq!(claims["sub"], claims["id"]);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    }
}

async fn compare(mut both: Both) {
    both.get("no token for nobody", "/token").await;
    both.post("wrong method", "/token", json!({})).await;
    both.post("wrong method", "/jwks", json!({})).await;
    both.get("nobody", "/get-session").await;
    let [ours, theirs] = pair(&both, "/get-session").await;
    assert_eq!(ours.header("set-auth-jwt").or(theirs.header("set-auth-jwt")), None);
    let [ours, theirs] = pair(&both, "/jwks").await.map(|answer| answer.expect(200).json());
    assert_eq!(shape(&ours), shape(&theirs), "the first look makes a key");
    assert_eq!(
        (&ours["keys"][0]["alg"], &ours["keys"][0]["crv"]),
        (&theirs["keys"][0]["alg"], &theirs["keys"][0]["crv"])
    );
    both.new_user().await;
    both.step("a token for whoever has a bad cookie", Method::GET, "/token", |ask: Ask, _| {
        ask.without_cookies().header("cookie", "better-auth.session_token=x.y")
    })
    .await;
    let [ours, theirs] = pair(&both, "/token").await.map(|answer| answer.expect(200));
    assert_eq!(ours.header("content-type"), theirs.header("content-type"));
    let [ours, theirs] = [ours.json(), theirs.json()];
    assert_eq!(shape(&ours), shape(&theirs));
    assert_same_tokens(ours["token"].as_str().unwrap(), theirs["token"].as_str().unwrap(), &both);
    let [ours, theirs] = pair(&both, "/get-session").await;
    for header in ["access-control-expose-headers", "set-auth-token"] {
        assert_eq!(ours.header(header), theirs.header(header), "{header}");
    }
    let [ours, theirs] = [&ours, &theirs].map(|answer| answer.header("set-auth-jwt").unwrap().to_owned());
    assert_same_tokens(&ours, &theirs, &both);
    both.post("sign out", "/sign-out", json!({})).await;
    both.get("no token any more", "/token").await;
    both.end();
}

async fn as_the_original(database: Database) {
    compare(Both::plugged(&database, "", "jwt", &json!({})).await).await;
}

async fn with_another_algorithm(database: Database) {
    let options = json!({ "jwt": { "jwks": { "keyPairConfig": { "alg": "RS256" } } } });
    compare(Both::plugged(&database, "[jwt]\nalgorithm = \"RS256\"", "jwt", &options).await).await;
}

async fn through_the_official_client(database: Database) {
    let gateway = alone(&database).start().await;
    let mut client = OfficialClient::with_plugins(gateway.origin(), "jwt");
    let new = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
    client.call("ada", "signUp.email", new).ok();
    let keys = client.call("nobody", "jwks", json!({})).ok();
    let token = client.call("ada", "token", json!({})).ok()["token"].as_str().unwrap().to_owned();
    assert_eq!(keys["keys"][0]["kid"], opened(&token).0["kid"]);
    let session = client.call("ada", "getSession", json!({}));
    let headers = session.response["headers"].as_array().unwrap();
    assert!(headers.iter().any(|header| header[0] == "set-auth-jwt"), "{headers:?}");
    assert_eq!(client.call("nobody", "token", json!({})).refused(), (401, "UNAUTHORIZED".into()));
}

async fn claims_by_configuration(database: Database) {
    let config = r#"
        [jwt]
        expires_in = "5m"
        issuer = "https://issuer.test"
        audience = "services"
        fields = ["email"]
        disable_setting_jwt_header = true
        [jwt.claims]
        tenant = "acme"
        roles = { user = "roles" }
        "https://hasura.test/claims" = { x-user = { user = "id" }, levels = [1, 2.5, true] }
    "#;
    let gateway: Gateway = alone(&database).config(config).start().await;
    let ada = gateway.user("ada").await;
    let session = ada.get("/api/auth/get-session").await.expect(200);
    assert_eq!(session.header("set-auth-jwt"), None);
    let (session, token) = (session.json(), ada.get("/api/auth/token").await.expect(200).json());
    let (_, claims) = opened(token["token"].as_str().unwrap());
    let iat = claims["iat"].as_i64().unwrap();
    assert_eq!(
        claims,
        json!({
            "email": "ada@example.com", "tenant": "acme", "roles": ["user"],
            "https://hasura.test/claims": { "x-user": session["user"]["id"], "levels": [1, 2.5, true] },
            "iss": "https://issuer.test", "aud": "services", "sub": session["user"]["id"],
            "sid": session["session"]["id"], "iat": iat, "exp": iat + 300,
        })
    );
}
