//! What the client does with what servers say; the stories in `tests/it` talk to a real server.

use std::net::SocketAddr;

use chrono::Utc;
use regex::Regex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::{
    connection::{Way, way},
    *,
};
use crate::{
    config::Secret,
    mail::{Kind, Language, Mail, Recipient},
};

fn outgoing(to: &str, name: &str) -> Outgoing {
    let posted_at: chrono::DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let kind = Kind::ResetPassword { url: "https://acme.test/reset/t0ken".into(), expires_in: SEND };
    let mail = Mail { to: Recipient { name: name.into(), email: to.into() }, language: Language::German, kind };
    Outgoing { id: "id1".into(), to: to.into(), posted_at, letter: mail.letter("Acme ✓") }
}

fn smtp(url: &str) -> Smtp {
    let config = MailConfig {
        smtp_url: Secret::new(url),
        from: "Ümlaut & Söhne <noreply@acme.test>".into(),
        ..MailConfig::default()
    };
    Smtp::new(&config).unwrap()
}

/// A server that answers each line that begins with a word by the words beside it, and all others by 250.
async fn scripted(script: &'static [(&'static str, &'static str)]) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut heard = Vec::new();
        let greeting = script.iter().find(|(word, _)| word.is_empty()).map_or("220 test ESMTP", |(_, answer)| answer);
        stream.write_all(format!("{greeting}\r\n").as_bytes()).await.unwrap();
        let (mut line, mut in_data) = (String::new(), false);
        while matches!(stream.read_line(&mut line).await, Ok(read) if read > 0) {
            heard.push(line.trim_end().to_owned());
            let said = std::mem::take(&mut line);
            if in_data && said != ".\r\n" {
                continue;
            }
            in_data = said.starts_with("DATA");
            let default = if in_data { "354 go on" } else { "250 OK" };
            let answer = script.iter().find(|(word, _)| !word.is_empty() && said.starts_with(word));
            let answer = answer.map_or(default, |(_, answer)| answer);
            if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || answer.starts_with("421") {
                break;
            }
        }
        heard
    });
    (address, served)
}

/// What comes of a mail to a server with this script, and what the server heard.
async fn sent(script: &'static [(&'static str, &'static str)], login: &str) -> (Result<(), Failure>, Vec<String>) {
    let (address, served) = scripted(script).await;
    let smtp = smtp(&format!("smtp://{login}{address}"));
    let outcome = smtp.send(&outgoing("ada@example.com", "Ada")).await;
    drop(smtp);
    (outcome, served.await.unwrap())
}

#[test]
fn a_password_never_travels_unencrypted() {
    for (offered, here, password) in [(true, false, true), (true, false, false)] {
        assert_eq!(way(offered, here, password), Way::Encrypted);
    }
    assert_eq!(way(false, false, true), Way::None);
    assert_eq!(way(false, false, false), Way::Plain);
    assert_eq!((way(true, true, true), way(false, true, true)), (Way::EncryptedHere, Way::PlainHere));
}

