//! Reads the file into a tree. A slip in one line does not hide what is wrong in the others.

use std::{collections::BTreeSet, path::Path};

use toml::de::DeTable;

use super::{
    super::problem::{Place, Problem},
    tree::Node,
};

/// A file as far as it could be read.
pub(super) struct File {
    /// What stands in it.
    pub(super) tree: Node,
    /// What is wrong with its form.
    pub(super) problems: Vec<Problem>,
}

impl File {
    /// Reads the file at `path`.
    pub(super) fn read(path: &Path) -> Self {
        let name = path.display().to_string();
        let unreadable = |message: String| {
            let problem = Problem { place: Place::Nowhere, key: String::new(), message: format!("{name}: {message}") };
            Self { tree: Node::table(Place::Nowhere), problems: vec![problem] }
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return unreadable(format!("the configuration file can not be read: {}", reason(&error))),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
                let place = Lines::new(&name, &before).place(valid);
                let message = "this is not UTF-8 text; save the file as UTF-8".to_owned();
                Self {
                    tree: Node::table(Place::Nowhere),
                    problems: vec![Problem { place, key: String::new(), message }],
                }
            }
        }
    }

    /// Reads `text`, which stands in the file called `name`.
    pub(super) fn parse(name: &str, text: &str) -> Self {
        let lines = Lines::new(name, text);
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut seen = BTreeSet::new();
        let slips = errors.iter().filter_map(|error| {
            let place = lines.place(error.span().map_or(0, |span| span.start));
            // One slip often breaks the rest of its line as well.
            seen.insert(line_of(&place)).then(|| Problem {
                place,
                key: String::new(),
                message: syntax(error.message()),
            })
        });
        let problems = slips.collect();
        Self { tree: Node::parsed(&table, &|offset| lines.place(offset)), problems }
    }
}

/// The line of a place in a file; 0 elsewhere.
pub(super) fn line_of(place: &Place) -> usize {
    match place {
        Place::File { line, .. } => *line,
        _ => 0,
    }
}

/// An error of the operating system without its number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

fn syntax(message: &str) -> String {
    format!("not valid TOML: {message}")
}

/// Where the lines of a text begin.
struct Lines<'a> {
    name: &'a str,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(name: &'a str, text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name, text, starts }
    }

    fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Place::File { file: self.name.to_owned(), line, column }
    }
}
