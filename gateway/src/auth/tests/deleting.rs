//! The end of an account: by password, by a fresh session, by a mailed link.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    browser::{Browser, PASSWORD},
    gate::Gate,
};

const ANN: &str = "ann@example.com";

async fn without_mail() -> Gate {
    Gate::with(|config| config.users.send_delete_account_verification = false).await
}

async fn is_stored(gate: &Gate) -> bool {
    gate.app.store.user_by_email(ANN).await.unwrap().is_some()
}

/// Asks for the link; gives its path and query below the API's path.
async fn link(gate: &Gate, browser: &mut Browser<'_>) -> String {
    let answer = browser.post("/delete-user", json!({})).await;
    assert_eq!(answer.masked(), r#"200 {"success":true,"message":"Verification email sent"}"#);
    let mail = gate.mail().await;
    assert_eq!((mail.kind.as_str(), mail.to.as_str()), ("delete-account", ANN));
    let link = mail.link();
    assert!(link.starts_with("/api/auth/delete-user/callback?token=") && link.ends_with("&callbackURL=%2F"), "{link}");
    link.replacen("/api/auth", "", 1)
}

#[tokio::test]
async fn a_fresh_session_or_the_password_deletes_the_account_and_ends_all_sessions() {
    let gate = without_mail().await;
    for with_password in [false, true] {
        let mut ann = gate.user(ANN).await;
        let mut phone = gate.anon();
        phone.sign_in(ANN).await;
        gate.wait(TimeDelta::hours(if with_password { 24 } else { 23 }));
        if with_password {
            assert_eq!(ann.post("/delete-user", json!({})).await.short(), "400 SESSION_EXPIRED");
            assert_eq!(ann.post("/delete-user", json!({ "password": "" })).await.short(), "400 SESSION_EXPIRED");
            let wrong = ann.post("/delete-user", json!({ "password": "wrong" })).await;
            assert_eq!(wrong.short(), "400 INVALID_PASSWORD");
        }
        let body = if with_password { json!({ "password": PASSWORD }) } else { json!({}) };
        let answer = ann.post("/delete-user", body).await;
        assert!(answer.body.contains("User deleted") && answer.cookies().len() == 3, "{}", answer.masked());
        assert!(!phone.is_signed_in().await && !is_stored(&gate).await);
        assert!(ann.cookies.is_empty());
        assert_eq!(gate.anon().sign_in(ANN).await.short(), "401 INVALID_EMAIL_OR_PASSWORD");
    }
    assert!(gate.mails().await.is_empty());
}

#[tokio::test]
async fn a_link_works_once_and_for_a_day_and_only_for_whom_it_was_mailed_to() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    let mut eve = gate.user("eve@example.com").await;
    let over = link(&gate, &mut ann).await;
    gate.wait(TimeDelta::days(1) + TimeDelta::milliseconds(1));
    assert_eq!(ann.get(&over).await.short(), "404 INVALID_TOKEN");

    let seen_by_eve = link(&gate, &mut ann).await;
    assert_eq!(gate.anon().get(&seen_by_eve).await.short(), "404 FAILED_TO_GET_USER_INFO");
    assert_eq!(eve.get(&seen_by_eve).await.short(), "404 INVALID_TOKEN");
    assert_eq!(ann.get(&seen_by_eve).await.short(), "404 INVALID_TOKEN", "it was used up");
    assert!(is_stored(&gate).await && eve.is_signed_in().await);

    let good = link(&gate, &mut ann).await;
    let mut elsewhere = ann.clone();
    assert_eq!(ann.get(&good.replace("%2F", "http%3A%2F%2Fevil.test")).await.short(), "403 INVALID_CALLBACK_URL");
    let (answer, other) = tokio::join!(ann.get(&good), elsewhere.get(&good));
    let mut statuses = [answer.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses == [302, 401] || statuses == [302, 404], "{statuses:?}");
    assert!(!is_stored(&gate).await && eve.is_signed_in().await);
}

#[tokio::test]
async fn a_token_may_come_in_the_body_and_a_password_is_checked_before_it() {
    let gate = Gate::new().await;
    let mut ann = gate.user(ANN).await;
    let link = link(&gate, &mut ann).await;
    let token = link.split(['=', '&']).nth(1).unwrap();
    let wrong = ann.post("/delete-user", json!({ "token": token, "password": "wrong" })).await;
    assert_eq!(wrong.short(), "400 INVALID_PASSWORD");
    assert_eq!(ann.post("/delete-user", json!({ "token": "unknown" })).await.short(), "404 INVALID_TOKEN");
    let answer = ann.post("/delete-user", json!({ "token": token })).await;
    assert!(answer.body.contains("User deleted"), "{}", answer.masked());
    assert!(!is_stored(&gate).await);
}

#[tokio::test]
async fn two_wishes_at_once_delete_once() {
    let gate = without_mail().await;
    let mut ann = gate.user(ANN).await;
    let mut elsewhere = ann.clone();
    let (one, other) = tokio::join!(ann.post("/delete-user", json!({})), elsewhere.post("/delete-user", json!({})));
    for answer in [one, other] {
        assert!([200, 401].contains(&answer.status.as_u16()), "{}", answer.masked());
    }
    assert!(!is_stored(&gate).await);
}

#[tokio::test]
async fn deleting_can_be_switched_off() {
    let gate = Gate::with(|config| config.users.delete_user = false).await;
    let mut ann = gate.user(ANN).await;
    let answer = ann.post("/delete-user", json!({ "password": PASSWORD })).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (404, ""));
    assert_eq!(answer.header("content-type"), "application/json");
    let answer = ann.get("/delete-user/callback?token=x").await;
    assert_eq!(answer.masked(), r#"404 {"message":"Not found","code":"NOT_FOUND"}"#);
    assert!(is_stored(&gate).await);
}

#[tokio::test]
async fn guessing_at_the_password_is_limited_as_at_sign_in() {
    let gate = Gate::with(|config| config.rate_limit.enabled = true).await;
    let mut ann = gate.user(ANN).await;
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(ann.post("/delete-user", json!({ "password": "wrong" })).await.status.as_u16());
    }
    assert_eq!((answers[0], answers[11]), (400, 429), "{answers:?}");
}