#[tokio::test]
async fn answers_are_told_apart() {
    use Failure::{Later, Refused, Unreachable};
    type Case = (&'static [(&'static str, &'static str)], Failure);
    let table: [Case; 8] = [
        (
            &[("RCPT", "550 5.1.1 <Ada@Example.com> unknown")],
            Refused("permanent error (550): 5.1.1 <the recipient> unknown".into()),
        ),
        (&[("RCPT", "451 4.7.1 greylisted")], Later("transient error (451): 4.7.1 greylisted".into())),
        (&[("RCPT", "421 closing")], Unreachable("transient error (421): closing".into())),
        (&[("MAIL", "530 5.7.0 log in first")], Unreachable("permanent error (530): 5.7.0 log in first".into())),
        (
            &[(".", "554 5.7.1 https://acme.test/reset/t0ken is a bad link")],
            Refused("permanent error (554): 5.7.1 https://acme.test/… is a bad link".into()),
        ),
        (
            &[("", "554 go away")],
            Unreachable("no connection to the mail server 127.0.0.1:PORT: permanent error (554): go away".into()),
        ),
        (
            &[("", "421 too many")],
            Unreachable("no connection to the mail server 127.0.0.1:PORT: transient error (421): too many".into()),
        ),
        (
            &[("STARTTLS", "454 no"), ("EHLO", "250-test\r\n250 STARTTLS")],
            Unreachable("STARTTLS failed: transient error (454): no".into()),
        ),
    ];
    let ports = Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    for (script, expected) in table {
        let (outcome, _) = sent(script, "").await;
        let failure = outcome.unwrap_err();
        let masked = |why: &String| ports.replace_all(why, "127.0.0.1:PORT").into_owned();
        let failure = match &failure {
            Unreachable(why) => Unreachable(masked(why)),
            Later(why) => Later(masked(why)),
            Refused(why) => Refused(masked(why)),
        };
        assert_eq!(failure, expected, "{script:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_and_not_shown() {
    let script: &[_] = &[("EHLO", "250-test\r\n250 AUTH PLAIN LOGIN"), ("AUTH", "535 5.7.8 wrong")];
    let (outcome, heard) = sent(script, "ada:s3cret@").await;
    let Err(Failure::Unreachable(why)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(why, "the mail server does not let the user in: permanent error (535): 5.7.8 wrong");
    assert!(!heard.iter().any(|line| line.starts_with("MAIL")), "{heard:?}");
}

#[tokio::test]
async fn nobody_at_the_port_is_said() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let outcome = smtp(&format!("smtp://{closed}")).send(&outgoing("ada@example.com", "Ada")).await;
    let Err(Failure::Unreachable(why)) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("refused") && why.contains(&closed.to_string()), "{why}");
}

#[tokio::test]
async fn an_address_that_mail_knows_not_is_refused_before_connecting() {
    for address in ["", "ada", "ada@", "ada@x\r\nRCPT TO:<eve@example.com>", "<ada@example.com>", "a b@example.com"] {
        let outcome = smtp("smtp://127.0.0.1:9").send(&outgoing(address, "Ada")).await;
        assert!(matches!(outcome, Err(Failure::Refused(_))), "{address:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_head_of_a_mail() {
    let (outcome, heard) = sent(&[], "").await;
    assert_eq!(outcome, Ok(()));
    let start = heard.iter().position(|line| line == "DATA").unwrap() + 1;
    let head: Vec<&str> = heard[start..].iter().take_while(|line| !line.is_empty()).map(String::as_str).collect();
    let head = Regex::new("boundary=\"[^\"]*\"").unwrap().replace(&head.join("\n"), "boundary=\"…\"").into_owned();
    expect_test::expect![[r#"
        From: =?utf-8?b?w5xtbGF1dCAmIFPDtmhuZQ==?= <noreply@acme.test>
        To: ada@example.com
        Subject: Acme =?utf-8?b?4pyTOg==?= Passwort =?utf-8?b?enVyw7xja3NldHpl?=
         =?utf-8?b?bg==?=
        Date: Sun, 01 Mar 2026 12:00:00 +0000
        Message-ID: <id1@acme.test>
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        MIME-Version: 1.0
        Content-Type: multipart/alternative;
         boundary="…""#]]
    .assert_eq(&head);
    assert_eq!(heard[..3], ["EHLO acme.test", "MAIL FROM:<noreply@acme.test>", "RCPT TO:<ada@example.com>"]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_of_a_user_gets_into_the_head(name in "[\\s\\S]{0,200}", app in "[\\s\\S]{0,80}") {
        let kind = Kind::NewDevice { device: name.clone(), address: name.clone(), at: chrono::DateTime::UNIX_EPOCH };
        let mail = Mail { to: Recipient { name, email: "ada@example.com".into() }, language: Language::English, kind };
        let outgoing = Outgoing {
            id: "id1".into(), to: "ada@example.com".into(), posted_at: chrono::DateTime::UNIX_EPOCH, letter: mail.letter(&app),
        };
        let message = message::build(&outgoing, &smtp("smtp://127.0.0.1:9").from).unwrap().formatted();
        let text = String::from_utf8(message).unwrap();
        proptest::prop_assert!(text.is_ascii());
        let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let names: Vec<&str> = head.split("\r\n").map(|line| line.split(':').next().unwrap()).collect();
        proptest::prop_assert_eq!(names, [
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
            "MIME-Version", "Content-Type",
        ]);
    }
}
