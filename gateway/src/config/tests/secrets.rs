//! The generated secret.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use expect_test::expect;

use crate::config::{Config, DatabaseConfig, Secret, secret::resolve_secret};

fn config(url: &str) -> Config {
    Config { database: DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() }, ..Config::default() }
}

fn beside(folder: &Path) -> Config {
    config(&format!("sqlite://{}/a%20b.db?mode=rwc", folder.display()))
}

fn refusal(config: &Config, folder: &Path) -> String {
    resolve_secret(config).unwrap_err().to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn it_is_made_once_and_kept_to_ourselves() {
    let folder = tempfile::tempdir().unwrap();
    let config = beside(folder.path());
    let first = resolve_secret(&config).unwrap();
    assert_eq!(first.expose().len(), 43);
    assert_eq!(resolve_secret(&config).unwrap().expose(), first.expose());
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a b.db.secret"]);
    let mode = fs::metadata(folder.path().join("a b.db.secret")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn starts_at_once_agree() {
    let folder = tempfile::tempdir().unwrap();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let config = beside(folder.path());
            std::thread::spawn(move || resolve_secret(&config).unwrap().expose().to_owned())
        })
        .collect();
    let secrets: std::collections::BTreeSet<_> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    assert_eq!(secrets.len(), 1);
}

#[test]
fn what_can_not_be_used_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (config, file) = (beside(folder.path()), folder.path().join("a b.db.secret"));
    let write = |text: &str, mode: u32| {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        refusal(&config, folder.path())
    };
    expect!["auth.secret: a b.db.secret can be read by others (mode 640); run: chmod 600 a b.db.secret"]
        .assert_eq(&write("0123456789abcdef0123456789abcdef", 0o640));
    expect!["auth.secret: a b.db.secret holds 7 bytes, but a secret has at least 32; restore the file, or remove it to get a new one (everybody is then signed out)"].assert_eq(&write("cut off", 0o600));
    expect!["auth.secret: with Postgres a secret of at least 32 bytes is needed, the same for all gateways on this database; make one with: openssl rand -base64 32, and give it as auth.secret or in the environment as GATEWAY_AUTH__SECRET"].assert_eq(&refusal(&self::config("postgres://host/db"), folder.path()));
    expect!["auth.secret: the generated secret can not be kept in /no/such/folder/x.db.secret: there is no such file; set auth.secret instead (make one with: openssl rand -base64 32)"].assert_eq(&refusal(&self::config("sqlite:///no/such/folder/x.db"), folder.path()));
}

#[test]
fn a_configured_one_wins_and_memory_has_its_own() {
    let mut config = config("sqlite::memory:");
    assert_ne!(resolve_secret(&config).unwrap().expose(), resolve_secret(&config).unwrap().expose());
    config.auth.secret = Secret::new("configured");
    assert_eq!(resolve_secret(&config).unwrap().expose(), "configured");
}
