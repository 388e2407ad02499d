//! The forms as the handlers see them: where they go and what they carry.

use expect_test::{Expect, expect};

use super::full_pages;
use super::html::Document;

/// One line per form and control of a page.
fn check(page: &str, expected: &Expect) {
    let (_, html) = full_pages("Ada").into_iter().find(|(name, _)| *name == page).expect("a page of that name");
    let mut lines = String::new();
    for tag in Document::read(page, &html).tags {
        let get = |name| tag.get(name).unwrap_or("-");
        match tag.name.as_str() {
            "form" => lines += &format!("{} {}\n", get("method"), get("action")),
            "input" => {
                lines += &format!("  {} {} {} {}\n", get("name"), get("type"), get("value"), get("autocomplete"));
            }
            "button" => {
                let elsewhere = tag.get("formaction").map(|place| format!(" {place}")).unwrap_or_default();
                lines += &format!("  [{}]{elsewhere}\n", get("type"));
            }
            _ => {}
        }
    }
    expected.assert_eq(&lines);
}

#[test]
fn sign_in() {
    check(
        "sign-in",
        &expect![[r#"
        post /auth/resend-verification
          rd hidden Ada -
          email hidden Ada -
          [submit]
        post /auth/sign-in
          rd hidden Ada -
          email text Ada username
          password password - current-password
          [button]
          remember_me checkbox true -
          [submit]
          [submit] /auth/magic-link
          [submit] /auth/email-code
    "#]],
    );
}

#[test]
fn enter_code() {
    check(
        "enter code",
        &expect![[r#"
        post /auth/email-code/enter
          rd hidden Ada -
          email hidden Ada -
          remember_me hidden true -
          code text - one-time-code
          [submit]
        post /auth/email-code
          rd hidden Ada -
          email hidden Ada -
          remember_me hidden true -
          [submit]
    "#]],
    );
}

#[test]
fn sign_up() {
    check(
        "sign-up",
        &expect![[r#"
        post /auth/sign-up
          rd hidden Ada -
          name text Ada name
          email email Ada email
          username text Ada username
          password password - new-password
          [button]
          [submit]
    "#]],
    );
}

#[test]
fn forgot_password() {
    check(
        "forgot password",
        &expect![[r#"
        post /auth/forgot-password
          rd hidden Ada -
          email email Ada username
          [submit]
    "#]],
    );
}

#[test]
fn reset_password() {
    check(
        "reset password",
        &expect![[r#"
        post /auth/reset-password
          rd hidden Ada -
          token hidden Ada -
          password password - new-password
          [button]
          [submit]
    "#]],
    );
}

#[test]
fn account() {
    check(
        "account",
        &expect![[r#"
            post /auth/sign-out
              rd hidden  -
              [submit]
            post /auth/account/name
              name text Ada name
              [submit]
            post /auth/account/password
              current_password password - current-password
              [button]
              new_password password - new-password
              [button]
              sign_out_others checkbox true -
              [submit]
            post /auth/account/unlink
              id hidden Ada -
              [submit]
            post /auth/account/unlink
              id hidden Ada -
              [submit]
            post /auth/sessions/revoke
              id hidden all -
              [submit]
            post /auth/sessions/revoke
              id hidden Ada -
              [submit]
            post /auth/sessions/revoke
              id hidden Ada -
              [submit]
            post /auth/account/delete
              password password - current-password
              [button]
              [submit]
        "#]],
    );
}

#[test]
fn already_signed_in() {
    check(
        "already signed in",
        &expect![[r#"
        post /auth/sign-out
          rd hidden Ada -
          [submit]
    "#]],
    );
}
