//! Which command lines are taken, and what is said of the others.

use clap::{CommandFactory, Parser};
use expect_test::{Expect, expect};

use crate::cli::{
    Cli, healthcheck,
    user::{ban, create, role},
};

/// What comes of each line.
fn check(lines: &[&str], expected: &Expect) {
    let told = |line: &&str| {
        let arguments = ["gateway"].into_iter().chain(line.split_whitespace());
        let outcome = match Cli::try_parse_from(arguments) {
            Ok(_) => "fine".to_owned(),
            Err(error) => said(&error),
        };
        format!("{line:<44} {outcome}\n")
    };
    expected.assert_eq(&lines.iter().map(told).collect::<String>());
}

/// The lines that say what is wrong, on one.
fn said(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().take_while(|line| !line.starts_with("Usage")).map(str::trim);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn options_stand_before_and_after_the_command() {
    check(
        &[
            "",
            "--upstream :8000",
            "run --listen 127.0.0.1:0",
            "--config a.toml check --json",
            "check --config a.toml",
            "user --config a.toml list",
            "user list --database-url sqlite://a.db",
            "migrate --check --json",
            "healthcheck --path /healthz --timeout 500ms",
        ],
        &expect![[r#"
                                                         fine
            --upstream :8000                             fine
            run --listen 127.0.0.1:0                     fine
            --config a.toml check --json                 fine
            check --config a.toml                        fine
            user --config a.toml list                    fine
            user list --database-url sqlite://a.db       fine
            migrate --check --json                       fine
            healthcheck --path /healthz --timeout 500ms  fine
        "#]],
    );
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    check(
        &[
            "serve",
            "--upstrem :8000",
            "user create",
            "user create ada",
            "user create ada@example.com --password x",
            "user create a@b.de --password-stdin --password-file f",
            "user set-role a@b.de",
            "user set-role a@b.de a,,b",
            "user ban a@b.de --for ever",
            "session revoke",
            "session revoke abcdef --user a@b.de",
            "healthcheck --timeout 2",
        ],
        &expect![[r#"
            serve                                        error: unrecognized subcommand 'serve' tip: a similar subcommand exists: 'user'
            --upstrem :8000                              error: unexpected argument '--upstrem' found tip: a similar argument exists: '--upstream'
            user create                                  error: the following required arguments were not provided: <EMAIL>
            user create ada                              error: invalid value 'ada' for '<EMAIL>': this is no e-mail address; write one such as ada@example.com For more information, try '--help'.
            user create ada@example.com --password x     error: unexpected argument '--password' found tip: a similar argument exists: '--password-file'
            user create a@b.de --password-stdin --password-file f error: the argument '--password-stdin' cannot be used with '--password-file <FILE>'
            user set-role a@b.de                         error: the following required arguments were not provided: <ROLE>
            user set-role a@b.de a,,b                    error: invalid value 'a,,b' for '<ROLE>': a role has a name; write "admin" or "admin,editor" For more information, try '--help'.
            user ban a@b.de --for ever                   error: invalid value 'ever' for '--for <PERIOD>': "ever" is not a duration; write a number and a unit such as "30s", "15m", "12h" or "7d" For more information, try '--help'.
            session revoke                               error: the following required arguments were not provided: <ID>...
            session revoke abcdef --user a@b.de          error: the argument '[ID]...' cannot be used with '--user <USER>'
            healthcheck --timeout 2                      error: invalid value '2' for '--timeout <PERIOD>': "2" is not a duration; write a number and a unit such as "30s", "15m", "12h" or "7d" For more information, try '--help'.
        "#]],
    );
}

#[test]
fn addresses_are_stored_in_lower_case() {
    assert_eq!(create::canonical("Ada@Example.COM").as_deref(), Ok("ada@example.com"));
    for wrong in ["", "ada", "ada@", "ada@localhost", "a da@example.com", "ada@exämple.com"] {
        assert!(create::canonical(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn roles_are_joined_by_bare_commas() {
    assert_eq!(role::roles("admin").as_deref(), Ok("admin"));
    assert_eq!(role::roles(" admin , editor ").as_deref(), Ok("admin,editor"));
    for wrong in ["", " ", ",", "admin,", "ad\nmin"] {
        assert!(role::roles(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_ban_has_a_sane_length() {
    assert_eq!(ban::length("7d").map(|period| period.to_string()).as_deref(), Ok("7d"));
    for wrong in ["0s", "7", "99999d", "-1d", ""] {
        assert!(ban::length(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_wildcard_is_asked_through_loopback() {
    let reachable = |listen| healthcheck::reachable(listen).map_err(|error| error.to_string());
    assert_eq!(reachable("127.0.0.1:9090").as_deref(), Ok("127.0.0.1:9090"));
    assert_eq!(reachable("0.0.0.0:9090").as_deref(), Ok("127.0.0.1:9090"));
    assert_eq!(reachable("[::]:9090").as_deref(), Ok("[::1]:9090"));
    assert_eq!(reachable("admin.internal:9090").as_deref(), Ok("admin.internal:9090"));
    for (listen, part) in [("", "turned off"), ("127.0.0.1:0", "fixed"), ("unix:/run/admin", "TCP")] {
        assert!(reachable(listen).is_err_and(|error| error.contains(part)), "{listen}");
    }
}

#[test]
fn an_answer_is_read_by_its_status() {
    let answer = healthcheck::read("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}");
    assert_eq!(answer, Some((503, "{}".to_owned())));
    for wrong in ["", "HTTP/1.1 200 OK\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 2\r\n\r\n", "HTTP/1.é 200 \r\n\r\n"] {
        assert_eq!(healthcheck::read(wrong), None, "{wrong}");
    }
}
