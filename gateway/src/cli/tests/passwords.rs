//! Where a password is read from and which ones are taken.

use std::io::Cursor;

use crate::{
    cli::user::password::{check, first_line},
    config::{Config, Secret},
};

fn line(bytes: &[u8]) -> Result<String, String> {
    let secret = first_line(Cursor::new(bytes)).map_err(|error| format!("{error:#}"))?;
    Ok(secret.expose().to_owned())
}

#[test]
fn the_first_line_is_the_password() {
    assert_eq!(line(b"a pass phrase\nmore\n").as_deref(), Ok("a pass phrase"));
    assert_eq!(line(b"a pass phrase\r\n").as_deref(), Ok("a pass phrase"));
    assert_eq!(line(b" spaces stay ").as_deref(), Ok(" spaces stay "));
    assert_eq!(line(b"").map_err(|_| ()), Err(()));
    assert_eq!(line(b"\nsecond\n").map_err(|_| ()), Err(()));
    assert!(line(b"caf\xe9\n").is_err_and(|error| error.contains("UTF-8") && !error.contains("caf")));
}

#[test]
fn the_rules_of_sign_up_hold() {
    let mut config = Config::default();
    let refusal = |config: &Config, password: &str| {
        check(config, &Secret::new(password)).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(refusal(&config, "a pass phrase"), "");
    assert!(refusal(&config, "seven77").contains("at least 8"));
    // Two UTF-16 units each, as JavaScript counts.
    assert_eq!(refusal(&config, "🔑🗝🚪🏠"), "");
    assert!(refusal(&config, &"x".repeat(129)).contains("at most 128"));
    assert!(refusal(&config, "qwertyuiop").contains("password.reject_common"));
    config.password.reject_common = false;
    assert_eq!(refusal(&config, "qwertyuiop"), "");
}
