//! Why a command failed, and its exit code: 1 it could not be done, 2 the command line or the configuration is wrong,
//! 3 something is still to be done (`migrate --check`, `adopt --check`), 4 the database can't be adopted (`adopt`).

use std::process::ExitCode;

use thiserror::Error;

use super::output::note;
use crate::config::Problem;

/// Exit code of a check that found something to do.
pub(super) const PENDING: u8 = 3;

/// Exit code for a database that can't be adopted.
pub(super) const UNFIT: u8 = 4;

const WRONG: u8 = 2;

/// A configuration that can't be used.
#[derive(Debug, Error)]
#[error("{}", counted(.0))]
pub(super) struct Refused(pub(super) Vec<Problem>);

/// A command line that can be read, but means nothing here.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct Misuse(pub(super) String);

/// Says on standard error what went wrong.
pub(super) fn tell(error: &anyhow::Error) -> ExitCode {
    if let Some(Refused(problems)) = error.downcast_ref() {
        problems.iter().for_each(|problem| note(&problem.to_string()));
    }
    note(&format!("gateway: {error:#}"));
    match error.is::<Refused>() || error.is::<Misuse>() {
        true => ExitCode::from(WRONG),
        false => ExitCode::FAILURE,
    }
}

fn counted(problems: &[Problem]) -> String {
    let s = if problems.len() == 1 { "" } else { "s" };
    format!("{} problem{s} in the configuration", problems.len())
}
