//! Reads file, environment and flags into one [`Config`] and tells every problem of all three at once.
//!
//! What is given in several places is taken from the first of: command-line flags; `GATEWAY_…` variables; the file;
//! variables borrowed from other programs (`DATABASE_URL`, `BETTER_AUTH_SECRET`, `BETTER_AUTH_SECRETS`,
//! `AUTH_SECRET`, `BETTER_AUTH_URL`, `BETTER_AUTH_TRUSTED_ORIGINS`); the defaults. The borrowed ones come after the file because they may be there for
//! another program; tables are merged key by key, lists are replaced.

mod borrowed;
mod check;
mod environment;
pub(super) mod file;
mod schema;
mod tree;
pub(super) mod wording;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::Deserialize;

use super::{Config, Key, Place, Problem, RouteConfig, UpstreamConfig, validate};
use tree::Node;

#[cfg(test)]
pub(super) use schema::{all_keys as known_keys, fields};

/// Where settings come from. Not to be printed: there are secrets among them.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file to read; none: do without.
    pub file: Option<PathBuf>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Command-line flags that set a key.
    pub flags: Vec<Flag>,
}

/// A command-line flag that sets one key.
#[derive(Clone)]
pub struct Flag {
    /// As it was typed: `--listen`.
    pub flag: String,
    /// The key it sets: `server.listen`.
    pub path: String,
    /// Its value.
    pub value: String,
}

/// A configuration that can be served, and where each part of it was written.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration, defaults filled in.
    pub config: Config,
    /// The file it was read from.
    pub file: Option<PathBuf>,
    places: BTreeMap<Key, Place>,
}

/// Reads all sources. Nothing is started or written; files that are named are looked at.
pub fn load(sources: Sources) -> Result<Loaded, Vec<Problem>> {
    let mut reading = Reading::new();
    reading.read(&sources);
    reading.finish(sources.file)
}

/// Reads `text` as if it stood in a file called `name`, without variables and flags.
pub fn load_text(name: &str, text: &str) -> Result<Loaded, Vec<Problem>> {
    let mut reading = Reading::new();
    reading.take_file(file::File::parse(name, text));
    reading.finish(Some(PathBuf::from(name)))
}

impl Loaded {
    /// Where the value of `key` was written: its own place, or that of the nearest section around it.
    pub fn place_of(&self, key: impl Into<Key>) -> Place {
        let mut key = key.into();
        loop {
            match self.places.get(&key) {
                _ if key.is_root() => return Place::Nowhere,
                Some(place) => return place.clone(),
                None => key = key.parent(),
            }
        }
    }

    /// Whether `key` was given anywhere, be it with the value it has by default.
    pub fn is_given(&self, key: impl Into<Key>) -> bool {
        self.places.contains_key(&key.into())
    }

    /// Whether the key of a problem was given anywhere.
    fn gives(&self, key: &str) -> bool {
        self.places.keys().any(|given| given.to_string() == key)
    }

    /// Something wrong with `key`, at its place.
    pub fn problem(&self, key: impl Into<Key>, message: impl Into<String>) -> Problem {
        let key = key.into();
        Problem { place: self.place_of(&key), key: key.to_string(), message: message.into() }
    }
}

/// A tree being filled from the weakest source to the strongest.
struct Reading {
    tree: Node,
    problems: Vec<Problem>,
    broken_file: bool,
}

impl Reading {
    fn new() -> Self {
        Self { tree: Node::table(Place::Nowhere), problems: Vec::new(), broken_file: false }
    }

    fn read(&mut self, sources: &Sources) {
        borrowed::settings(&sources.env).into_iter().for_each(|given| self.take(given));
        if let Some(path) = &sources.file {
            self.take_file(file::File::read(path));
        }
        environment::settings(&sources.env).into_iter().for_each(|given| self.take(given));
        sources.flags.iter().map(environment::flag).for_each(|given| self.take(given));
    }

    fn take(&mut self, (node, problems): environment::Given) {
        self.problems.extend(problems);
        if let Some(node) = node {
            self.tree.overlay(node);
        }
    }

    fn take_file(&mut self, mut file: file::File) {
        let mut problems = Vec::new();
        check::prune(&Key::default(), &mut file.tree, &mut problems);
        // What a slip leaves of its line is not to be judged.
        let slips: BTreeSet<usize> = file.problems.iter().map(|problem| file::line_of(&problem.place)).collect();
        self.broken_file = !slips.is_empty();
        self.problems.extend(problems.into_iter().filter(|problem| !slips.contains(&file::line_of(&problem.place))));
        self.problems.append(&mut file.problems);
        self.tree.overlay(file.tree);
    }

    fn finish(self, file: Option<PathBuf>) -> Result<Loaded, Vec<Problem>> {
        let hazy = self.hazy();
        let Self { tree, mut problems, .. } = self;
        let config = match Config::deserialize(tree.value()) {
            Ok(config) => with_defaults(config),
            Err(error) => {
                let message = format!("the settings do not fit together: {}", error.message());
                problems.push(Problem { place: Place::Nowhere, key: String::new(), message });
                return Err(sorted(problems));
            }
        };
        let mut places = BTreeMap::new();
        tree.collect_places(&Key::default(), &mut places);
        let loaded = Loaded { config, file, places };
        if !hazy {
            let mistaken = sections(&problems);
            let further = validate::problems(&loaded);
            // Where a key is misspelt, what is said of one that was not given may only be its echo.
            let echo = |problem: &Problem| mistaken.contains(section(&problem.key)) && !loaded.gives(&problem.key);
            problems.extend(further.into_iter().filter(|problem| !echo(problem)));
        }
        if problems.is_empty() { Ok(loaded) } else { Err(sorted(problems)) }
    }

    /// Whether so much is missing that what is there can't be judged as a whole.
    fn hazy(&self) -> bool {
        let whole_section = |problem: &Problem| !problem.key.is_empty() && section(&problem.key).is_empty();
        self.broken_file || self.problems.iter().any(whole_section)
    }
}

/// The section a key stands in: `routes[2]` for `routes[2].path`.
fn section(key: &str) -> &str {
    key.rfind('.').map_or("", |at| &key[..at])
}

fn sections(problems: &[Problem]) -> BTreeSet<String> {
    problems.iter().map(|problem| section(&problem.key).to_owned()).filter(|section| !section.is_empty()).collect()
}

/// Fills in what a minimal configuration leaves out: without upstreams there is `app`, the built-in page that shows
/// who is asking; without routes one for signed-in users leads to the only upstream.
fn with_defaults(mut config: Config) -> Config {
    if config.upstreams.is_empty() {
        let whoami = UpstreamConfig { servers: vec!["builtin:whoami".to_owned()], ..UpstreamConfig::default() };
        config.upstreams.insert("app".to_owned(), whoami);
    }
    if config.routes.is_empty() && config.upstreams.len() == 1 {
        let upstream = config.upstreams.keys().next().cloned().unwrap_or_default();
        config.routes.push(RouteConfig { path: "/*".to_owned(), upstream, ..RouteConfig::default() });
    }
    config
}

/// In the order of the file, then variables, then flags; each only once.
fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| match &problem.place {
        Place::File { line, column, .. } => (0, *line, *column, String::new()),
        Place::Environment(name) => (1, 0, 0, name.clone()),
        Place::Flag(name) => (2, 0, 0, name.clone()),
        Place::Nowhere => (3, 0, 0, String::new()),
    });
    problems.dedup();
    problems
}
