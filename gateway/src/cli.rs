//! The command line: which command, with which configuration. Each command is a file beside this one.
//!
//! Standard output carries a command's result and nothing else; what went wrong and what is to be noted goes to standard
//! error. The exit codes are in [`failure`].

mod adopt;
mod audit;
mod check;
mod database;
mod explain;
mod failure;
mod healthcheck;
mod keys;
mod mail;
mod migrate;
mod openapi;
mod output;
mod routes;
mod run;
mod session;
mod table;
mod user;
mod version;

#[cfg(test)]
mod tests;
use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::load::{Flag, Loaded, Sources, load};
use failure::Refused;

/// The file that is read when none is named and it is there.
const DEFAULT_FILE: &str = "gateway.toml";

const EXAMPLES: &str = "\
Examples:
  gateway                                 try it: a page that shows who asks
  gateway --upstream :8000                protect the app on port 8000
  gateway check --config gateway.toml     find every mistake in a configuration
  gateway user create ada@example.com --role admin       make the first admin";

/// What a command came to: an exit code, or why it failed.
type Outcome = anyhow::Result<ExitCode>;

/// Accounts, sessions and access control in front of any HTTP API.
#[derive(Parser)]
#[command(name = "gateway", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve; also what happens without a command.
    Run,
    /// Check the configuration and tell every problem.
    Check(check::Check),
    /// Show who may go where, in the order of matching.
    Routes(routes::ShowRoutes),
    /// Show how a request would be decided, and why.
    Explain(explain::Explain),
    /// Bring the database schema up to date.
    Migrate(migrate::Migrate),
    /// Take over the database of a Better Auth server, or give it back.
    Adopt(adopt::Adopt),
    /// Make, show and change users.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Show and end sessions.
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// Show who did what.
    Audit(audit::Audit),
    /// Show and replace the keys that sign tokens.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Print the OpenAPI document of the auth API.
    Openapi(openapi::OpenApi),
    /// Try out whether mails leave.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Ask the running gateway whether it is ready; for containers.
    Healthcheck(healthcheck::Healthcheck),
    /// Show the version.
    Version(version::Version),
}

/// What can be set for one start, before everything else.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Configuration")]
struct Settings {
    /// Without it ./gateway.toml if there is one.
    #[arg(long, global = true, env = "GATEWAY_CONFIG", hide_env = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on: host:port or unix:/path.
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The app to protect: http://…, host:port or :port.
    #[arg(long, global = true, value_name = "SERVER")]
    upstream: Option<String>,
    /// sqlite://file or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The origin that browsers see.
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Where /readyz and /metrics are; "" for nowhere.
    #[arg(long, global = true, value_name = "ADDRESS")]
    admin_listen: Option<String>,
}

impl Settings {
    /// Reads file, environment and flags.
    fn load(&self) -> Result<Loaded, Refused> {
        let default = PathBuf::from(DEFAULT_FILE);
        let file = self.config.clone().or_else(|| default.exists().then_some(default));
        load(Sources { file, env: std::env::vars().collect(), flags: self.flags() }).map_err(Refused)
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
    let Cli { settings, command } = Cli::parse();
    let outcome = match command.unwrap_or(Command::Run) {
        Command::Run => run::run(&settings),
        Command::Check(check) => check.run(&settings),
        Command::Routes(routes) => routes.run(&settings),
        Command::Explain(explain) => explain.run(&settings),
        Command::Migrate(migrate) => migrate.run(&settings),
        Command::Adopt(adopt) => adopt.run(&settings),
        Command::User(command) => command.run(&settings),
        Command::Session(command) => command.run(&settings),
        Command::Audit(audit) => audit.run(&settings),
        Command::Keys(command) => command.run(&settings),
        Command::Openapi(openapi) => openapi.run(&settings),
        Command::Mail(command) => command.run(&settings),
        Command::Healthcheck(healthcheck) => healthcheck.run(&settings),
        Command::Version(version) => version.run(),
    };
    outcome.unwrap_or_else(|error| failure::tell(&error))
}
