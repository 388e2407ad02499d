//! Patterns of routes: hosts and paths as they are written in the configuration, compiled once.

use super::{
    host::normal_host,
    path::Target,
    reading::{Quirks, Reading, read},
};

/// A path or everything below one.
#[derive(Debug)]
pub(super) struct PathPattern {
    /// Canonical; without the slash before `*` when it is a prefix.
    text: String,
    prefix: bool,
    quirks: Quirks,
    /// The text as each reading has it, where that differs.
    forms: Vec<(Quirks, String)>,
}

impl PathPattern {
    pub(super) fn compile(written: &str) -> Result<Self, String> {
        let (path, prefix) = match written.strip_suffix("/*") {
            Some(path) => (path, true),
            None => (written, false),
        };
        let text = if prefix && path.is_empty() { String::new() } else { canonical(path, written)? };
        let quirks = Quirks::of(&text);
        let forms = quirks.subsets().map(|set| (set, read(&text, set))).collect();
        Ok(Self { text, prefix, quirks, forms })
    }

    pub(super) fn quirks(&self) -> Quirks {
        self.quirks
    }

    /// Whether a canonical path matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.covers(&self.text, path)
    }

    /// Whether a reading of a path matches, when the pattern is read in the same way.
    pub(super) fn matches_reading(&self, reading: &Reading) -> bool {
        let own = reading.quirks & self.quirks;
        let text = self.forms.iter().find(|(quirks, _)| *quirks == own).map_or(&self.text, |(_, text)| text);
        self.covers(text, &reading.path)
    }

    fn covers(&self, text: &str, path: &str) -> bool {
        match path.strip_prefix(text) {
            Some(rest) => rest.is_empty() || (self.prefix && rest.starts_with('/')),
            None => false,
        }
    }
}

fn canonical(path: &str, written: &str) -> Result<String, String> {
    if path.contains('*') {
        return Err(format!("\"{written}\": \"*\" stands only at the end, after a slash"));
    }
    if path.contains(';') || path.contains("%3b") || path.contains("%3B") {
        return Err(format!("\"{written}\": a path with \";\" can't be told apart from path parameters"));
    }
    let target = Target::parse(path).map_err(|refusal| format!("\"{written}\": {refusal}"))?;
    if target.query().is_some() {
        return Err(format!("\"{written}\": a route is found by its path, not by the query"));
    }
    if target.path() != path {
        return Err(format!("\"{written}\" can never match; write \"{}\"", target.path()));
    }
    Ok(target.path().to_owned())
}

/// A host, all hosts below a name, or every host.
#[derive(Debug)]
pub(super) enum HostPattern {
    Any,
    Exact(String),
    /// With its leading dot.
    Below(String),
}

impl HostPattern {
    pub(super) fn compile(written: &str) -> Result<Self, String> {
        if written.is_empty() || written == "*" {
            return Ok(Self::Any);
        }
        let (name, below) = match written.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (written, false),
        };
        let host = normal_host(name).map_err(|_| format!("\"{written}\" is not a host name or \"*.\" before one"))?;
        Ok(if below { Self::Below(format!(".{host}")) } else { Self::Exact(host.into_owned()) })
    }

    pub(super) fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(name) => name == host,
            Self::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
        }
    }
}
