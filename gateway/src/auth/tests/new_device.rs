//! The notice of a sign-in on a device or in a network that the user has not been seen with.

use super::{browser::PASSWORD, gate::Gate};

const ANN: &str = "ann@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const NEWER_FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";

/// Signs in and says how many notices went out.
async fn notices_of(gate: &Gate, address: &str, user_agent: &'static str) -> usize {
    let mut browser = gate.anon().at(address);
    let body = serde_json::json!({ "email": ANN, "password": PASSWORD });
    let answer = browser.ask("POST", "/sign-in/email").json(&body).header("user-agent", user_agent).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mails = gate.mails().await;
    mails.iter().filter(|mail| mail.kind == "new-device" && mail.to == ANN).count()
}

#[tokio::test]
async fn only_what_is_new_is_told() {
    let gate = Gate::new().await;
    let body = serde_json::json!({ "name": "Ann", "email": ANN, "password": PASSWORD });
    let mut ann = gate.anon().at("203.0.113.7");
    ann.ask("POST", "/sign-up/email").json(&body).header("user-agent", FIREFOX).send().await;
    assert!(gate.mails().await.iter().all(|mail| mail.kind != "new-device"), "signing up is no news");
    assert_eq!(notices_of(&gate, "203.0.113.7", FIREFOX).await, 0);
    assert_eq!(notices_of(&gate, "203.0.99.1", NEWER_FIREFOX).await, 0);
    assert_eq!(notices_of(&gate, "203.0.113.7", "curl/8.5.0").await, 1);
    assert_eq!(notices_of(&gate, "203.0.113.7", "curl/8.6.0").await, 0);
    assert_eq!(notices_of(&gate, "198.51.100.1", FIREFOX).await, 1);
    assert_eq!(notices_of(&gate, "198.51.100.1", FIREFOX).await, 0);
}

#[tokio::test]
async fn the_first_sign_in_is_not_told() {
    let gate = Gate::with(|config| config.email_password.auto_sign_in = false).await;
    gate.anon().sign_up(ANN).await;
    assert_eq!(notices_of(&gate, "203.0.113.7", FIREFOX).await, 0);
    assert_eq!(notices_of(&gate, "198.51.100.1", FIREFOX).await, 1);
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let gate = Gate::with(|config| config.mail.new_device = false).await;
    gate.user(ANN).await;
    assert_eq!(notices_of(&gate, "198.51.100.1", FIREFOX).await, 0);
}
