//! Checks that hold for every page: well-formed, escaped, within the content policy, and usable by everyone.

mod contrast;
mod forms;
mod html;
mod security;

use crate::pages::{
    Account, AlreadySignedIn, CheckMail, Deletion, EnterCode, ForgotPassword, MailedLink, Problem, ProviderLine,
    ResetPassword, SessionLine, SignIn, SignUp, SignedOut, WayLine,
};
use crate::{Site, render};
use html::Document;

/// Every page twice, with each optional part shown and with as few as possible; `text` stands in every place for text.
fn every_page(text: &str) -> Vec<(&'static str, String)> {
    let mut pages = full_pages(text);
    pages.extend(bare_pages());
    pages
}

fn site(app_name: &str) -> Site<'_> {
    Site { app_name, ui_path: "/auth", base_path: "/api/auth" }
}

fn full_pages(text: &str) -> Vec<(&'static str, String)> {
    let (site, some) = (site(text), Some(text));
    let way = WayLine { id: text, name: text, since: text };
    let line = |current| SessionLine { id: text, device: text, ip: text, created: text, used: text, current };
    let mut pages = vec![
        (
            "sign-in",
            render(&SignIn {
                site,
                return_to: text,
                email: text,
                user_names: true,
                problem: some,
                notice: some,
                resend: true,
                by_link: true,
                by_code: true,
                forgot_password: true,
                sign_up: true,
                providers: &[ProviderLine { id: text, name: text }],
                return_host: some,
            }),
        ),
        (
            "sign-up",
            render(&SignUp {
                site,
                return_to: text,
                name: text,
                email: text,
                username: some,
                problem: some,
                providers: &[ProviderLine { id: text, name: text }],
                min_length: 8,
            }),
        ),
        ("forgot password", render(&ForgotPassword { site, return_to: text, email: text, problem: some })),
        ("reset password", render(&ResetPassword { site, return_to: text, token: text, problem: some, min_length: 8 })),
        (
            "enter code",
            render(&EnterCode { site, return_to: text, email: text, digits: 6, remember: true, problem: some }),
        ),
        ("check mail, sign in", render(&CheckMail { site, link: MailedLink::SignsIn, return_to: text })),
        ("check mail", render(&CheckMail { site, link: MailedLink::NewPassword, return_to: text })),
        (
            "account",
            render(&Account {
                site,
                name: text,
                email: text,
                role: text,
                email_verified: true,
                ways: vec![way.clone(), way],
                min_length: Some(8),
                sessions: vec![line(true), line(false), line(false)],
                deletion: Some(Deletion { password: true, mail: true }),
                notice: some,
                problem: some,
            }),
        ),
        ("already signed in", render(&AlreadySignedIn { site, name: text, email: text, return_to: text })),
        ("signed out", render(&SignedOut { site, return_to: text })),
    ];
    for (status, sign_in) in
        [(400, false), (401, true), (403, true), (404, false), (429, false), (502, true), (504, true)]
    {
        let page = Problem { site, status, title: text, message: text, detail: some, request_id: text, sign_in };
        pages.push(("problem", render(&page)));
    }
    pages
}

fn bare_pages() -> Vec<(&'static str, String)> {
    let site = site("Gateway");
    let form = SignIn {
        site,
        return_to: "",
        email: "",
        user_names: false,
        problem: None,
        notice: None,
        resend: false,
        by_link: false,
        by_code: false,
        forgot_password: false,
        sign_up: false,
        providers: &[],
        return_host: None,
    };
    let account = Account {
        site,
        name: "",
        email: "",
        role: "",
        email_verified: false,
        ways: Vec::new(),
        min_length: None,
        sessions: Vec::new(),
        deletion: None,
        notice: None,
        problem: None,
    };
    let bare_sign_up = SignUp {
        site,
        return_to: "",
        name: "",
        email: "",
        username: None,
        problem: None,
        providers: &[],
        min_length: 8,
    };
    let problem =
        Problem { site, status: 418, title: "No", message: "No.", detail: None, request_id: "", sign_in: false };
    vec![
        ("bare sign-in", render(&form)),
        ("bare sign-up", render(&bare_sign_up)),
        ("bare forgot password", render(&ForgotPassword { site, return_to: "", email: "", problem: None })),
        ("link that is over", render(&ResetPassword { site, return_to: "", token: "", problem: None, min_length: 8 })),
        ("bare check mail", render(&CheckMail { site, link: MailedLink::ProvesAddress, return_to: "" })),
        (
            "bare enter code",
            render(&EnterCode { site, return_to: "", email: "", digits: 8, remember: false, problem: None }),
        ),
        ("bare account", render(&account)),
        ("bare already signed in", render(&AlreadySignedIn { site, name: "", email: "", return_to: "" })),
        ("bare signed out", render(&SignedOut { site, return_to: "" })),
        ("bare problem", render(&problem)),
    ]
}

