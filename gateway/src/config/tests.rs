//! Loading told by examples: what is written, and every word that is said about it.

mod accounts;
mod mail;
mod names;
mod oauth;
mod properties;
mod reading;
mod reference;
mod routing;
mod secrets;

use expect_test::Expect;

use super::{
    Problem,
    load::{Flag, Loaded, Sources, load},
};

/// A file's text, variables and flags.
#[derive(Default)]
struct Given<'a> {
    file: &'a str,
    env: &'a [(&'a str, &'a str)],
    flags: &'a [(&'a str, &'a str, &'a str)],
}

impl Given<'_> {
    fn load(&self) -> Result<Loaded, Vec<Problem>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.toml");
        std::fs::write(&file, self.file).unwrap();
        let env = self.env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let flags = self.flags.iter().map(|(flag, path, value)| Flag {
            flag: (*flag).to_owned(),
            path: (*path).to_owned(),
            value: (*value).to_owned(),
        });
        load(Sources { file: Some(file), env, flags: flags.collect() })
    }

    /// What the user reads, without the folder of the file.
    fn told(&self, expected: &Expect) {
        let told = match self.load() {
            Ok(_) => "fine\n".to_owned(),
            Err(problems) => {
                problems.iter().map(|problem| format!("{}\n", without_folder(&problem.to_string()))).collect()
            }
        };
        expected.assert_eq(&told);
    }
}

fn file(text: &str, expected: &Expect) {
    Given { file: text, ..Given::default() }.told(expected);
}

fn env(env: &[(&str, &str)], expected: &Expect) {
    Given { env, ..Given::default() }.told(expected);
}

/// The file's folder differs in every run.
fn without_folder(text: &str) -> String {
    let mut pieces = text.split("/gateway.toml");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let start = shown.rfind([' ', '(']).map_or(0, |at| at + 1);
        shown.truncate(start);
        shown.push_str("gateway.toml");
        shown.push_str(piece);
    }
    shown
}
