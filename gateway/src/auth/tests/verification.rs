//! Proving addresses and moving accounts.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    browser::{Answer, Browser, PASSWORD},
    gate::{Gate, Posted},
};
use crate::crypto::{jwt::JwtError, sign::Signer};

const NEW: &str = "countess@example.com";

async fn follow(browser: &mut Browser<'_>, mail: &Posted) -> Answer {
    browser.visit("GET", &mail.link()).send().await
}

/// Follows the link without a return address.
async fn follow_plainly(browser: &mut Browser<'_>, mail: &Posted) -> Answer {
    browser.get(&format!("/verify-email?token={}", mail.secret())).await
}

async fn asked(gate: &Gate, browser: &mut Browser<'_>, email: &str) -> Posted {
    let answer = browser.post("/send-verification-email", json!({ "email": email, "callbackURL": "/in?a=b" })).await;
    assert_eq!(answer.short(), "200");
    gate.mail().await
}

#[tokio::test]
async fn an_address_is_proved_by_following_a_link() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let mail = asked(&gate, &mut ann, "ANN@example.com").await;
    assert_eq!((mail.kind.as_str(), mail.to.as_str()), ("verify-email", "ann@example.com"));
    let claims: Value = gate.app.signer.read_jwt(&mail.secret(), gate.app.clock.now()).unwrap();
    let now = gate.app.clock.now().timestamp();
    let id = gate.stored("ann@example.com").await.id;
    assert_eq!(claims, json!({ "email": "ann@example.com", "userId": id.as_str(), "iat": now, "exp": now + 900 }));
    let answer = follow(&mut gate.anon(), &mail).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/in?a=b"));
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert!(gate.stored("ann@example.com").await.email_verified);
    let answer = follow_plainly(&mut gate.anon(), &mail).await;
    assert_eq!(answer.json(), json!({ "status": true, "user": null }));
    assert_eq!(
        ann.post("/send-verification-email", json!({ "email": "ann@example.com" })).await.short(),
        "400 EMAIL_ALREADY_VERIFIED"
    );
}

#[tokio::test]
async fn links_that_are_over_or_of_others_do_nothing() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let mail = asked(&gate, &mut ann, "ann@example.com").await;
    let foreign = Signer::new(b"another key, just as long as ours")
        .jwt(&json!({ "email": "ann@example.com", "exp": 9_999_999_999_i64 }));
    let of_cookies = gate.app.signer.signed("ann@example.com");
    let without_address = gate.app.signer.jwt(&json!({ "exp": 9_999_999_999_i64 }));
    for token in [&foreign, &of_cookies, &without_address, &"x".repeat(60_000)] {
        let answer = gate.anon().get(&format!("/verify-email?token={token}")).await;
        assert_eq!(answer.short(), "401 INVALID_TOKEN");
    }
    gate.wait(TimeDelta::minutes(15));
    assert_eq!(gate.app.signer.read_jwt::<Value>(&mail.secret(), gate.app.clock.now()), Err(JwtError::Expired));
    assert_eq!(follow_plainly(&mut ann, &mail).await.short(), "401 TOKEN_EXPIRED");
    assert_eq!(follow(&mut ann, &mail).await.header("location"), "/in?a=b&error=TOKEN_EXPIRED");
    let mail = asked(&gate, &mut ann, "ann@example.com").await;
    gate.app.store.delete_user(&gate.stored("ann@example.com").await.id).await.unwrap();
    assert_eq!(follow_plainly(&mut gate.anon(), &mail).await.short(), "401 USER_NOT_FOUND");
    gate.user("ann@example.com").await;
    assert_eq!(follow_plainly(&mut gate.anon(), &mail).await.short(), "401 INVALID_TOKEN", "another account");
}

