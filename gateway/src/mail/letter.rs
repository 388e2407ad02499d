//! What a mail says: subject, text and HTML, written in the reader's language.

use std::time::Duration;

use askama::Template;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Kind, Language, Mail, plain, words::Words};

/// Most characters of an address, device or name of an app.
const MOST_FACT: usize = 254;

/// What a mail says. Holds no text of a user but escaped in the HTML and shortened in both bodies.
#[derive(Clone, Serialize, Deserialize)]
pub struct Letter {
    /// The subject, on one line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The link in it, for the console.
    pub link: Option<String>,
    /// The code in it, for the console.
    #[serde(default)]
    pub code: Option<String>,
}

/// What both templates show.
struct Content {
    language: Language,
    app: String,
    subject: String,
    greeting: String,
    body: String,
    facts: Vec<Fact>,
    action: Option<Action>,
    code: Option<Typed>,
    advice: String,
    why: String,
}

/// A line such as "Device: Firefox on Linux".
struct Fact {
    label: String,
    value: String,
}

/// The button.
struct Action {
    label: String,
    url: String,
    /// How long it works.
    lasts: String,
    /// What to do where buttons don't work.
    otherwise: String,
}

/// The code.
struct Typed {
    digits: String,
    /// How long it works.
    lasts: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    it: &'a Content,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    it: &'a Content,
}

/// Writes the letter of a mail.
pub(super) fn write(mail: &Mail, app_name: &str) -> Letter {
    let content = content(mail, &plain::line(app_name, MOST_FACT));
    // Both templates only show texts, so that nothing in them can fail.
    let html = Html { it: &content }.render().unwrap_or_default();
    let text = Text { it: &content }.render().unwrap_or_default();
    let (link, code) = (content.action.map(|action| action.url), content.code.map(|code| code.digits));
    Letter { subject: content.subject, text, html, link, code }
}

fn content(mail: &Mail, app: &str) -> Content {
    let mut words = Words::of(mail.language);
    words.set("app", app.to_owned());
    let greeting = match plain::name(&mail.to.name) {
        Some(name) => {
            words.set("name", name);
            words.say("greeting")
        }
        None => words.say("greeting-nobody"),
    };
    if let Kind::ConfirmEmailChange { new_email, .. } = &mail.kind {
        words.set("email", plain::line(new_email, MOST_FACT));
    }
    let kind = mail.kind.name();
    let say = |words: &Words<'_>, part: &str| words.say(&format!("{kind}-{part}"));
    Content {
        language: mail.language,
        app: app.to_owned(),
        subject: plain::line(&say(&words, "subject"), MOST_FACT),
        greeting,
        body: say(&words, "body"),
        facts: facts(&mail.kind, mail.language),
        advice: say(&words, "advice"),
        why: say(&words, "why"),
        code: mail.kind.code().map(|code| Typed {
            digits: code.digits.clone(),
            lasts: lasts(Words::of(mail.language), "code-lasts", code.expires_in),
        }),
        action: mail.kind.link().map(|(url, expires_in)| Action {
            label: say(&words, "button"),
            url: url.to_owned(),
            lasts: lasts(words, "link-lasts", expires_in),
            otherwise: Words::of(mail.language).say("button-otherwise"),
        }),
    }
}

/// "The link works for 15 minutes."
fn lasts(mut words: Words<'_>, sentence: &str, expires_in: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = expires_in.as_secs();
    let (unit, count) = match seconds {
        _ if seconds >= DAY && seconds.is_multiple_of(DAY) => ("days", seconds / DAY),
        _ if seconds >= HOUR && seconds.is_multiple_of(HOUR) => ("hours", seconds / HOUR),
        _ if seconds >= MINUTE => ("minutes", seconds / MINUTE),
        _ => ("seconds", seconds),
    };
    words.set("count", count);
    let duration = words.say(&format!("duration-{unit}"));
    words.set("duration", duration);
    words.say(sentence)
}

fn facts(kind: &Kind, language: Language) -> Vec<Fact> {
    let words = Words::of(language);
    let fact = |label: &str, value: String| Fact { label: words.say(label), value };
    let shown = |value: &str| plain::line(value, MOST_FACT);
    let mut facts = match kind {
        Kind::NewDevice { device, address, at } => {
            vec![
                fact("fact-device", shown(device)),
                fact("fact-address", shown(address)),
                fact("fact-time", time(language, *at)),
            ]
        }
        Kind::PasswordChanged { address, at } => {
            vec![fact("fact-address", shown(address)), fact("fact-time", time(language, *at))]
        }
        _ => Vec::new(),
    };
    facts.retain(|fact| !fact.value.is_empty());
    facts
}

/// A time as the language writes it.
fn time(language: Language, at: DateTime<Utc>) -> String {
    let mut words = Words::of(language);
    for (name, format) in [("year", "%Y"), ("month", "%m"), ("day", "%d"), ("time", "%H:%M")] {
        words.set(name, at.format(format).to_string());
    }
    words.say("moment")
}
