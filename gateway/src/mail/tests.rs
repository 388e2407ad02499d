//! Languages, letters, names.

mod letters;
mod names;

use std::time::Duration;

use chrono::{DateTime, Utc};
use expect_test::expect;

use super::{Code, Kind, Language, Letter, Mail, Recipient, plain};

/// The moment that all mails of these tests speak of.
fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn every_kind() -> Vec<Kind> {
    let url = || "https://app.example/api/auth/step?token=t0ken&callbackURL=%2F".to_owned();
    let expires_in = Duration::from_secs(15 * 60);
    let address = || "192.0.2.7".to_owned();
    let code = || Code { digits: "314159".into(), expires_in: Duration::from_secs(5 * 60) };
    vec![
        Kind::VerifyEmail { url: url(), expires_in },
        Kind::ResetPassword { url: url(), expires_in: Duration::from_secs(3_600) },
        Kind::ConfirmEmailChange { url: url(), expires_in, new_email: "new@example.com".into() },
        Kind::VerifyNewEmail { url: url(), expires_in },
        Kind::DeleteAccount { url: url(), expires_in: Duration::from_secs(24 * 3_600) },
        Kind::Welcome,
        Kind::NewDevice { device: "Firefox on Linux".into(), address: address(), at: noon() },
        Kind::PasswordChanged { address: address(), at: noon() },
        Kind::Test,
        Kind::MagicLink { url: url(), expires_in },
        Kind::SignInCode(code()),
        Kind::VerifyEmailCode(code()),
        Kind::ResetPasswordCode(code()),
        Kind::ChangeEmailCode(code()),
    ]
}

fn letter(kind: Kind, language: Language, name: &str) -> Letter {
    let to = Recipient { name: name.into(), email: "ada@example.com".into() };
    Mail { to, language, kind }.letter("Acme")
}

#[test]
fn the_browser_picks_the_language() {
    let table = [
        ("", Language::English),
        ("de", Language::German),
        ("de-AT,en;q=0.5", Language::German),
        ("fr, en;q=0.8, de;q=0.9", Language::German),
        ("en, de", Language::English),
        ("de;q=0.4, en;q=0.5", Language::English),
        ("de;q=0", Language::English),
        ("fr-CH, fr;q=0.9", Language::English),
        ("DE-ch", Language::German),
        ("deutsch", Language::English),
        ("de;q=x", Language::English),
        ("*", Language::English),
        (";;;,,,q=1", Language::English),
    ];
    for (header, language) in table {
        assert_eq!(Language::preferred(header), language, "{header}");
    }
}

#[test]
fn both_bodies_of_a_mail_with_a_link() {
    let kind = every_kind().swap_remove(0);
    let letter = letter(kind, Language::English, "Ada");
    assert_eq!(letter.subject, "Acme: verify your e-mail address");
    expect![[r#"
        Hello Ada,

        Please confirm that this is your e-mail address.

        Verify address:
        https://app.example/api/auth/step?token=t0ken&callbackURL=%2F

        The link works for 15 minutes.

        Wasn't you? Then ignore this mail: nobody can use your address without this link.

        -- 
        Acme
        You get this mail because somebody gave this address to Acme."#]]
    .assert_eq(&letter.text);
    assert!(letter.html.contains(r#"href="https://app.example/api/auth/step?token=t0ken&#38;callbackURL=%2F""#));
}

#[test]
fn a_mail_with_facts_in_german() {
    let kind = every_kind().swap_remove(6);
    expect![[r#"
        Hallo Ada,

        Jemand hat sich auf einem bisher nicht verwendeten Gerät bei Ihrem Konto angemeldet.

        Gerät: Firefox on Linux
        IP-Adresse: 192.0.2.7
        Zeit: 01.03.2026, 12:00 Uhr UTC

        Das waren nicht Sie? Dann ändern Sie sofort Ihr Passwort und melden Sie alle Geräte ab.

        -- 
        Acme
        Sie erhalten diese E-Mail, weil dies die Adresse Ihres Kontos bei Acme ist."#]]
    .assert_eq(&letter(kind, Language::German, "Ada").text);
}

#[test]
fn a_mail_with_a_code() {
    let kind = every_kind().into_iter().find(|kind| kind.name() == "sign-in-code").unwrap();
    let letter = letter(kind, Language::English, "");
    assert_eq!((letter.link.as_deref(), letter.code.as_deref()), (None, Some("314159")));
    assert!(!letter.subject.contains("314159"), "subjects are shown on locked screens");
    expect![[r#"
        Hello,

        Type this code where you want to sign in:

        314159

        The code works for 5 minutes.

        Wasn't you? Then ignore this mail, and tell nobody the code: whoever asks you for it wants to get into your account.

        -- 
        Acme
        You get this mail because somebody asked Acme for a code to sign in with this address."#]]
    .assert_eq(&letter.text);
    assert!(letter.html.contains(">314159</p>"));
}
