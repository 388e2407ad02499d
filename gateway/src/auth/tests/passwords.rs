//! Passwords: forgotten, reset, changed, checked.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use super::{
    browser::PASSWORD,
    gate::{Gate, Posted},
};
use crate::store::NewUser;

const NEW: &str = "another password";
/// "password123" as the original stores it.
const SCRYPT: &str = "bff74fbe749b0b830760c24f0fbb466b:33ec723bec48c8c1ebc1a90c97145a2d393d220cdfc8fb15a37f02afe7e892288ba0b400f4407a8c180bd492ececd8dc31cb7b0c911131857ec4f74a18f650d9";

async fn ask(gate: &Gate, email: &str) -> Posted {
    let body = json!({ "email": email, "redirectTo": "/reset" });
    assert_eq!(gate.anon().post("/request-password-reset", body).await.status, 200);
    gate.mail().await
}

async fn reset(gate: &Gate, token: &str, password: &str) -> String {
    gate.anon().post("/reset-password", json!({ "newPassword": password, "token": token })).await.short()
}

async fn can_sign_in(gate: &Gate, email: &str, password: &str) -> bool {
    gate.anon().post("/sign-in/email", json!({ "email": email, "password": password })).await.status == 200
}

async fn hash_of(gate: &Gate, email: &str) -> String {
    let id = gate.stored(email).await.id;
    gate.app.store.credential_of(&id).await.unwrap().unwrap().password.unwrap().expose().to_owned()
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let mail = ask(&gate, "ANN@example.com").await;
    assert_eq!((mail.kind.as_str(), mail.to.as_str()), ("reset-password", "ann@example.com"));
    let answer = gate.anon().visit("GET", &mail.link()).send().await;
    let location = answer.header("location").to_owned();
    assert_eq!((answer.status.as_u16(), answer.header("referrer-policy")), (302, "no-referrer"));
    assert_eq!(location, format!("http://127.0.0.1:4100/reset?token={}", mail.secret()));
    assert_eq!(reset(&gate, &mail.secret(), NEW).await, "200");
    let notice = gate.mail().await;
    assert_eq!((notice.kind.as_str(), notice.to.as_str()), ("password-changed", "ann@example.com"));
    assert!(can_sign_in(&gate, "ann@example.com", NEW).await);
    assert!(!can_sign_in(&gate, "ann@example.com", PASSWORD).await);
    assert!(ann.is_signed_in().await, "sessions go on unless configured otherwise");
}

