//! One page per state worth looking at, with the file name it gets.

use auth_ui::pages::{
    Account, AlreadySignedIn, CheckMail, Deletion, EnterCode, ForgotPassword, MailedLink, Problem, ProviderLine,
    ResetPassword, SessionLine, SignIn, SignUp, SignedOut, WayLine,
};
use auth_ui::{Site, render};

const SITE: Site<'static> = Site { app_name: "Gateway", ui_path: "/auth", base_path: "/api/auth" };

const SIGN_IN: SignIn<'static> = SignIn {
    site: SITE,
    return_to: "/orders?page=2",
    email: "",
    user_names: false,
    problem: None,
    notice: None,
    resend: false,
    by_link: false,
    by_code: false,
    forgot_password: true,
    sign_up: true,
    providers: &[],
    return_host: None,
};

const SIGN_UP: SignUp<'static> = SignUp {
    site: SITE,
    return_to: "/orders?page=2",
    name: "",
    email: "",
    username: None,
    problem: None,
    providers: &[],
    min_length: 8,
};

const OTHERS: &[ProviderLine<'static>] =
    &[ProviderLine { id: "google", name: "Google" }, ProviderLine { id: "acme", name: "Acme Industries" }];

/// All samples.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let mut pages = forms();
    pages.extend(by_mail());
    pages.extend(signed_in());
    pages.extend(problems());
    pages
}

fn forms() -> Vec<(&'static str, String)> {
    let wrong = Some("The email or password is not right.");
    let ended = Some("Your session has ended. Sign in to go on.");
    vec![
        ("sign-in", render(&SIGN_IN)),
        ("sign-in-wrong", render(&SignIn { email: "ada@example.com", problem: wrong, ..SIGN_IN })),
        ("sign-in-ended", render(&SignIn { notice: ended, return_host: Some("reports.example.com"), ..SIGN_IN })),
        ("sign-in-by-mail", render(&SignIn { by_link: true, by_code: true, ..SIGN_IN })),
        ("sign-in-closed", render(&SignIn { sign_up: false, ..SIGN_IN })),
        ("sign-in-names", render(&SignIn { user_names: true, ..SIGN_IN })),
        ("sign-in-others", render(&SignIn { providers: OTHERS, ..SIGN_IN })),
        ("sign-up", render(&SIGN_UP)),
        ("sign-up-names", render(&SignUp { username: Some(""), ..SIGN_UP })),
        ("sign-up-others", render(&SignUp { providers: OTHERS, ..SIGN_UP })),
        (
            "sign-up-weak",
            render(&SignUp {
                name: "Ada Lovelace",
                email: "ada@example.com",
                problem: Some("This password is on the list of those everyone tries first. Choose another one."),
                ..SIGN_UP
            }),
        ),
        ("signed-out", render(&SignedOut { site: SITE, return_to: "/orders" })),
    ]
}

fn by_mail() -> Vec<(&'static str, String)> {
    let forgot = || ForgotPassword { site: SITE, return_to: "/orders", email: "", problem: None };
    let reset = || ResetPassword { site: SITE, return_to: "/orders", token: "t", problem: None, min_length: 8 };
    let enter_code = |problem| EnterCode {
        site: SITE,
        return_to: "/orders",
        email: "ada@example.com",
        digits: 6,
        remember: true,
        problem,
    };
    let check_mail = |link| CheckMail { site: SITE, link, return_to: "/orders" };
    let unverified = Some("Follow the link that was mailed to you first.");
    let no_address = Some("That is not an email address.");
    vec![
        ("enter-code", render(&enter_code(None))),
        ("enter-code-wrong", render(&enter_code(Some("That code is not right.")))),
        ("check-mail-sign-in", render(&check_mail(MailedLink::SignsIn))),
        (
            "sign-in-unverified",
            render(&SignIn { email: "ada@example.com", problem: unverified, resend: true, ..SIGN_IN }),
        ),
        ("forgot-password", render(&forgot())),
        ("forgot-password-wrong", render(&ForgotPassword { email: "ada@", problem: no_address, ..forgot() })),
        ("check-mail-password", render(&check_mail(MailedLink::NewPassword))),
        ("check-mail-address", render(&check_mail(MailedLink::ProvesAddress))),
        ("reset-password", render(&reset())),
        ("reset-password-short", render(&ResetPassword { problem: Some("That password is too short."), ..reset() })),
        ("reset-password-over", render(&ResetPassword { token: "", ..reset() })),
    ]
}

