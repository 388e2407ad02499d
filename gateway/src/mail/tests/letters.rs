//! What holds of every mail in every language.

use std::collections::BTreeSet;

use super::{super::words, *};

/// The names of the messages in a file, with those of the values they want.
fn messages(text: &str) -> BTreeSet<(String, BTreeSet<String>)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(" = ") {
            Some((name, rest)) if !line.starts_with([' ', '}']) => found.push((name.into(), rest.into())),
            _ => {
                if let Some((_, pattern)) = found.last_mut() {
                    pattern.push_str(line);
                }
            }
        }
    }
    let values = |pattern: &str| {
        pattern.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap().to_owned()).collect()
    };
    found.into_iter().map(|(name, pattern)| (name, values(&pattern))).collect()
}

#[test]
fn every_language_says_the_same() {
    let english = messages(words::ENGLISH);
    assert!(english.len() > 40, "{english:#?}");
    assert_eq!(english, messages(words::GERMAN));
}

#[test]
fn every_mail_has_all_its_words() {
    for language in Language::ALL {
        for kind in every_kind() {
            let name = kind.name();
            let link = kind.link().is_some();
            let code = kind.code().is_some();
            let Letter { subject, text, html, link: linked, code: typed } = letter(kind, *language, "Ada");
            for part in [&subject, &text, &html] {
                assert!(
                    !part.is_empty() && !part.contains(&format!("{name}-")) && !part.contains("{ $"),
                    "{name}: {part}"
                );
                assert!(!part.contains("fact-") && !part.contains("duration-"), "{name}: {part}");
            }
            let advice = ["Wasn't you?", "Das waren nicht Sie?"];
            assert!(advice.iter().any(|advice| text.contains(advice)), "{text}");
            let why = ["You get this mail because", "Sie erhalten diese E-Mail, weil"];
            assert!(why.iter().any(|why| text.contains(why) && html.contains(why)), "{text}");
            assert_eq!((linked.is_some(), typed.is_some()), (link, code));
            assert_eq!(html.contains("<a "), link);
        }
    }
}

#[test]
fn no_mail_loads_anything() {
    for kind in every_kind() {
        let html = letter(kind, Language::English, "Ada").html;
        for loader in ["<img", "<script", "<link", "<iframe", "src=", "url(", "@import", "background="] {
            assert!(!html.contains(loader), "{loader} in {html}");
        }
    }
}

#[test]
fn text_of_users_is_escaped() {
    let nasty = r#"<b onclick="x()">&amp;'"#;
    let kind = Kind::NewDevice { device: nasty.into(), address: nasty.into(), at: noon() };
    let html = letter(kind, Language::English, nasty).html;
    assert!(!html.contains("<b ") && html.contains("&#60;b onclick=&#34;x()&#34;&#62;&#38;amp;&#39;"), "{html}");
    let kind = Kind::VerifyEmail { url: r#"https://x/"><script>"#.into(), expires_in: Duration::from_secs(60) };
    assert!(!letter(kind, Language::English, "").html.contains("<script"));
}

#[test]
fn a_letter_fits_into_the_outbox_and_back() {
    let written = letter(every_kind().swap_remove(1), Language::German, "Zoë");
    let read: Letter = serde_json::from_str(&serde_json::to_string(&written).unwrap()).unwrap();
    assert_eq!((read.subject, read.text, read.html), (written.subject, written.text, written.html));
}

#[test]
fn kinds_show_neither_their_links_nor_their_codes() {
    for kind in every_kind() {
        let shown = format!("{kind:?}");
        assert!(!shown.contains("t0ken") && !shown.contains("314159"));
    }
}