#[tokio::test]
async fn addresses_can_not_be_told_apart_by_asking() {
    let gate = Gate::new().await;
    gate.user("new@example.com").await;
    let mut ann = gate.user("ann@example.com").await;
    let mail = asked(&gate, &mut ann, "ann@example.com").await;
    follow(&mut ann, &mail).await;
    let mut seen = Vec::new();
    for email in ["new@example.com", "ann@example.com", "nobody@example.com"] {
        let began = std::time::Instant::now();
        let answer = gate.anon().post("/send-verification-email", json!({ "email": email })).await;
        assert!(began.elapsed() >= std::time::Duration::from_millis(500), "{email}");
        seen.push((answer.status, answer.headers, answer.body));
        assert_eq!(gate.mail().await.kind, if email.starts_with("new") { "verify-email" } else { "decoy" });
    }
    assert!(seen[0] == seen[1] && seen[1] == seen[2]);
}

#[tokio::test]
async fn signing_up_sends_the_link_when_it_is_needed() {
    for (send, require, expected) in [(None, false, 0), (None, true, 1), (Some(false), true, 0), (Some(true), false, 1)]
    {
        let gate = Gate::with(|config| {
            config.email_verification.send_on_sign_up = send;
            config.email_password.require_verification = require;
        })
        .await;
        gate.anon().sign_up("ann@example.com").await;
        assert_eq!(gate.mails().await.len(), expected);
        gate.anon().sign_up("ann@example.com").await;
        let again = gate.mails().await;
        assert!(again.iter().all(|mail| mail.kind == "decoy") && again.len() == usize::from(require && expected > 0));
    }
}

#[tokio::test]
async fn whoever_has_to_prove_the_address_first_is_helped_to() {
    let gate = Gate::with(|config| {
        config.email_password.require_verification = true;
        config.email_verification.send_on_sign_in = true;
        config.email_verification.auto_sign_in = true;
    })
    .await;
    gate.anon().sign_up("ann@example.com").await;
    gate.mail().await;
    let wrong = json!({ "email": "ann@example.com", "password": "wrong password" });
    assert_eq!(gate.anon().post("/sign-in/email", wrong).await.short(), "401 INVALID_EMAIL_OR_PASSWORD");
    assert!(gate.mails().await.is_empty());
    let mut ann = gate.anon();
    assert_eq!(ann.sign_in("ann@example.com").await.short(), "403 EMAIL_NOT_VERIFIED");
    let mail = gate.mail().await;
    follow(&mut ann, &mail).await;
    assert!(ann.is_signed_in().await);
    let mut eve = gate.anon();
    follow(&mut eve, &mail).await;
    assert!(!eve.is_signed_in().await, "it signs in once");
}

#[tokio::test]
async fn a_banned_user_is_not_signed_in_by_a_link() {
    let gate = Gate::with(|config| config.email_verification.auto_sign_in = true).await;
    let mut ann = gate.user("ann@example.com").await;
    let mail = asked(&gate, &mut ann, "ann@example.com").await;
    gate.app.store.ban(&gate.stored("ann@example.com").await.id, None, None).await.unwrap();
    let mut anon = gate.anon();
    assert_eq!(follow(&mut anon, &mail).await.short(), "403 BANNED_USER");
    assert!(!anon.is_signed_in().await);
}

#[tokio::test]
async fn an_account_moves_when_the_new_address_is_proved() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    assert_eq!(ann.post("/change-email", json!({ "newEmail": NEW })).await.short(), "200");
    let mail = gate.mail().await;
    assert_eq!((mail.kind.as_str(), mail.to.as_str()), ("verify-new-email", NEW));
    assert!(!gate.stored("ann@example.com").await.email_verified);
    let mut bob = gate.user("bob@example.com").await;
    assert_eq!(follow_plainly(&mut bob, &mail).await.short(), "401 INVALID_USER");
    let tries = join_all((0..6).map(|_| {
        let (mut browser, mail) = (ann.clone(), &mail);
        async move { follow_plainly(&mut browser, mail).await }
    }));
    let answers = tries.await;
    let moved: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].json()["user"]["email"], NEW);
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.short() == "401 INVALID_TOKEN"));
    assert_eq!(ann.get("/get-session").await.json()["user"]["email"], NEW);
}

