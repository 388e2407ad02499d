//! How an upstream might read a canonical path otherwise: without regard to case, with escapes decoded, look-alike
//! characters folded, path parameters cut, trailing slashes and dots dropped. Only for comparing; never forwarded.

use std::{
    borrow::Cow,
    ops::{BitAnd, BitOr},
};

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

/// A set of ways in which a path can be read otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks(u8);

impl Quirks {
    /// Reads the same everywhere.
    pub const NONE: Self = Self(0);
    /// Upper-case letters: some servers ignore case.
    pub const CASE: Self = Self(1);
    /// Escapes of reserved characters: most servers decode them before matching.
    pub const DECODE: Self = Self(2);
    /// Characters beyond ASCII: some servers fold them (NFKC, slash look-alikes).
    pub const UNICODE: Self = Self(4);
    /// `;`: Java servers cut path parameters.
    pub const PARAMETERS: Self = Self(8);
    /// A trailing slash, or dots or spaces at the end of a segment: many servers drop them.
    pub const TRIM: Self = Self(16);

    const COUNT: u8 = 32;

    /// What a canonical path gives rise to.
    pub fn of(path: &str) -> Self {
        let mut escapes = path.match_indices('%').filter_map(|(at, _)| path.as_bytes().get(at + 1));
        let plain = Self::of_text(path) | when(path.contains('%'), Self::DECODE);
        if escapes.any(|digit| *digit > b'7') {
            let folded = read(path, Self::DECODE | Self::UNICODE);
            return plain | Self::of_text(&folded) | Self::UNICODE | Self::CASE;
        }
        plain
    }

    fn of_text(text: &str) -> Self {
        let loose_end = |segment: &str| segment.ends_with(['.', ' ']) || segment.ends_with("%20");
        when(text.bytes().any(|b| b.is_ascii_uppercase()), Self::CASE)
            | when(text.contains(';') || text.contains("%3B"), Self::PARAMETERS)
            | when((text.ends_with('/') && text.len() > 1) || text.split('/').any(loose_end), Self::TRIM)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` is in the set.
    pub fn has(self, other: Self) -> bool {
        self & other == other
    }

    /// The non-empty subsets; folding needs decoding, so a set with the former without the latter is left out.
    pub fn subsets(self) -> impl Iterator<Item = Self> {
        (1..Self::COUNT)
            .map(Self)
            .filter(move |set| self.has(*set) && (!set.has(Self::UNICODE) || set.has(Self::DECODE)))
    }
}

fn when(holds: bool, quirk: Quirks) -> Quirks {
    if holds { quirk } else { Quirks::NONE }
}

impl BitOr for Quirks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Quirks {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// A path as some upstream reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What that upstream did to it.
    pub quirks: Quirks,
    /// What it then sees: text, no longer a valid request path.
    pub path: String,
}

/// All readings that the quirks allow.
pub fn readings(path: &str, quirks: Quirks) -> impl Iterator<Item = Reading> + '_ {
    quirks.subsets().map(move |quirks| Reading { quirks, path: read(path, quirks) })
}

/// The path as an upstream with these habits reads it.
pub fn read(path: &str, quirks: Quirks) -> String {
    let mut text: Cow<'_, str> =
        if quirks.has(Quirks::DECODE) { percent_decode_str(path).decode_utf8_lossy() } else { path.into() };
    if quirks.has(Quirks::UNICODE) {
        text = text.nfkc().map(separator).collect::<String>().into();
    }
    let out = resolve(&text, quirks);
    if quirks.has(Quirks::CASE) { out.to_lowercase() } else { out }
}

/// Cuts and trims each segment and resolves what this brings about.
fn resolve(text: &str, quirks: Quirks) -> String {
    let mut out = String::with_capacity(text.len());
    for segment in text.split('/').skip(1) {
        match trim(cut(segment, quirks), quirks) {
            "" | "." => {}
            ".." => out.truncate(out.rfind('/').unwrap_or(0)),
            named => {
                out.push('/');
                out.push_str(named);
            }
        }
    }
    let keeps_slash = text.ends_with('/') && !quirks.has(Quirks::TRIM);
    if keeps_slash || out.is_empty() {
        out.push('/');
    }
    out
}

fn cut(segment: &str, quirks: Quirks) -> &str {
    match segment.find(';') {
        Some(at) if quirks.has(Quirks::PARAMETERS) => &segment[..at],
        _ => segment,
    }
}

fn trim(segment: &str, quirks: Quirks) -> &str {
    if !quirks.has(Quirks::TRIM) || segment == ".." {
        return segment;
    }
    let mut rest = segment;
    loop {
        let shorter = rest.trim_end_matches([' ', '.']);
        let shorter = shorter.strip_suffix("%20").unwrap_or(shorter);
        if shorter.len() == rest.len() {
            return rest;
        }
        rest = shorter;
    }
}

/// Characters that some servers take for a separator once they fold.
fn separator(c: char) -> char {
    match c {
        '\\' | '\u{2044}' | '\u{2215}' | '\u{2216}' | '\u{29f5}' | '\u{29f8}' => '/',
        other => other,
    }
}
