//! Where a new password comes from, which is never the command line, and which ones are taken.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::failure::Misuse,
    config::{Config, Secret},
    crypto::password::{BadLength, Passwords, check_length, is_common},
};

/// Most bytes of a line that is read as a password; the rules allow far fewer.
const MOST_BYTES: u64 = 64 << 10;

/// Where the password comes from; without either the terminal is asked.
#[derive(Args)]
#[group(multiple = false)]
pub(in crate::cli) struct PasswordSource {
    /// Take the password from standard input, one line.
    #[arg(long)]
    password_stdin: bool,
    /// Take the password from the first line of a file.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordSource {
    /// The password, if the rules of sign-up allow it.
    pub(super) fn read(&self, config: &Config) -> anyhow::Result<Secret> {
        let password = match &self.password_file {
            Some(path) => {
                let named = || format!("the password file {}", path.display());
                let file = File::open(path).with_context(named)?;
                first_line(BufReader::new(file)).with_context(named)?
            }
            None if self.password_stdin => first_line(io::stdin().lock()).context("standard input")?,
            None if io::stdin().is_terminal() => return ask(config),
            None => {
                let message = "there is no terminal to ask for the password; give --password-stdin or --password-file";
                return Err(Misuse(message.to_owned()).into());
            }
        };
        check(config, &password)?;
        Ok(password)
    }
}

/// Refuses what sign-up would refuse.
pub(in crate::cli) fn check(config: &Config, password: &Secret) -> anyhow::Result<()> {
    let rules = &config.email_password;
    match check_length(password.expose(), rules.min_length, rules.max_length) {
        Err(BadLength::TooShort) => {
            bail!("the password is too short: at least {} characters (email_password.min_length)", rules.min_length)
        }
        Err(BadLength::TooLong) => {
            bail!("the password is too long: at most {} characters (email_password.max_length)", rules.max_length)
        }
        Ok(()) => {}
    }
    if config.password.reject_common && is_common(password.expose()) {
        bail!("this password is one of those that everybody tries first; choose another (password.reject_common)");
    }
    Ok(())
}

/// The hash to store, made as the configuration says.
pub(super) async fn hash(config: &Config, password: Secret) -> anyhow::Result<Secret> {
    let hash = Passwords::new(&config.password).hash(password).await;
    Ok(Secret::new(hash.map_err(|_| anyhow::anyhow!("the password could not be hashed"))?))
}

fn ask(config: &Config) -> anyhow::Result<Secret> {
    // Ctrl-C must not end the process while the terminal shows nothing of what is typed: the prompt tidies up and fails.
    let _held = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let prompt = |text| rpassword::prompt_password(text).map(Secret::new).context("asking for the password");
    let password = prompt("Password: ")?;
    check(config, &password)?;
    if prompt("Again: ")? != password {
        bail!("the two passwords differ");
    }
    Ok(password)
}

/// The first line, without its end.
pub(in crate::cli) fn first_line(reader: impl BufRead) -> anyhow::Result<Secret> {
    let mut line = zeroize::Zeroizing::new(Vec::new());
    reader.take(MOST_BYTES).read_until(b'\n', &mut line)?;
    let text = std::str::from_utf8(&line).context("not text in UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        bail!("it holds no password");
    }
    Ok(Secret::new(text))
}