#[tokio::test]
async fn an_address_that_is_taken_meanwhile_stays_its_owners() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    ann.post("/change-email", json!({ "newEmail": NEW })).await;
    let mail = gate.mail().await;
    gate.user(NEW).await;
    assert_eq!(follow_plainly(&mut ann, &mail).await.short(), "401 INVALID_TOKEN");
    assert_eq!(ann.post("/change-email", json!({ "newEmail": NEW })).await.short(), "200");
    assert_eq!(gate.mail().await.kind, "decoy");
    assert_eq!(ann.get("/get-session").await.json()["user"]["email"], "ann@example.com");
}

#[tokio::test]
async fn the_old_address_agrees_first_when_told_to() {
    let gate = Gate::with(|config| config.users.send_change_email_confirmation = true).await;
    let mut ann = gate.user("ann@example.com").await;
    let mail = asked(&gate, &mut ann, "ann@example.com").await;
    follow(&mut ann, &mail).await;
    ann.post("/change-email", json!({ "newEmail": NEW, "callbackURL": "/in" })).await;
    let first = gate.mail().await;
    assert_eq!((first.kind.as_str(), first.to.as_str()), ("confirm-email-change", "ann@example.com"));
    assert_eq!(follow_plainly(&mut ann, &first).await.json(), json!({ "status": true }));
    let second = gate.mail().await;
    assert_eq!((second.kind.as_str(), second.to.as_str()), ("verify-new-email", NEW));
    assert_eq!(follow(&mut ann, &second).await.header("location"), "/");
    assert!(gate.stored(NEW).await.email_verified);
    assert_eq!(follow(&mut ann, &first).await.header("location"), "/in?error=INVALID_TOKEN");
    assert!(gate.mails().await.is_empty());
}

#[tokio::test]
async fn links_of_older_versions_move_the_account_and_ask_again() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let id = gate.stored("ann@example.com").await.id;
    let exp = gate.app.clock.now().timestamp() + 60;
    let link = |claims: Value| format!("/verify-email?token={}", gate.app.signer.jwt(&claims));
    let nobody = json!({ "email": "ann@example.com", "updateTo": NEW, "exp": exp });
    assert_eq!(ann.get(&link(nobody)).await.short(), "401 INVALID_TOKEN");
    let gone = json!({ "email": "ann@example.com", "updateTo": NEW, "userId": "gone", "exp": exp });
    assert_eq!(ann.get(&link(gone)).await.short(), "401 USER_NOT_FOUND");
    let old = json!({ "email": "ann@example.com", "updateTo": NEW, "userId": id.as_str(), "exp": exp });
    let answer = ann.get(&link(old)).await;
    assert_eq!(
        (&answer.json()["user"]["email"], &answer.json()["user"]["emailVerified"]),
        (&json!(NEW), &json!(false))
    );
    let mail = gate.mail().await;
    assert_eq!((mail.kind.as_str(), mail.to.as_str()), ("verify-email", NEW));
    follow(&mut ann, &mail).await;
    assert!(gate.stored(NEW).await.email_verified);
}

#[tokio::test]
async fn an_unproved_address_is_replaced_at_once_when_told_to() {
    let gate = Gate::with(|config| config.users.update_email_without_verification = true).await;
    let mut ann = gate.user("ann@example.com").await;
    let answer = ann.post("/change-email", json!({ "newEmail": NEW })).await;
    assert_eq!((answer.short().as_str(), answer.cookies().len()), ("200", 1));
    assert_eq!(ann.get("/get-session").await.json()["user"]["email"], NEW);
    assert_eq!(gate.mail().await.to, NEW);
    let sign_in = json!({ "email": NEW, "password": PASSWORD });
    assert_eq!(gate.anon().post("/sign-in/email", sign_in).await.short(), "200");
}

#[tokio::test]
async fn addresses_stay_where_they_are_when_told_to() {
    let gate = Gate::with(|config| config.users.change_email = false).await;
    let mut ann = gate.user("ann@example.com").await;
    assert_eq!(ann.post("/change-email", json!({ "newEmail": NEW })).await.short(), "400 CHANGE_EMAIL_DISABLED");
}