#[tokio::test]
async fn known_and_unknown_addresses_look_and_cost_the_same() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let mut seen = Vec::new();
    for email in ["ann@example.com", "nobody@example.com"] {
        let answer = gate.anon().post("/request-password-reset", json!({ "email": email })).await;
        let mail = gate.mail().await;
        let kept = gate.app.store.verification(&format!("reset-password:{}", mail.secret())).await.unwrap();
        seen.push((answer.status, answer.headers, answer.body, kept.is_some(), mail.secret().len()));
        assert_eq!(mail.kind == "decoy", email.starts_with("nobody"));
        if mail.kind == "decoy" {
            assert_eq!(reset(&gate, &mail.secret(), NEW).await, "400 USER_NOT_FOUND", "it lets nobody in");
        }
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_link_works_once_however_many_use_it_at_once() {
    let gate = Gate::with(|config| config.password.queue = 1_000).await;
    gate.user("ann@example.com").await;
    let secret = ask(&gate, "ann@example.com").await.secret();
    let tries = (0..10).map(|number| {
        let (gate, secret) = (&gate, secret.as_str());
        async move { (number, reset(gate, secret, &format!("{NEW} {number}")).await) }
    });
    let done: Vec<_> = join_all(tries).await;
    let winners: Vec<_> = done.iter().filter(|(_, answer)| answer == "200").collect();
    assert_eq!(winners.len(), 1, "{done:?}");
    assert!(done.iter().all(|(_, answer)| answer == "200" || answer == "400 INVALID_TOKEN"), "{done:?}");
    assert!(can_sign_in(&gate, "ann@example.com", &format!("{NEW} {}", winners[0].0)).await);
}

#[tokio::test]
async fn a_link_ends_and_so_do_its_siblings() {
    let gate = Gate::with(|config| config.email_password.reset_expires_in = crate::config::Period::minutes(10)).await;
    gate.user("ann@example.com").await;
    let (first, second) = (ask(&gate, "ann@example.com").await, ask(&gate, "ann@example.com").await);
    gate.wait(TimeDelta::minutes(10));
    assert_eq!(reset(&gate, &second.secret(), NEW).await, "200");
    assert_eq!(reset(&gate, &first.secret(), NEW).await, "400 INVALID_TOKEN", "using one uses up the others");
    gate.mails().await;
    let late = ask(&gate, "ann@example.com").await;
    gate.wait(TimeDelta::minutes(11));
    assert_eq!(reset(&gate, &late.secret(), NEW).await, "400 INVALID_TOKEN");
    let answer = gate.anon().visit("GET", &late.link()).send().await;
    assert_eq!(answer.header("location"), "http://127.0.0.1:4100/reset?error=INVALID_TOKEN");
}

#[tokio::test]
async fn a_password_that_is_refused_leaves_the_link_good() {
    let gate = Gate::with(|config| config.password.reject_common = true).await;
    let body = json!({ "name": "Ann", "email": "ann@example.com", "password": "seven odd otters" });
    gate.anon().post("/sign-up/email", body).await;
    let secret = ask(&gate, "ann@example.com").await.secret();
    for (password, expected) in [
        ("short", "400 PASSWORD_TOO_SHORT"),
        (&*"x".repeat(129), "400 PASSWORD_TOO_LONG"),
        ("Iloveyou", "400 PASSWORD_COMPROMISED"),
        (NEW, "200"),
    ] {
        assert_eq!(reset(&gate, &secret, password).await, expected);
    }
}

#[tokio::test]
async fn a_user_without_a_password_gets_one_and_a_banned_one_stays_out() {
    let gate = Gate::new().await;
    let new = NewUser {
        id: "from-a-provider".into(),
        name: "Bo".into(),
        email: "bo@example.com".into(),
        email_verified: true,
        ..NewUser::default()
    };
    let (bo, _) = gate.app.store.create_user(&new, None).await.unwrap();
    gate.app.store.ban(&bo.id, None, None).await.unwrap();
    let secret = ask(&gate, "bo@example.com").await.secret();
    assert_eq!(reset(&gate, &secret, NEW).await, "200");
    let sign_in = gate.anon().post("/sign-in/email", json!({ "email": "bo@example.com", "password": NEW })).await;
    assert_eq!(sign_in.short(), "403 BANNED_USER");
    gate.app.store.unban(&bo.id).await.unwrap();
    assert!(can_sign_in(&gate, "bo@example.com", NEW).await);
}

#[tokio::test]
async fn a_deleted_user_can_not_be_let_in() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let secret = ask(&gate, "ann@example.com").await.secret();
    gate.app.store.delete_user(&gate.stored("ann@example.com").await.id).await.unwrap();
    assert_eq!(reset(&gate, &secret, NEW).await, "400 USER_NOT_FOUND");
}

#[tokio::test]
async fn a_reset_ends_all_sessions_when_told_to() {
    let gate = Gate::with(|config| config.email_password.revoke_sessions_on_reset = true).await;
    let mut ann = gate.user("ann@example.com").await;
    let mut bob = gate.user("bob@example.com").await;
    let secret = ask(&gate, "ann@example.com").await.secret();
    assert_eq!(reset(&gate, &secret, NEW).await, "200");
    assert!(!ann.is_signed_in().await && bob.is_signed_in().await);
}

#[tokio::test]
async fn with_passwords_off_there_is_none_to_reset() {
    let gate = Gate::with(|config| config.email_password.enabled = false).await;
    let answer = gate.anon().post("/request-password-reset", json!({ "email": "ann@example.com" })).await;
    assert_eq!(answer.short(), "400 RESET_PASSWORD_DISABLED");
}

#[tokio::test]
async fn nobody_is_told_of_a_changed_password_unless_that_is_wanted() {
    let gate = Gate::with(|config| config.mail.password_changed = false).await;
    let mut ann = gate.user("ann@example.com").await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    assert_eq!(ann.post("/change-password", change).await.short(), "200");
    assert_eq!(gate.app.store.next_mail_due().await.unwrap(), None);
}

