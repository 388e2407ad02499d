//! The key of all signatures: as configured, or one that is made at the first start and kept beside the SQLite file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Config, Keyring, Place, Problem, Secret, load::file::reason};

/// Fewest bytes of a secret.
pub(super) const MIN_BYTES: usize = 32;

/// How to make one.
pub(super) const HOW_TO_MAKE: &str = "make one with: openssl rand -base64 32";

/// The secrets to sign with and to accept. With SQLite and none configured there is one, read from
/// `<database file>.secret`, which is made if it isn't there; with a database in memory it lasts as long as the database.
pub fn resolve_secrets(config: &Config) -> Result<Keyring, Problem> {
    match Keyring::new(&config.auth.secrets, &config.auth.secret) {
        Some(configured) => Ok(configured),
        None => generated(config).map(Keyring::from),
    }
}

fn generated(config: &Config) -> Result<Secret, Problem> {
    if !config.database.is_sqlite() {
        return Err(problem(missing()));
    }
    let Some(database) = config.database.sqlite_file() else {
        return generate().map_err(|error| problem(format!("no secret can be made: {error}")));
    };
    let path = secret_path(&database);
    if !path.exists() {
        create(&path).map_err(|error| {
            let (path, why) = (path.display(), reason(&error));
            problem(format!(
                "the generated secret can not be kept in {path}: {why}; set auth.secret instead ({HOW_TO_MAKE})"
            ))
        })?;
    }
    read(&path).map_err(problem)
}

/// What is said when a secret is needed and can't be made up.
pub(super) fn missing() -> String {
    format!(
        "with Postgres a secret of at least {MIN_BYTES} bytes is needed, the same for all gateways on this database; \
         {HOW_TO_MAKE}, and give it as auth.secret or in the environment as GATEWAY_AUTH__SECRET"
    )
}

/// `gateway.db` → `gateway.db.secret`
fn secret_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".secret");
    PathBuf::from(name)
}

fn problem(message: String) -> Problem {
    Problem { place: Place::Nowhere, key: "auth.secret".to_owned(), message }
}

fn read(path: &Path) -> Result<Secret, String> {
    let shown = path.display();
    let unreadable = |error: io::Error| format!("{shown} can not be read: {}", reason(&error));
    let mode = fs::metadata(path).map_err(unreadable)?.mode();
    if mode & 0o077 != 0 {
        return Err(format!("{shown} can be read by others (mode {:03o}); run: chmod 600 {shown}", mode & 0o777));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.len() < MIN_BYTES {
        return Err(format!(
            "{shown} holds {} bytes, but a secret has at least {MIN_BYTES}; restore the file, or remove it to get a new one \
             (everybody is then signed out)",
            secret.len()
        ));
    }
    Ok(Secret::new(secret))
}

fn generate() -> io::Result<Secret> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(io::Error::other)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// Writes a new secret in full under another name first: of two gateways that start at once one links its own into
/// place and the other reads that.
fn create(path: &Path) -> io::Result<()> {
    let secret = generate()?;
    let mut draft = path.as_os_str().to_owned();
    // A random name: in containers that share the folder process ids are all the same.
    draft.push(format!(".{:08x}", getrandom::u32().map_err(io::Error::other)?));
    let draft = PathBuf::from(draft);
    let written = write_new(&draft, &secret).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&draft);
    written.and(removed)
}

fn write_new(path: &Path, secret: &Secret) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", secret.expose())?;
    file.sync_all()
}
