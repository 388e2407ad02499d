//! The generated secret.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use expect_test::expect;

use crate::config::{
    Config, DatabaseConfig, Secret, VersionedSecret,
    load::{Sources, load},
    secret::resolve_secrets,
};

fn config(url: &str) -> Config {
    Config { database: DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() }, ..Config::default() }
}

fn beside(folder: &Path) -> Config {
    config(&format!("sqlite://{}/a%20b.db?mode=rwc", folder.display()))
}

fn refusal(config: &Config, folder: &Path) -> String {
    resolve_secrets(config).unwrap_err().to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn it_is_made_once_and_kept_to_ourselves() {
    let folder = tempfile::tempdir().unwrap();
    let config = beside(folder.path());
    let first = resolve_secrets(&config).unwrap();
    assert_eq!(first.newest.secret.expose().len(), 43);
    assert_eq!(resolve_secrets(&config).unwrap().newest.secret.expose(), first.newest.secret.expose());
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
            std::thread::spawn(move || resolve_secrets(&config).unwrap().newest.secret.expose().to_owned())
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
    assert_ne!(
        resolve_secrets(&config).unwrap().newest.secret.expose(),
        resolve_secrets(&config).unwrap().newest.secret.expose()
    );
    config.auth.secret = Secret::new("configured");
    assert_eq!(resolve_secrets(&config).unwrap().newest.secret.expose(), "configured");
}

const OLD: &str = "old-0123456789abcdef0123456789abcdef";
const NEW: &str = "new-0123456789abcdef0123456789abcdef";

fn keyring(env: &[(&str, &str)], file: &str) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    fs::write(&path, file).unwrap();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let loaded = load(Sources { file: Some(path), env, ..Sources::default() }).map_err(|problems| {
        problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("\n")
    })?;
    let keyring = resolve_secrets(&loaded.config).unwrap();
    let shown = |entry: &VersionedSecret| {
        let number = entry.version.map(|version| format!("{version}:")).unwrap_or_default();
        format!("{number}{}", &entry.secret.expose()[..3])
    };
    Ok([keyring.newest].iter().chain(&keyring.older).map(shown).collect())
}

#[test]
fn several_are_listed_newest_first() {
    let listed = format!("[auth]\nsecrets = [\"{NEW}\", \"{OLD}\"]");
    assert_eq!(keyring(&[], &listed).unwrap(), ["new", "old"]);
    let single = format!("[auth]\nsecret = \"{OLD}\"\nsecrets = [\"2:{NEW}\"]");
    assert_eq!(keyring(&[], &single).unwrap(), ["2:new", "old"], "the single one is the oldest");
    let twice = format!("[auth]\nsecret = \"{OLD}\"\nsecrets = [\"{NEW}\", \"{OLD}\"]");
    assert_eq!(keyring(&[], &twice).unwrap(), ["new", "old"]);
    let borrowed = format!("2:{NEW}, 1:{OLD}");
    assert_eq!(keyring(&[("BETTER_AUTH_SECRETS", &borrowed)], "").unwrap(), ["2:new", "1:old"]);
    assert_eq!(keyring(&[("GATEWAY_AUTH__SECRETS", &borrowed)], &listed).unwrap(), ["2:new", "1:old"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets");
    fs::write(&file, format!("{NEW}\n{OLD}\n")).unwrap();
    assert_eq!(keyring(&[("GATEWAY_AUTH__SECRETS_FILE", file.to_str().unwrap())], "").unwrap(), ["new", "old"]);
}

#[test]
fn a_list_that_can_not_be_used_is_refused_without_repeating_it() {
    let refusal = |list: &str| keyring(&[], &format!("[auth]\nsecrets = {list}")).unwrap_err();
    expect!["auth.secrets[1]: is too short: 5 of at least 32 bytes; make one with: openssl rand -base64 32"]
        .assert_eq(&refusal(&format!("[\"{NEW}\", \"short\"]")));
    expect!["auth.secrets[1]: is the same secret as auth.secrets[0]; each is listed once"]
        .assert_eq(&refusal(&format!("[\"2:{NEW}\", \"1:{NEW}\"]")));
    expect!["auth.secrets[1]: has the version of another secret; give the newest a number of its own"]
        .assert_eq(&refusal(&format!("[\"1:{NEW}\", \"1:{OLD}\"]")));
    for wrong in [&format!("[\"{NEW}\", 7]"), "7", "true", &format!("{{ new = \"{NEW}\" }}")] {
        let said = refusal(wrong);
        assert!(said.starts_with("auth.secrets") && !said.contains(NEW) && !said.contains('7'), "{said}");
    }
}
