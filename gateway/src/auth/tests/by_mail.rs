//! Links and codes that sign in: how long they work, what is kept, and what nobody can tell.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    browser::Browser,
    gate::{Gate, Posted},
};
use crate::config::{CodeForm, Config, Resend, TokenForm};

const ADA: &str = "ada@example.com";

async fn gate(change: impl FnOnce(&mut Config)) -> Gate {
    Gate::with(|config| {
        config.magic_link.enabled = true;
        config.email_otp.enabled = true;
        change(config);
    })
    .await
}

async fn link(gate: &Gate, email: &str) -> Posted {
    let ask = json!({ "email": email, "callbackURL": "/in", "newUserCallbackURL": "/new" });
    assert_eq!(gate.anon().post("/sign-in/magic-link", ask).await.short(), "200");
    gate.mail().await
}

async fn follow(browser: &mut Browser<'_>, mail: &Posted) -> String {
    browser.visit("GET", &mail.link()).send().await.header("location").to_owned()
}

async fn code(gate: &Gate, email: &str, purpose: &str) -> Posted {
    let ask = json!({ "email": email, "type": purpose });
    assert_eq!(gate.anon().post("/email-otp/send-verification-otp", ask).await.body, r#"{"success":true}"#);
    gate.mail().await
}

fn digits(mail: &Posted) -> String {
    mail.letter["code"].as_str().expect("it has a code").to_owned()
}

async fn sign_in(browser: &mut Browser<'_>, email: &str, otp: &str) -> String {
    browser.post("/sign-in/email-otp", json!({ "email": email, "otp": otp })).await.short()
}

#[tokio::test]
async fn a_link_works_for_five_minutes() {
    let gate = gate(|_| {}).await;
    let mail = link(&gate, ADA).await;
    assert_eq!((mail.kind.as_str(), mail.to.as_str()), ("magic-link", ADA));
    gate.wait(TimeDelta::minutes(5));
    let mut ada = gate.anon();
    assert_eq!(follow(&mut ada, &mail).await, "http://127.0.0.1:4100/new", "in its last millisecond");
    assert!(ada.is_signed_in().await);
    let mail = link(&gate, ADA).await;
    gate.wait(TimeDelta::minutes(5) + TimeDelta::milliseconds(1));
    assert_eq!(follow(&mut gate.anon(), &mail).await, "http://127.0.0.1:4100/in?error=INVALID_TOKEN");
}

#[tokio::test]
async fn a_link_uses_up_the_others_of_its_mailbox() {
    for form in [TokenForm::Plain, TokenForm::Hashed] {
        let gate = gate(|config| config.magic_link.store_token = form).await;
        let (first, second) = (link(&gate, ADA).await, link(&gate, ADA).await);
        let of_bob = link(&gate, "bob@example.com").await;
        assert!(follow(&mut gate.anon(), &second).await.ends_with("/new"));
        assert!(follow(&mut gate.anon(), &first).await.ends_with("?error=INVALID_TOKEN"));
        assert!(follow(&mut gate.anon(), &of_bob).await.ends_with("/new"));
    }
}

#[tokio::test]
async fn a_code_works_for_five_minutes_and_in_every_form() {
    for form in [CodeForm::Plain, CodeForm::Hashed, CodeForm::Encrypted] {
        let gate = gate(|config| config.email_otp.store_otp = form).await;
        let mail = code(&gate, ADA, "sign-in").await;
        let kept = gate.app.store.verification(&format!("sign-in-otp-{ADA}")).await.unwrap().unwrap();
        assert_eq!(kept.contains(&digits(&mail)), form == CodeForm::Plain, "{kept}");
        gate.wait(TimeDelta::minutes(5));
        assert_eq!(sign_in(&mut gate.anon(), ADA, &digits(&mail)).await, "200", "{form:?}");
        let mail = code(&gate, ADA, "sign-in").await;
        gate.wait(TimeDelta::minutes(5) + TimeDelta::milliseconds(1));
        assert_eq!(sign_in(&mut gate.anon(), ADA, &digits(&mail)).await, "400 OTP_EXPIRED");
        assert_eq!(sign_in(&mut gate.anon(), ADA, &digits(&mail)).await, "400 INVALID_OTP");
    }
}

#[tokio::test]
async fn known_and_unknown_addresses_look_the_same() {
    let gate = gate(|config| config.email_otp.disable_sign_up = true).await;
    gate.user(ADA).await;
    for purpose in ["sign-in", "email-verification", "forget-password"] {
        let mut seen = Vec::new();
        for email in [ADA, "nobody@example.com"] {
            let mail = code(&gate, email, purpose).await;
            assert_eq!(mail.kind == "decoy", email != ADA, "{purpose}");
            let guess = json!({ "email": email, "type": purpose, "otp": "not a code" });
            let mut answers = Vec::new();
            for _ in 0..5 {
                answers.push(gate.anon().post("/email-otp/check-verification-otp", guess.clone()).await.short());
            }
            assert_eq!(answers[3], "403 TOO_MANY_ATTEMPTS");
            seen.push(answers);
            let mail = code(&gate, email, purpose).await;
            let right = json!({ "email": email, "type": purpose, "otp": digits(&mail) });
            let answer = gate.anon().post("/email-otp/check-verification-otp", right).await.short();
            assert_eq!(answer, if email == ADA { "200" } else { "400 INVALID_OTP" });
        }
        assert_eq!(seen[0], seen[1], "{purpose}");
    }
}

#[tokio::test]
async fn whoever_lay_in_wait_loses_the_account() {
    for by_code in [false, true] {
        let gate = gate(|_| {}).await;
        let mut eve = gate.user(ADA).await;
        let mut ada = gate.anon();
        if by_code {
            let mail = code(&gate, ADA, "sign-in").await;
            assert_eq!(sign_in(&mut ada, ADA, &digits(&mail)).await, "200");
        } else {
            let mail = link(&gate, ADA).await;
            assert!(follow(&mut ada, &mail).await.ends_with("/in"));
        }
        assert!(gate.stored(ADA).await.email_verified);
        assert!(ada.is_signed_in().await && !eve.is_signed_in().await);
        assert_eq!(gate.anon().sign_in(ADA).await.short(), "401 INVALID_EMAIL_OR_PASSWORD");
        // The owner of an account that is proved loses nothing.
        let mail = link(&gate, ADA).await;
        follow(&mut gate.anon(), &mail).await;
        assert!(ada.is_signed_in().await);
    }
}

#[tokio::test]
async fn wrong_guesses_count_against_the_account_from_wherever_they_come() {
    let gate = gate(|config| {
        config.rate_limit.enabled = true;
        config.email_otp.allowed_attempts = 100;
    })
    .await;
    let mail = code(&gate, ADA, "sign-in").await;
    let mut answers = Vec::new();
    for number in 0..12 {
        let mut eve = gate.anon().at(&format!("203.0.113.{number}"));
        answers.push(sign_in(&mut eve, ADA, "000000x").await);
    }
    assert!(answers[9] == "400 INVALID_OTP" && answers[10].starts_with("429"), "{answers:?}");
    gate.wait(TimeDelta::minutes(2));
    let mut ada = gate.anon().at("203.0.113.99");
    assert_eq!(sign_in(&mut ada, ADA, &digits(&mail)).await, "200");
}

#[tokio::test]
async fn the_same_code_is_sent_while_it_works() {
    let gate = gate(|config| config.email_otp.resend_strategy = Resend::Reuse).await;
    let first = digits(&code(&gate, ADA, "sign-in").await);
    gate.wait(TimeDelta::minutes(4));
    assert_eq!(digits(&code(&gate, ADA, "sign-in").await), first);
    gate.wait(TimeDelta::minutes(4));
    assert_eq!(sign_in(&mut gate.anon(), ADA, &first).await, "200", "for as long again");
    // What was kept for nobody is never mailed.
    let decoy = code(&gate, "bob@example.com", "email-verification").await;
    assert_eq!(decoy.kind, "decoy");
    gate.user("bob@example.com").await;
    let mail = code(&gate, "bob@example.com", "email-verification").await;
    assert_eq!((mail.kind.as_str(), digits(&mail).len()), ("verify-email-code", 6));
}

#[tokio::test]
async fn a_reset_by_code_ends_what_it_should() {
    let gate = gate(|config| config.email_password.revoke_sessions_on_reset = true).await;
    let mut ada = gate.user(ADA).await;
    gate.anon().post("/request-password-reset", json!({ "email": ADA, "redirectTo": "/reset" })).await;
    let reset_link = gate.mail().await;
    let mail = code(&gate, ADA, "forget-password").await;
    let reset = json!({ "email": ADA, "otp": digits(&mail), "password": "another pass phrase" });
    assert_eq!(gate.anon().post("/email-otp/reset-password", reset.clone()).await.short(), "200");
    assert_eq!(gate.mail().await.kind, "password-changed");
    assert!(!ada.is_signed_in().await && gate.stored(ADA).await.email_verified);
    assert_eq!(gate.anon().post("/email-otp/reset-password", reset).await.short(), "400 INVALID_OTP");
    let by_link = json!({ "newPassword": "a third pass phrase", "token": reset_link.secret() });
    assert_eq!(gate.anon().post("/reset-password", by_link).await.short(), "400 INVALID_TOKEN");
}

async fn submit(browser: &mut Browser<'_>, path: &str, form: &str) -> super::browser::Answer {
    browser.visit("POST", path).form(form).header("origin", super::gate::ORIGIN).send().await
}

#[tokio::test]
async fn the_pages_lead_through_both() {
    let gate = gate(|_| {}).await;
    let mut ada = gate.anon();
    let page = ada.visit("GET", "/auth/sign-in?rd=/dash").send().await.body;
    assert!(page.contains("formaction=\"/auth/magic-link\"") && page.contains("formaction=\"/auth/email-code\""));
    let form = "email=ada%40example.com&password=&remember_me=true&rd=%2Fdash";
    let sent = submit(&mut ada, "/auth/magic-link", form).await;
    assert_eq!(sent.header("location"), "/auth/check-mail?for=sign-in&rd=%2Fdash");
    let page = ada.visit("GET", sent.header("location")).send().await.body;
    assert!(page.contains("Check your mail") && page.contains("Follow it in this browser"));
    let mail = gate.mail().await;
    assert_eq!(follow(&mut ada, &mail).await, "http://127.0.0.1:4100/dash");
    let over = follow(&mut gate.anon(), &mail).await;
    assert_eq!(over, "http://127.0.0.1:4100/auth/sign-in?rd=%2Fdash&error=INVALID_TOKEN");
    let mut phone = gate.anon();
    let asked = submit(&mut phone, "/auth/email-code", form).await;
    assert!(asked.status == 200 && asked.body.contains("autocomplete=\"one-time-code\""), "{}", asked.body);
    let code = digits(&gate.mail().await);
    let enter = |code: &str| format!("email=ada%40example.com&code={code}&remember_me=true&rd=%2Fdash");
    let wrong = submit(&mut phone, "/auth/email-code/enter", &enter("12")).await;
    assert!(wrong.status == 400 && wrong.body.contains("That code is not right."));
    let (head, tail) = code.split_at(3);
    let inside = submit(&mut phone, "/auth/email-code/enter", &enter(&format!("+{head}+{tail}"))).await;
    assert_eq!((inside.status.as_u16(), inside.header("location")), (303, "/dash"));
    assert!(phone.is_signed_in().await);
    assert_eq!(phone.visit("GET", "/auth/email-code").send().await.header("location"), "/auth/sign-in");
}

#[tokio::test]
async fn the_pages_offer_what_is_enabled() {
    let gate = Gate::new().await;
    let page = gate.anon().visit("GET", "/auth/sign-in").send().await.body;
    assert!(!page.contains("formaction"));
    for path in ["/auth/magic-link", "/auth/email-code", "/auth/email-code/enter"] {
        assert_eq!(submit(&mut gate.anon(), path, "email=ada%40example.com").await.status, 404);
    }
    let on = gate_with_both().await;
    for path in ["/auth/magic-link", "/auth/email-code"] {
        let again = submit(&mut on.anon(), path, "email=nope").await;
        assert!(again.status == 400 && again.body.contains("That is not an email address."));
    }
}

async fn gate_with_both() -> Gate {
    gate(|_| {}).await
}
