//! The command line: which command, with which configuration. Each command is a file beside this one.

mod run;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::{
    Problem,
    load::{Flag, Loaded, Sources, load},
};

/// The file that is read when none is named and it is there.
const DEFAULT_FILE: &str = "gateway.toml";

/// Accounts, sessions and access control in front of any HTTP API.
#[derive(Parser)]
#[command(name = "gateway", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default).
    Run,
}

/// What can be set for one start, before everything else.
#[derive(Args, Clone, Default)]
struct Settings {
    /// Configuration file; without it ./gateway.toml if there is one.
    #[arg(long, global = true, env = "GATEWAY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on: host:port, :port or unix:/path.
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The application to protect: http://127.0.0.1:8000, host:port or :port.
    #[arg(long, global = true, value_name = "SERVER")]
    upstream: Option<String>,
    /// sqlite://file or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The origin that browsers see.
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Address of /healthz, /readyz and /metrics; "" turns them off.
    #[arg(long, global = true, value_name = "ADDRESS")]
    admin_listen: Option<String>,
}

impl Settings {
    /// Reads file, environment and flags.
    fn load(&self) -> Result<Loaded, Vec<Problem>> {
        let default = PathBuf::from(DEFAULT_FILE);
        let file = self.config.clone().or_else(|| default.exists().then_some(default));
        load(Sources { file, env: std::env::vars().collect(), flags: self.flags() })
    }

    fn flags(&self) -> Vec<Flag> {
        let given = [
            ("--listen", "server.listen", &self.listen),
            ("--upstream", "upstreams.app.servers", &self.upstream),
            ("--database-url", "database.url", &self.database_url),
            ("--public-url", "server.public_url", &self.public_url),
            ("--admin-listen", "server.admin_listen", &self.admin_listen),
        ];
        let flag = |(flag, path, value): (&str, &str, &Option<String>)| {
            value.clone().map(|value| Flag { flag: flag.into(), path: path.into(), value })
        };
        given.into_iter().filter_map(flag).collect()
    }
}

/// Runs the program: reads its arguments, does what they say, tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => run::run(&cli.settings),
    }
}

/// Shows every problem of a configuration.
#[expect(clippy::print_stderr, reason = "this is the program's answer to whoever started it")]
fn refuse(problems: &[Problem]) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    let s = if problems.len() == 1 { "" } else { "s" };
    eprintln!("gateway: {} problem{s} in the configuration", problems.len());
    ExitCode::from(2)
}

/// Shows why a command could not do its work.
#[expect(clippy::print_stderr, reason = "this is the program's answer to whoever started it")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("gateway: {error:#}");
    ExitCode::FAILURE
}
