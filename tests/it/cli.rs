//! The command line: what it prints, what it refuses, with which exit code.

mod accounts;
mod start;