#[tokio::test]
async fn whoever_knows_the_password_changes_it() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let mut phone = gate.anon();
    phone.sign_in("ann@example.com").await;
    let change = |current: &str, new: &str| json!({ "currentPassword": current, "newPassword": new });
    assert_eq!(ann.post("/change-password", change("wrong", NEW)).await.short(), "400 INVALID_PASSWORD");
    let answer = ann.post("/change-password", change(PASSWORD, NEW)).await;
    assert_eq!((answer.short().as_str(), &answer.json()["token"]), ("200", &json!(null)));
    assert_eq!(gate.mail().await.kind, "password-changed");
    assert!(answer.cookies().is_empty() && phone.is_signed_in().await);
    let mut ending = change(NEW, PASSWORD);
    ending["revokeOtherSessions"] = true.into();
    let before = ann.clone();
    let answer = ann.post("/change-password", ending).await;
    assert_eq!(answer.cookies().len(), 1);
    let session = ann.get("/get-session").await.json();
    assert_eq!(session["session"]["token"], answer.json()["token"]);
    let mut before = before;
    assert!(!phone.is_signed_in().await && !before.is_signed_in().await);
}

#[tokio::test]
async fn old_hashes_open_and_the_new_one_is_as_configured() {
    let bcrypt = bcrypt::hash(PASSWORD, 4).unwrap();
    for (rehash, start) in [(true, "$argon2id$"), (false, "")] {
        for old in [SCRYPT, &bcrypt] {
            let gate = Gate::with(|config| config.password.rehash = rehash).await;
            let mut ann = gate.user("ann@example.com").await;
            let id = gate.stored("ann@example.com").await.id;
            gate.app.store.set_password(&id, old).await.unwrap();
            assert_eq!(ann.post("/verify-password", json!({ "password": PASSWORD })).await.short(), "200");
            assert_eq!(hash_of(&gate, "ann@example.com").await, old, "checking changes nothing");
            let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
            assert_eq!(ann.post("/change-password", change).await.short(), "200");
            let hash = hash_of(&gate, "ann@example.com").await;
            assert!(hash.starts_with(start) && (rehash || hash.len() == SCRYPT.len()), "{hash}");
            gate.mails().await;
            let secret = ask(&gate, "ann@example.com").await.secret();
            assert_eq!(reset(&gate, &secret, PASSWORD).await, "200");
            let hash = hash_of(&gate, "ann@example.com").await;
            assert!(hash.starts_with(start) && (rehash || hash.len() == SCRYPT.len()), "{hash}");
            assert!(can_sign_in(&gate, "ann@example.com", PASSWORD).await);
        }
    }
}

#[tokio::test]
async fn without_a_password_there_is_none_to_change_or_check() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    let id = gate.stored("ann@example.com").await.id;
    gate.app.store.set_password(&id, "no hash").await.unwrap();
    let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    assert_eq!(ann.post("/change-password", change.clone()).await.short(), "400 INVALID_PASSWORD");
    let mut database = SqliteConnection::connect(gate.app.config.database.url.expose()).await.unwrap();
    sqlx::query(r#"update "account" set password = null"#).execute(&mut database).await.unwrap();
    assert_eq!(ann.post("/change-password", change).await.short(), "400 CREDENTIAL_ACCOUNT_NOT_FOUND");
    assert_eq!(ann.post("/verify-password", json!({ "password": PASSWORD })).await.short(), "400 INVALID_PASSWORD");
}

#[tokio::test]
async fn guessing_in_a_borrowed_session_is_limited() {
    let gate = Gate::with(|config| config.rate_limit.enabled = true).await;
    let mut ann = gate.user("ann@example.com").await;
    let mut answers = Vec::new();
    for number in 0..12 {
        answers.push(ann.post("/verify-password", json!({ "password": format!("guess {number}") })).await.short());
    }
    assert_eq!(answers[9], "400 INVALID_PASSWORD");
    assert_eq!(answers[10], "429 Too many requests. Please try again later.");
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_and_nobody_can_tell() {
    let gate = Gate::with(|config| config.rate_limit.enabled = true).await;
    gate.user("ann@example.com").await;
    let mut kinds = Vec::new();
    for number in 0..12 {
        let mut anon = gate.anon().at(&format!("203.0.113.{number}"));
        let answer = anon.post("/request-password-reset", json!({ "email": "ann@example.com" })).await;
        assert_eq!(answer.status, 200);
        kinds.push(gate.mail().await.kind);
    }
    assert_eq!((kinds[9].as_str(), kinds[10].as_str()), ("reset-password", "decoy"));
}
