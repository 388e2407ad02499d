//! `gateway mail test` says precisely what is wrong.

use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::mailbox::Mailbox;
use gateway_tests::process::Ended;

const ADDRESS: &str = "ada@example.com";

fn tried(setup: &Setup) -> Ended {
    tokio::task::block_in_place(|| setup.cli(&["mail", "test", ADDRESS]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_taken() {
    for mailbox in [
        Mailbox::start(),
        Mailbox::with().starttls().login("ada:secret").start(),
        Mailbox::with().implicit_tls().start(),
    ] {
        let ended = tried(&Gateway::on(&Database::sqlite()).mails_to(&mailbox));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.ends_with(" took the mail to ada@example.com\n"), "{ended:?}");
        assert!(!ended.stdout.contains("secret"), "{ended:?}");
        let mail = mailbox.mail_to(ADDRESS).await;
        assert_eq!(mail.subject(), "Gateway: test mail");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told() {
    let refusing = Mailbox::with().refuses(ADDRESS).start();
    let closed = Mailbox::with().login("ada:secret").starttls().start();
    let private = Mailbox::with().implicit_tls().start();
    let gone = {
        let mut mailbox = Mailbox::start();
        mailbox.stop();
        mailbox
    };
    let wrong_password = closed.url().replace("secret", "wr0ng");
    let no_authority = format!("[mail]\nsmtp_ca = \"\"\nsmtp_url = {:?}", private.url());
    let plain = format!("[mail]\nsmtp_url = {:?}", private.url().replace("smtps", "smtp"));
    let table = [
        (&refusing, String::new(), "permanent error (550): 5.1.1 <the recipient>: nobody of that name here"),
        (&closed, format!("[mail]\nsmtp_url = {wrong_password:?}"), "the mail server does not let the user in: "),
        (&private, no_authority, "invalid peer certificate"),
        (&private, plain, "no answer in time"),
        (&gone, String::new(), "onnection refused"),
    ];
    for (mailbox, config, words) in table {
        let ended = tried(&Gateway::on(&Database::sqlite()).mails_to(mailbox).config(&config));
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.stderr.contains("no mail was sent by the mail server ") && ended.stderr.contains(words),
            "{ended:?}"
        );
        assert!(!ended.stderr.contains("wr0ng") && !ended.stderr.contains("secret"), "{ended:?}");
        assert_eq!(ended.stdout, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_or_configuration_is_told() {
    let setup = Gateway::on(&Database::sqlite());
    let ended = tokio::task::block_in_place(|| setup.cli(&["mail", "test", "nobody"]));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let ended = tried(&Gateway::on(&Database::sqlite()).config("[mail]\ntransport = \"smtp\""));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("mail.smtp_url"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_the_mail() {
    let ended = tried(&Gateway::on(&Database::sqlite()));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.starts_with("To: ada@example.com\nSubject: Gateway: test mail\n\nHello,\n"), "{ended:?}");
    assert!(ended.stderr.contains("mail.transport is \"console\""), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_come_from_files() {
    let mailbox = Mailbox::with().starttls().login("ada:secret").start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("smtp-url");
    std::fs::write(&file, format!("{}\n", mailbox.url())).unwrap();
    let setup = Gateway::on(&Database::sqlite())
        .config("[mail]\ntransport = \"smtp\"\nfrom = \"noreply@acme.test\"")
        .env("GATEWAY_MAIL__SMTP_URL_FILE", file.to_str().unwrap());
    assert_eq!(tried(&setup).code, Some(0));
    assert_eq!(mailbox.mail_to(ADDRESS).await.user(), Some("ada"));
}
