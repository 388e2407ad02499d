//! Mails leave, whatever happens to the mail server meanwhile.

mod links;
mod resend;
mod trying;

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::eventually;
use gateway_tests::gateway::{Gateway, Setup, a_moment};
use gateway_tests::mailbox::{Mail, Mailbox};
use http::Method;
use serde_json::json;

/// A gateway that welcomes new users by mails to this server.
fn welcoming(database: &Database, mailbox: &Mailbox) -> Setup {
    Gateway::on(database).mails_to(mailbox).config("[mail]\nwelcome = true\n[auth]\napp_name = \"Acme\"")
}

/// Rows of the outbox that are not delivered yet or were given up.
async fn waiting(database: &Database) -> String {
    database.text("select cast(count(*) as text) from gateway_outbox").await.unwrap()
}

async fn emptied(database: &Database) {
    eventually("the outbox is empty", async || waiting(database).await == "0").await;
}

/// Looks at what every mail has.
#[track_caller]
fn check(mail: &Mail) {
    assert_eq!(mail.from(), "noreply@acme.test");
    assert_eq!(mail.header("From").unwrap(), "Acme <noreply@acme.test>");
    assert_eq!(mail.header("To").unwrap(), mail.to());
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert!(mail.header("Message-ID").unwrap().ends_with("@acme.test>"));
    assert!(mail.header("Date").unwrap().ends_with("+0000"));
    assert!(mail.header("Content-Type").unwrap().starts_with("multipart/alternative"));
    assert!(mail.html().starts_with("<!DOCTYPE html>") && mail.raw().is_ascii());
}

on_both!(a_mail_arrives, a_mail_waits_for_the_server, nobody_waits_for_a_slow_server);

async fn a_mail_arrives(database: Database) {
    let mailbox = Mailbox::start();
    let gateway = welcoming(&database, &mailbox).start().await;
    gateway.user("ada").await;
    let mail = mailbox.mail_to("ada@example.com").await;
    check(&mail);
    assert_eq!(mail.subject(), "Welcome to Acme");
    assert!(mail.text().contains("Wasn't you?") && mail.html().contains("Wasn&#39;t you?"), "{}", mail.text());
    emptied(&database).await;
    assert!(gateway.metrics().await.contains("gateway_mails_total{outcome=\"delivered\"} 1"));
    assert_eq!(mailbox.mails().len(), 1);
}

async fn a_mail_waits_for_the_server(database: Database) {
    let mut mailbox = Mailbox::start();
    let gateway = welcoming(&database, &mailbox).start().await;
    gateway.user("ada").await;
    mailbox.mail_to("ada@example.com").await;
    mailbox.stop();
    // `user` insists on 200.
    gateway.user("bob").await;
    eventually("the first attempt has failed", async || gateway.metric("gateway_mails_total").await >= 2.0).await;
    assert_eq!(waiting(&database).await, "1");
    mailbox.restart();
    check(&mailbox.mail_to("bob@example.com").await);
    emptied(&database).await;
    eventually("it is said", async || gateway.log().contains("mails are delivered again")).await;
    let log = gateway.log();
    assert!(log.contains("a mail has to wait"), "{log}");
    assert!(!log.contains("bob@example.com"), "no address of a user is logged:\n{log}");
}