fn signed_in() -> Vec<(&'static str, String)> {
    let line = |id, device, ip, created: &'static str, current| {
        let used = if created.is_empty() { "" } else { "21 November 2026" };
        SessionLine { id, device, ip, created, used, current }
    };
    let way = |id, name| WayLine { id, name, since: "12 May 2025" };
    let account = || Account {
        site: SITE,
        name: "Ada Lovelace",
        email: "ada@example.com",
        role: "admin",
        email_verified: true,
        ways: vec![way("w1", "Password")],
        min_length: Some(8),
        sessions: vec![line("s1", "Firefox on Linux", "203.0.113.7", "today, 09:14", true)],
        deletion: Some(Deletion { password: true, mail: true }),
        notice: None,
        problem: None,
    };
    let several = vec![
        line("s1", "Firefox on Linux", "203.0.113.7", "today, 09:14", true),
        line("s2", "Safari on iPhone", "198.51.100.23", "12 May 2025", false),
        line("s3", "Unknown browser on an unknown system", "2001:db8:1234:5678::/64", "30 April 2025", false),
        line("s4", "Chrome on Windows", "", "", false),
    ];
    let long = "maximiliane.von-und-zu-hohenlohe-schillingsfuerst@department.of.long.names.example.com";
    vec![
        ("account", render(&account())),
        (
            "account-several",
            render(&Account {
                ways: vec![way("w1", "Password"), way("w2", "Google")],
                sessions: several,
                notice: Some("That session has ended."),
                ..account()
            }),
        ),
        (
            "account-long",
            render(&Account {
                name: long,
                email: long,
                role: "",
                email_verified: false,
                ways: vec![],
                min_length: None,
                sessions: vec![],
                deletion: Some(Deletion { password: false, mail: false }),
                problem: Some("That is not your password."),
                ..account()
            }),
        ),
        (
            "already-signed-in",
            render(&AlreadySignedIn {
                site: SITE,
                name: "Ada Lovelace",
                email: "ada@example.com",
                return_to: "/orders",
            }),
        ),
    ]
}

fn problems() -> Vec<(&'static str, String)> {
    let page = |status, title, message| Problem {
        site: SITE,
        status,
        title,
        message,
        detail: None,
        request_id: "01J9Z3K7Q4T8",
        sign_in: false,
    };
    vec![
        (
            "problem-400",
            render(&page(
                400,
                "This request makes no sense",
                "The address has parts that can be read in more than one way.",
            )),
        ),
        (
            "problem-401",
            render(&Problem {
                sign_in: true,
                ..page(401, "Sign in first", "This page is only for people who are signed in.")
            }),
        ),
        (
            "problem-403",
            render(&Problem {
                detail: Some("It takes the role “admin”. You have the role “user”."),
                sign_in: true,
                ..page(403, "You may not see this page", "Your account does not have the role this page asks for.")
            }),
        ),
        (
            "problem-404",
            render(&page(404, "There is nothing here", "The page may have moved, or the address has a mistake in it.")),
        ),
        (
            "problem-429",
            render(&Problem {
                detail: Some("Try again in 42 seconds."),
                ..page(429, "Too many attempts", "Wait a moment before you try again.")
            }),
        ),
        (
            "problem-502",
            render(&page(
                502,
                "The application did not answer",
                "The gateway is up, but the application behind it could not be reached.",
            )),
        ),
    ]
}
