//! Session tokens in the `Authorization` header.

use serde_json::json;

use super::{browser::Browser, gate::Gate};

async fn who(browser: &mut Browser<'_>, authorization: &str) -> String {
    let answer = browser.ask("GET", "/get-session").header("authorization", authorization).send().await;
    let user = answer.json()["user"]["email"].as_str().unwrap_or("nobody").to_owned();
    format!("{user} {}", answer.cookies().len())
}

#[tokio::test]
async fn raw_and_signed_tokens() {
    let gate = Gate::new().await;
    let answer = gate.anon().sign_up("ann@example.com").await;
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let signed = answer.header("set-auth-token").to_owned();
    assert_eq!(signed, gate.app.signer.signed(&token));
    assert_eq!(answer.header("access-control-expose-headers"), "set-auth-token");
    let encoded = signed.replace('=', "%3D").replace('+', "%2B").replace('/', "%2F");
    let cy = gate.user("cy@example.com").await;
    for (authorization, alone, beside_cookie) in [
        (format!("Bearer {token}"), "ann@example.com 0", "ann@example.com 0"),
        (format!("Bearer {signed}"), "ann@example.com 0", "ann@example.com 0"),
        (format!("bEARER  {encoded} "), "ann@example.com 0", "ann@example.com 0"),
        (token.clone(), "nobody 0", "cy@example.com 0"),
        (format!("Basic {token}"), "nobody 0", "cy@example.com 0"),
        (format!("Bearer\t{token}"), "nobody 0", "cy@example.com 0"),
        ("Bearer ".into(), "nobody 0", "cy@example.com 0"),
        (format!("Bearer {token}.AAAA"), "nobody 0", "cy@example.com 0"),
        (format!("Bearer {token}.{}=", "A".repeat(43)), "nobody 0", "cy@example.com 0"),
        ("Bearer abc".into(), "nobody 3", "nobody 3"),
        ("Bearer @@@".into(), "nobody 3", "nobody 3"),
        (format!("Bearer {}", gate.app.signer.signed("abc")), "nobody 3", "nobody 3"),
        (format!("Bearer {token}, Bearer x"), "nobody 3", "nobody 3"),
    ] {
        assert_eq!(who(&mut gate.anon(), &authorization).await, alone, "{authorization}");
        assert_eq!(who(&mut cy.clone(), &authorization).await, beside_cookie, "{authorization}");
    }
}

#[tokio::test]
async fn a_token_needs_no_origin_but_a_cookie_beside_it_does() {
    let gate = Gate::new().await;
    let token = gate.anon().sign_up("ann@example.com").await.json()["token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let mut anon = gate.anon();
    let plain = anon.ask("POST", "/revoke-other-sessions").header("authorization", &bearer);
    assert_eq!(plain.header("origin", "http://evil.com").send().await.short(), "200");
    let asking = anon.ask("POST", "/revoke-other-sessions").header("authorization", &bearer).header("cookie", "a=b");
    assert_eq!(asking.send().await.short(), "403 MISSING_OR_NULL_ORIGIN");
    let out = anon.ask("POST", "/sign-out").header("authorization", &bearer).json(&json!({})).send().await;
    assert_eq!((out.status.as_u16(), out.cookies().len(), out.header("set-auth-token")), (200, 3, ""));
    assert_eq!(who(&mut gate.anon(), &bearer).await, "nobody 3");
}

#[tokio::test]
async fn signatures_can_be_required_and_tokens_switched_off() {
    let strict = Gate::with(|config| config.bearer.require_signature = true).await;
    let answer = strict.anon().sign_up("ann@example.com").await;
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(who(&mut strict.anon(), &format!("Bearer {token}")).await, "nobody 0");
    assert_eq!(
        who(&mut strict.anon(), &format!("Bearer {}", answer.header("set-auth-token"))).await,
        "ann@example.com 0"
    );

    let off = Gate::with(|config| config.bearer.enabled = false).await;
    let answer = off.anon().sign_up("ann@example.com").await;
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("set-auth-token"), "");
    assert_eq!(who(&mut off.anon(), &format!("Bearer {token}")).await, "nobody 0");
}