async fn nobody_waits_for_a_slow_server(database: Database) {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let mut gateway = Gateway::on(&database)
        .config(&format!("[mail]\nwelcome = true\ntransport = \"smtp\"\nsmtp_url = \"{url}\""))
        .start()
        .await;
    for name in ["ada", "bob"] {
        gateway.user(name).await;
    }
    assert_eq!(gateway.metric("gateway_mails_total").await, 0.0, "no attempt has ended yet");
    assert_eq!(waiting(&database).await, "2");
    // Those on their way end with the gateway, and stay in the outbox.
    assert_eq!(gateway.stop().code, Some(0));
    assert_eq!(waiting(&database).await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_outlive_the_gateway() {
    let (database, mut mailbox) = (Database::sqlite(), Mailbox::start());
    mailbox.stop();
    let mut gateway = welcoming(&database, &mailbox).start().await;
    gateway.user("ada").await;
    let noted = "select cast(count(last_error) as text) from gateway_outbox";
    eventually("the first attempt is noted", async || database.text(noted).await.unwrap() == "1").await;
    gateway.process().kill();
    drop(gateway);
    mailbox.restart();
    let _gateway = welcoming(&database, &mailbox).start().await;
    mailbox.mail_to("ada@example.com").await;
    emptied(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_send_each_mail_once() {
    let (database, mailbox) = (Database::postgres().await, Mailbox::start());
    let gateways = [welcoming(&database, &mailbox).start().await, welcoming(&database, &mailbox).start().await];
    for n in 0..12 {
        gateways[n % 2].user(&format!("user{n}")).await;
    }
    for n in 0..12 {
        mailbox.mail_to(&format!("user{n}@example.com")).await;
    }
    emptied(&database).await;
    a_moment().await;
    assert_eq!(mailbox.mails().len(), 12);
    let connections = mailbox.mails().iter().map(Mail::connection).max();
    assert!(connections < Some(12), "connections are kept for the next mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_mail_is_not_tried_again_and_keeps_nothing() {
    let database = Database::sqlite();
    let mailbox = Mailbox::with().refuses("eve@example.com").start();
    let gateway = welcoming(&database, &mailbox).start().await;
    gateway.user("eve").await;
    eventually("the mail was given up", async || {
        gateway.metrics().await.contains("gateway_mails_total{outcome=\"refused\"} 1")
    })
    .await;
    let kept = "select coalesce(letter, 'no letter') || ', ' || coalesce(last_error, '') from gateway_outbox";
    let why = "permanent error (550): 5.1.1 <the recipient>: nobody of that name here, see http://127.0.0.1/…";
    eventually("the letter is gone", async || database.text(kept).await.unwrap() == format!("no letter, {why}")).await;
    eventually("it is said", async || gateway.log().contains("a mail was given up")).await;
    let log = gateway.log();
    assert!(log.contains("nobody of that name"), "{log}");
    assert!(!log.contains("eve@example.com") && !log.contains("secret"), "{log}");
    gateway.user("ada").await;
    mailbox.mail_to("ada@example.com").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(mailbox.tries("eve@example.com"), 1, "the first retry would have come after a second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_asked_again() {
    let (database, mailbox) = (Database::sqlite(), Mailbox::with().busy(2).start());
    let gateway = welcoming(&database, &mailbox).start().await;
    gateway.user("busy").await;
    let mail = mailbox.mail_to("busy@example.com").await;
    assert_eq!(mailbox.tries("busy@example.com"), 3);
    check(&mail);
    emptied(&database).await;
    assert_eq!(gateway.metric("gateway_mails_total").await, 3.0, "two delays and a delivery");
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_and_logged_in() {
    for mailbox in [
        Mailbox::with().starttls().login("ada:s3cret-pass").start(),
        Mailbox::with().implicit_tls().login("ada:s3cret-pass").start(),
    ] {
        let database = Database::sqlite();
        let gateway = welcoming(&database, &mailbox).start().await;
        gateway.never_log("s3cret-pass");
        gateway.user("ada").await;
        let mail = mailbox.mail_to("ada@example.com").await;
        check(&mail);
        assert!(mail.was_encrypted());
        assert_eq!(mail.user(), Some("ada"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browsers_language_is_written_and_names_break_nothing() {
    let (database, mailbox) = (Database::sqlite(), Mailbox::start());
    let gateway = welcoming(&database, &mailbox).start().await;
    let names = [
        ("plain", "Zoë \"Z\" O'Neill, Jr.", "Hallo Zoë \"Z\" O'Neill, Jr.,"),
        ("breaks", "Ada\r\nBcc: victim@example.com\r\n\r\n<b>x</b>", "Hallo,"),
        ("markup", "<script>alert(1)</script>", "Hallo,"),
        ("link", "click evil.example now", "Hallo,"),
        ("long", &"ö".repeat(200), &format!("Hallo {}…,", "ö".repeat(59))),
    ];
    for (user, name, greeting) in names {
        let body = json!({ "name": name, "email": format!("{user}@example.com"), "password": PASSWORD });
        let anon = gateway.anon();
        let ask = anon.ask(Method::POST, "/api/auth/sign-up/email").header("accept-language", "de-AT, en;q=0.5");
        ask.json(&body).send().await.expect(200);
        let mail = mailbox.mail_to(&format!("{user}@example.com")).await;
        check(&mail);
        assert_eq!(mail.header("Bcc"), None);
        assert_eq!(mail.subject(), "Willkommen bei Acme");
        assert_eq!(mail.text().lines().next().unwrap(), greeting);
        assert!(!mail.html().contains("<script") && !mail.html().contains("<b>"), "{}", mail.html());
    }
    a_moment().await;
    assert_eq!(mailbox.mails().len(), names.len(), "nobody else got one");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_welcomed_unless_wanted() {
    let (database, mailbox) = (Database::sqlite(), Mailbox::start());
    let gateway = Gateway::on(&database).mails_to(&mailbox).start().await;
    gateway.user("ada").await;
    a_moment().await;
    assert!(mailbox.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_gets_no_mail_and_looks_the_same() {
    let (database, mailbox) = (Database::sqlite(), Mailbox::start());
    let gateway = welcoming(&database, &mailbox).config("[email_password]\nauto_sign_in = false").start().await;
    for _ in 0..2 {
        let body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
        gateway.anon().post("/api/auth/sign-up/email", body).await.expect(200);
    }
    mailbox.mail_to("ada@example.com").await;
    emptied(&database).await;
    assert_eq!(mailbox.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_mails() {
    let gateway = Gateway::on(&Database::sqlite()).config("[mail]\nwelcome = true").start().await;
    gateway.user("ada").await;
    eventually("the mail is in the log", async || gateway.log().contains("mail: Welcome to ")).await;
    assert!(gateway.log().contains("mail.to=\"ada@example.com\""), "{}", gateway.log());
}