#[test]
fn pages_are_well_formed_and_titled() {
    for (page, html) in every_page("Ada") {
        let document = Document::read(page, &html);
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{page}");
        assert_eq!(document.all("h1").count(), 1, "{page}: one first heading");
        assert_eq!(document.all("main").count(), 1, "{page}: one main part");
        assert!(!html.contains("<title> "), "{page}: a title of its own");
        assert!(
            html.contains("name=\"viewport\" content=\"width=device-width, initial-scale=1\""),
            "{page}: zoom allowed"
        );
    }
}

#[test]
fn ids_are_unique_and_what_refers_to_them_finds_them() {
    const REFERENCES: [&str; 4] = ["for", "aria-describedby", "aria-labelledby", "aria-controls"];
    for (page, html) in every_page("Ada") {
        let document = Document::read(page, &html);
        let ids: Vec<&str> = document.tags.iter().filter_map(|tag| tag.get("id")).collect();
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| other == &id).count(), 1, "{page}: id {id} stands twice");
        }
        let wanted = document.tags.iter().flat_map(|tag| REFERENCES.iter().filter_map(|name| tag.get(name)));
        for id in wanted.flat_map(str::split_whitespace) {
            assert!(ids.contains(&id), "{page}: nothing has the id {id}");
        }
        for target in document.all("a").filter_map(|tag| tag.get("href")?.strip_prefix('#')) {
            assert!(ids.contains(&target), "{page}: nothing at #{target}");
        }
    }
}

#[test]
fn every_field_has_a_label_and_says_what_fills_it() {
    for (page, html) in every_page("Ada") {
        let document = Document::read(page, &html);
        let labels: Vec<&str> = document.all("label").filter_map(|label| label.get("for")).collect();
        for input in document.all("input").filter(|input| input.get("type") != Some("hidden")) {
            let id = input.get("id").unwrap_or_default();
            assert!(labels.contains(&id), "{page}: no label for {input:?}");
            let filled = input.get("autocomplete").is_some() || input.get("type") == Some("checkbox");
            assert!(filled, "{page}: no autocomplete on {id}");
        }
        for image in document.all("img") {
            assert!(image.get("alt").is_some(), "{page}: {image:?} says nothing to those who cannot see it");
        }
    }
}

#[test]
fn a_problem_is_announced_and_tied_to_the_fields() {
    for (page, html) in full_pages("Ada").into_iter().take(5) {
        let document = Document::read(page, &html);
        let alert = document.tags.iter().find(|tag| tag.get("role") == Some("alert"));
        assert_eq!(alert.and_then(|tag| tag.get("id")), Some("problem"), "{page}");
        for input in document.all("input").filter(|input| input.get("required").is_some()) {
            let described = input.get("aria-describedby").unwrap_or_default();
            assert!(described.split(' ').any(|id| id == "problem"), "{page}: {input:?}");
        }
        assert!(html.contains("<title>Error: "), "{page}");
        assert_eq!(document.tags.iter().filter(|tag| tag.get("autofocus").is_some()).count(), 1, "{page}");
    }
}

#[test]
fn the_picture_is_the_first_letter() {
    let shown = |name, email| {
        let html = render(&AlreadySignedIn { site: site("Gateway"), name, email, return_to: "" });
        let rest = html.split_once("<span class=\"arch\" aria-hidden=\"true\">").map(|(_, rest)| rest.to_owned());
        rest.and_then(|rest| rest.split_once('<').map(|(letter, _)| letter.to_owned())).unwrap_or_default()
    };
    assert_eq!(shown("élodie", "e@example.com"), "É");
    assert_eq!(shown("«»", "x@example.com"), "X");
    assert_eq!(shown("", ""), "?");
}
