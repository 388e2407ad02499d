//! What the command line takes and prints, without a database.

mod arguments;
mod paper;
mod passwords;
mod tables;
