//! The address of a value in the configuration: `routes[2].upstream`.

use std::fmt;

/// Names and indexes from the root down.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Vec<Step>);

/// One step of a [`Key`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A key of a table.
    Name(String),
    /// An entry of a list, from 0.
    Index(usize),
}

impl Key {
    /// This key, one name deeper.
    #[must_use]
    pub fn name(&self, name: &str) -> Self {
        self.step(Step::Name(name.to_owned()))
    }

    /// This key, one list entry deeper.
    #[must_use]
    pub fn at(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The key of the table or list that holds this one; the root's is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// The steps from the root down.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the whole document.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The first `n` steps.
    pub(super) fn first(&self, n: usize) -> Self {
        Self(self.0[..n].to_vec())
    }

    /// The last step's name; empty for the root and for list entries.
    pub(super) fn last_name(&self) -> &str {
        match self.0.last() {
            Some(Step::Name(name)) => name,
            _ => "",
        }
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Key {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(|name| Step::Name(name.as_ref().to_owned())).collect())
    }
}

/// Reads names joined by dots, each with an optional `[index]`. Names that hold dots are built with [`Key::name`].
impl From<&str> for Key {
    fn from(dotted: &str) -> Self {
        let mut key = Self::default();
        for part in dotted.split('.').filter(|part| !part.is_empty()) {
            let mut pieces = part.split('[');
            key = key.name(pieces.next().unwrap_or_default());
            for index in pieces {
                key = key.at(index.trim_end_matches(']').parse().unwrap_or_default());
            }
        }
        key
    }
}

impl From<&Self> for Key {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Name(name) => {
                    f.write_str(if i > 0 { "." } else { "" })?;
                    if is_bare(name) { f.write_str(name)? } else { write!(f, "{name:?}")? }
                }
            }
        }
        Ok(())
    }
}

/// Whether a name can stand in a TOML file without quotes.
fn is_bare(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
