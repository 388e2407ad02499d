//! `[mail]`.

use expect_test::expect;

use super::{Given, file};
use crate::config::{MailConfig, Secret, Sender, SmtpTls};

#[test]
fn what_mail_needs_is_asked_for() {
    file(
        "[mail]\ntransport = \"resend\"\nresend_url = \"http://resend.example\"\nsmtp_ca = \"/no/such/file\"",
        &expect![[r#"
            gateway.toml:1:1: mail.resend_api_key: is missing; mail.transport = "resend" needs the key of an account there
            gateway.toml:3:14: mail.resend_url: is not encrypted: the key would be readable on the way; write "https://"
            gateway.toml:4:11: mail.smtp_ca: /no/such/file can not be read: there is no such file
        "#]],
    );
    file(
        "[mail]\ntransport = \"smtp\"",
        &expect![[r#"
        gateway.toml:1:1: mail.smtp_url: is missing; mail.transport = "smtp" needs the mail server, such as "smtp://user:password@mail.example.com:587"
    "#]],
    );
    for url in [
        "mail.example.com:587",
        "http://mail.example.com",
        "smtp://",
        "smtp://user@mail.example.com",
        "smtp://:s3cret@mail.example.com",
        "smtp://user:s3cret/s3cret@mail.example.com",
        "smtp://mail.example.com/?tls=none",
        "smtp://mail.example.com:99999",
    ] {
        let text = format!("[mail]\nsmtp_url = \"{url}\"");
        let problems = Given { file: &text, ..Given::default() }.load().unwrap_err();
        let said = problems[0].to_string();
        assert!(said.contains("mail.smtp_url: ") && !said.contains("s3cret"), "{url}: {said}");
    }
}

#[test]
fn mail_servers_are_read() {
    let read = |url: &str| {
        let config = MailConfig { smtp_url: Secret::new(url), ..MailConfig::default() };
        let server = config.smtp_server().unwrap();
        let login = server.login.map(|(user, password)| format!("{user}:{}", password.expose()));
        (server.host, server.port, server.tls, login.unwrap_or_default())
    };
    let table = [
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, SmtpTls::StartTls, ""),
        ("smtp://[::1]:25/", "::1", 25, SmtpTls::StartTls, ""),
        ("smtp://ada:pw@mail.example.com", "mail.example.com", 587, SmtpTls::StartTls, "ada:pw"),
        (
            "smtps://ada%40x.org:p%2Fw%3A%40@mail.example.com",
            "mail.example.com",
            465,
            SmtpTls::Implicit,
            "ada@x.org:p/w:@",
        ),
    ];
    for (url, host, port, tls, login) in table {
        assert_eq!(read(url), (host.to_owned(), port, tls, login.to_owned()), "{url}");
    }
}

#[test]
fn senders_are_read() {
    let read = |from: &str| MailConfig { from: from.into(), ..MailConfig::default() }.sender();
    let sender = |name: Option<&str>, email: &str| Some(Sender { name: name.map(Into::into), email: email.into() });
    assert_eq!(read("Acme <no@acme.test>"), sender(Some("Acme"), "no@acme.test"));
    assert_eq!(read("\"Acme, Inc.\" <no@acme.test>"), sender(Some("Acme, Inc."), "no@acme.test"));
    assert_eq!(read("no@acme.test"), sender(None, "no@acme.test"));
    assert_eq!(read("<no@acme.test>"), sender(None, "no@acme.test"));
    for wrong in ["", "Acme", "Acme <no>", "Acme <no@acme.test", "a@b@c", "A\r\nBcc: x <no@acme.test>", "a@b, c@d"] {
        assert_eq!(read(wrong), None, "{wrong:?}");
    }
}

#[test]
fn the_key_travels_encrypted() {
    let endpoint = |url: &str| MailConfig { resend_url: url.into(), ..MailConfig::default() }.resend_endpoint();
    for (given, meant) in [
        ("", "https://api.resend.com/emails"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000/emails"),
        ("http://localhost:4000/emails", "http://localhost:4000/emails"),
        ("https://eu.example/resend/", "https://eu.example/resend/emails"),
    ] {
        assert_eq!(endpoint(given).unwrap().as_str(), meant);
    }
    for wrong in ["http://eu.example", "ftp://127.0.0.1", "api.resend.com", "http://127.0.0.1.evil.example"] {
        endpoint(wrong).unwrap_err();
    }
}
