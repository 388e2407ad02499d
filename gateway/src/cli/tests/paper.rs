//! The page about the command line names every command and option, and the help fits a terminal.

use clap::{Command, CommandFactory};

use crate::cli::Cli;

const PAGE: &str = include_str!("../../../../docs/cli.md");
/// Columns of a terminal.
const WIDTH: usize = 80;

/// All commands with their full names.
fn commands() -> Vec<(String, Command)> {
    fn walk(path: String, command: &Command, found: &mut Vec<(String, Command)>) {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            walk(format!("{path} {}", sub.get_name()), sub, found);
        }
        found.push((path, command.clone()));
    }
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    walk("gateway".into(), &root, &mut found);
    found
}

#[test]
fn every_command_and_option_has_a_line() {
    for (path, command) in commands() {
        let group = command.has_subcommands();
        let lines: Vec<&str> = PAGE.lines().filter(|line| group || line.contains(&format!("`{path}"))).collect();
        assert!(!lines.is_empty(), "docs/cli.md has no line about `{path}`");
        for option in command.get_arguments().filter_map(|option| option.get_long()) {
            let flag = format!("--{option}");
            let everywhere = ["--help", "--version"].contains(&flag.as_str())
                || flag.starts_with("--password-")
                || Cli::command().get_arguments().any(|global| global.get_long() == Some(option));
            let place = if everywhere { PAGE.contains(&flag) } else { lines.iter().any(|line| line.contains(&flag)) };
            assert!(place, "docs/cli.md does not tell of `{path} {flag}`");
        }
    }
}

#[test]
fn the_page_names_no_option_that_is_not_there() {
    let known: Vec<String> = commands()
        .iter()
        .flat_map(|(_, command)| {
            command.get_arguments().filter_map(|option| option.get_long()).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let words = PAGE.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    for option in words
        .filter_map(|word| word.strip_prefix("--"))
        .filter(|option| option.starts_with(|c: char| c.is_ascii_alphabetic()))
    {
        let built_in = ["help", "version"].contains(&option);
        assert!(built_in || known.iter().any(|name| name == option), "docs/cli.md tells of --{option}");
    }
}

#[test]
fn help_fits_a_terminal() {
    let help: String = commands().into_iter().map(|(_, mut command)| command.render_help().to_string()).collect();
    let wide: Vec<_> = help.lines().filter(|line| line.chars().count() > WIDTH).collect();
    assert!(wide.is_empty(), "too wide: {wide:#?}");
}
