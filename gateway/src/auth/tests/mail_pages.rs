//! The pages around mailed links, as a browser without scripts uses them.

use super::{
    browser::{Answer, Browser},
    gate::{Gate, ORIGIN},
};

async fn submit(browser: &mut Browser<'_>, path: &str, form: &str) -> Answer {
    let asking = browser.visit("POST", path).form(form).header("origin", ORIGIN);
    asking.header("sec-fetch-site", "same-origin").header("sec-fetch-mode", "navigate").send().await
}

async fn see(browser: &mut Browser<'_>, path: &str) -> Answer {
    browser.visit("GET", path).send().await
}

#[tokio::test]
async fn from_a_forgotten_password_to_a_new_one() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let mut ann = gate.anon();
    let sign_in = see(&mut ann, "/auth/sign-in?rd=/dash").await;
    assert!(sign_in.body.contains(r#"href="/auth/forgot-password?rd=%2Fdash""#));
    assert!(see(&mut ann, "/auth/forgot-password?rd=/dash").await.body.contains(r#"name="rd" value="/dash""#));
    for email in ["ann%40example.com", "nobody%40example.com"] {
        let sent = submit(&mut ann, "/auth/forgot-password", &format!("email=+{email}&rd=%2Fdash")).await;
        let location = "/auth/check-mail?for=password&rd=%2Fdash";
        assert_eq!((sent.status.as_u16(), sent.header("location")), (303, location));
    }
    assert!(see(&mut ann, "/auth/check-mail?for=password").await.body.contains("Check your mail"));
    let mails = gate.mails().await;
    let mail = mails.iter().find(|mail| mail.kind == "reset-password").unwrap();
    let followed = see(&mut ann, &mail.link()).await;
    let page = followed.header("location").strip_prefix(ORIGIN).unwrap().to_owned();
    assert_eq!(page, format!("/auth/reset-password?rd=%2Fdash&token={}", mail.secret()));
    let form = see(&mut ann, &page).await;
    assert!(form.body.contains(&format!(r#"name="token" value="{}""#, mail.secret())));
    assert_eq!(form.header("referrer-policy"), "same-origin");
    let short =
        submit(&mut ann, "/auth/reset-password", &format!("token={}&password=x&rd=%2Fdash", mail.secret())).await;
    assert_eq!(short.status, 400);
    assert!(short.body.contains("That password is too short.") && short.body.contains(&mail.secret()));
    let set = format!("token={}&password=another+password&rd=%2Fdash", mail.secret());
    let done = submit(&mut ann, "/auth/reset-password", &set).await;
    assert_eq!(done.header("location"), "/auth/sign-in?notice=password-set&rd=%2Fdash");
    assert!(see(&mut ann, done.header("location")).await.body.contains("Your new password is set."));
    let again = submit(&mut ann, "/auth/reset-password", &set).await;
    assert!(again.status == 400 && again.body.contains("This link no longer works"));
    let over = see(&mut ann, &mail.link()).await;
    let page = over.header("location").strip_prefix(ORIGIN).unwrap().to_owned();
    assert_eq!(page, "/auth/reset-password?rd=%2Fdash&error=INVALID_TOKEN");
    assert!(see(&mut ann, &page).await.body.contains("This link no longer works"));
}

#[tokio::test]
async fn from_sign_up_to_a_proved_address() {
    let gate = Gate::with(|config| config.email_password.require_verification = true).await;
    let mut ann = gate.anon();
    let form = "name=Ann&email=ann%40example.com&password=password123&rd=%2Fdash";
    for _ in 0..2 {
        let made = submit(&mut ann, "/auth/sign-up", form).await;
        assert_eq!(made.header("location"), "/auth/check-mail?for=address&rd=%2Fdash");
    }
    gate.mails().await;
    let sign_in = "email=ann%40example.com&password=password123&rd=%2Fdash";
    let refused = submit(&mut ann, "/auth/sign-in", sign_in).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains(r#"action="/auth/resend-verification""#));
    let sent = submit(&mut ann, "/auth/resend-verification", "email=ann%40example.com&rd=%2Fdash").await;
    assert_eq!(sent.header("location"), "/auth/check-mail?for=address&rd=%2Fdash");
    assert!(see(&mut ann, sent.header("location")).await.body.contains("still has to be verified"));
    let mail = gate.mail().await;
    let followed = see(&mut ann, &mail.link()).await;
    assert_eq!(followed.header("location"), "/auth/sign-in?notice=verified&rd=%2Fdash");
    assert!(see(&mut ann, followed.header("location")).await.body.contains("Your email is verified."));
    assert_eq!(submit(&mut ann, "/auth/sign-in", sign_in).await.header("location"), "/dash");
}

#[tokio::test]
async fn a_link_that_is_over_says_so() {
    let gate = Gate::new().await;
    let page = see(&mut gate.anon(), "/auth/sign-in?notice=verified&error=TOKEN_EXPIRED").await;
    assert!(page.body.contains("That link no longer works.") && !page.body.contains("Your email is verified."));
    assert_eq!(submit(&mut gate.anon(), "/auth/resend-verification", "email=nope").await.status, 400);
    assert_eq!(submit(&mut gate.anon(), "/auth/forgot-password", "email=nope").await.status, 400);
    let closed = Gate::with(|config| config.email_password.enabled = false).await;
    assert_eq!(see(&mut closed.anon(), "/auth/forgot-password").await.status, 404);
    assert!(!see(&mut closed.anon(), "/auth/sign-in").await.body.contains("forgot-password"));
}
