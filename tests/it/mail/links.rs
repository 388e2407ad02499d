//! Links in mails: asked for while the mail server is away, followed once it is back.

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::eventually;
use gateway_tests::gateway::Gateway;
use gateway_tests::mailbox::Mailbox;
use serde_json::json;

on_both!(a_password_is_reset_although_the_mail_server_was_away);

async fn a_password_is_reset_although_the_mail_server_was_away(database: Database) {
    let mut mailbox = Mailbox::start();
    let gateway = Gateway::on(&database).mails_to(&mailbox).start().await;
    gateway.user("ada").await;
    mailbox.stop();
    let answers = ["ada@example.com", "nobody@example.com"].map(async |email| {
        let body = json!({ "email": email, "redirectTo": "/reset" });
        gateway.anon().post("/api/auth/request-password-reset", body).await.expect(200).json()
    });
    let [known, unknown] = answers;
    assert_eq!(known.await, unknown.await);
    eventually("an attempt has failed", async || gateway.metric("gateway_mails_total").await >= 1.0).await;
    mailbox.restart();
    let mail = mailbox.mail_to("ada@example.com").await;
    let link = mail.link();
    gateway.never_log(&link);
    assert!(mail.html().contains(&link.replace('&', "&#38;")), "{}", mail.html());

    let path = link.strip_prefix(gateway.origin()).expect("links lead to the public address");
    let location = gateway.anon().get(path).await.expect(302).header("location").unwrap().to_owned();
    let token = location.split("token=").nth(1).expect("the page is given the token");
    let body = json!({ "newPassword": "another-long-password", "token": token });
    gateway.anon().post("/api/auth/reset-password", body.clone()).await.expect(200);
    gateway.anon().post("/api/auth/reset-password", body).await.expect(400);
    let sign_in = async |password: &str| {
        let body = json!({ "email": "ada@example.com", "password": password });
        gateway.anon().post("/api/auth/sign-in/email", body).await.status.as_u16()
    };
    assert_eq!((sign_in(PASSWORD).await, sign_in("another-long-password").await), (401, 200));
    assert!(mailbox.mails_to("nobody@example.com").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_the_link() {
    let gateway = Gateway::on(&Database::sqlite()).start().await;
    gateway.user("ada").await;
    let body = json!({ "email": "ada@example.com" });
    gateway.anon().post("/api/auth/request-password-reset", body).await.expect(200);
    let link = format!("mail.link=\"{}/api/auth/reset-password/", gateway.origin());
    eventually("the link is in the log", async || gateway.log().contains(&link)).await;
}
