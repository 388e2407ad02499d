//! The one path of a request: what is matched is what is forwarded. Knows nothing of routes, headers or policies.
//!
//! | in the path | becomes |
//! |---|---|
//! | escape of a letter, a digit, `-` `.` `_` `~` | the character |
//! | any other escape | the same, in upper case |
//! | `"` `<` `>` `[` `]` `^` `` ` `` `{` `\|` `}` | its escape |
//! | `.`, `..` (however they were escaped) | resolved |
//! | `//` | `/` |
//! | what servers are known to read differently | refused, see [`Refusal`] |
//!
//! The query is passed on byte by byte; only control characters, spaces and `#` are refused there.

use std::borrow::Cow;

use super::{
    reading::{Quirks, Reading, readings},
    refusal::Refusal,
};

/// Longest request target in bytes.
pub const MAX_TARGET: usize = 8 * 1024;

/// A request target whose path is canonical.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    path: Cow<'a, str>,
    query: Option<&'a str>,
    quirks: Quirks,
}

impl<'a> Target<'a> {
    /// Reads a path with an optional query as it stands on the request line.
    /// Nothing is allocated when the path has neither escapes nor anything to resolve.
    pub fn parse(raw: &'a str) -> Result<Self, Refusal> {
        if raw.len() > MAX_TARGET {
            return Err(Refusal::TargetTooLong);
        }
        let (path, query) = match raw.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (raw, None),
        };
        check_query(query.unwrap_or_default())?;
        if let Some(quirks) = scan_plain(path) {
            return Ok(Self { path: Cow::Borrowed(path), query, quirks });
        }
        let canonical = canonicalise(path)?;
        let quirks = Quirks::of(&canonical);
        let path = if canonical == path { Cow::Borrowed(path) } else { Cow::Owned(canonical) };
        Ok(Self { path, query, quirks })
    }

    /// The canonical path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query as it was sent, without the `?`.
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// Path and query as they are forwarded.
    pub fn path_and_query(&self) -> String {
        match self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.to_string(),
        }
    }

    /// Whether the path was sent in its canonical form, so that nothing needs to be rewritten.
    pub fn is_canonical_as_sent(&self) -> bool {
        matches!(self.path, Cow::Borrowed(_))
    }

    /// Whether the path is `base` itself or below it, in whole segments. `base` has no trailing slash.
    pub fn is_under(&self, base: &str) -> bool {
        self.path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// What makes this path open to other readings.
    pub fn quirks(&self) -> Quirks {
        self.quirks
    }

    /// Other readings that upstreams may have of this path; none for a plain one.
    pub fn readings(&self) -> impl Iterator<Item = Reading> + '_ {
        readings(&self.path, self.quirks)
    }
}

/// What a byte means in a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    /// Stands for itself and reads the same everywhere.
    Plain,
    /// Stands for itself; some servers fold it to lower case.
    Upper,
    Slash,
    Dot,
    /// `%` or `;`.
    Special,
    /// Not allowed in a path by RFC 3986, but sent by browsers: escaped.
    Escaped,
    Refused(Refusal),
}

const BYTES: [Byte; 256] = {
    let mut table = [Byte::Plain; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = byte(i as u8);
        i += 1;
    }
    table
};

const fn byte(b: u8) -> Byte {
    match b {
        b'A'..=b'Z' => Byte::Upper,
        b'/' => Byte::Slash,
        b'.' => Byte::Dot,
        b'%' | b';' => Byte::Special,
        b'"' | b'<' | b'>' | b'[' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' => Byte::Escaped,
        b'\\' => Byte::Refused(Refusal::Backslash),
        b'#' => Byte::Refused(Refusal::Fragment),
        b' ' => Byte::Refused(Refusal::Space),
        0..=0x1f | 0x7f => Byte::Refused(Refusal::Control),
        0x80.. => Byte::Refused(Refusal::NonAscii),
        _ => Byte::Plain,
    }
}

/// The quirks of a path that is canonical at first sight; `None` when it needs a closer look.
fn scan_plain(path: &str) -> Option<Quirks> {
    let bytes = path.as_bytes();
    let mut quirks = Quirks::NONE;
    let mut last = 0;
    for &b in bytes {
        match BYTES[usize::from(b)] {
            Byte::Plain => {}
            Byte::Upper => quirks = quirks | Quirks::CASE,
            Byte::Slash if last == b'/' => return None,
            Byte::Slash if last == b'.' => quirks = quirks | Quirks::TRIM,
            Byte::Slash => {}
            Byte::Dot if last == b'/' || last == b'.' => return None,
            Byte::Dot => {}
            Byte::Special | Byte::Escaped | Byte::Refused(_) => return None,
        }
        last = b;
    }
    if bytes.first() != Some(&b'/') {
        return None;
    }
    if last == b'.' || (last == b'/' && bytes.len() > 1) {
        quirks = quirks | Quirks::TRIM;
    }
    Some(quirks)
}

fn check_query(query: &str) -> Result<(), Refusal> {
    let refused = |b: &u8| *b <= b' ' || *b == 0x7f || *b == b'#';
    match query.as_bytes().iter().find(|b| refused(b)) {
        None => Ok(()),
        Some(b'#') => Err(Refusal::Fragment),
        Some(b' ') => Err(Refusal::Space),
        Some(_) => Err(Refusal::Control),
    }
}

fn canonicalise(path: &str) -> Result<String, Refusal> {
    let mut out = String::with_capacity(path.len() + 8);
    let mut segments = path.strip_prefix('/').ok_or_else(|| form_of(path))?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let start = out.len();
        out.push('/');
        normalise_segment(segment, &mut out)?;
        match Segment::of(&out[start + 1..])? {
            Segment::Named => continue,
            Segment::Here => out.truncate(start),
            Segment::Up => {
                out.truncate(start);
                let parent = out.rfind('/').ok_or(Refusal::AboveRoot)?;
                out.truncate(parent);
            }
        }
        if segments.peek().is_none() {
            out.push('/');
        }
    }
    Ok(out)
}

/// Why a target that does not start with a slash is refused: what it contains is told first.
fn form_of(path: &str) -> Refusal {
    path.bytes()
        .find_map(|b| match BYTES[usize::from(b)] {
            Byte::Refused(refusal) => Some(refusal),
            _ => None,
        })
        .unwrap_or(Refusal::TargetForm)
}

/// What a canonical segment does.
enum Segment {
    Named,
    /// Empty or `.`
    Here,
    /// `..`
    Up,
}

impl Segment {
    fn of(segment: &str) -> Result<Self, Refusal> {
        match segment {
            "" | "." => return Ok(Self::Here),
            ".." => return Ok(Self::Up),
            _ => {}
        }
        if holds_double_encoding(segment) {
            return Err(Refusal::DoubleEncoding);
        }
        // Java servers cut parameters before they resolve dots, Windows drops trailing dots and spaces.
        let base = without_parameters(segment);
        let rest = base.replace("%20", "");
        if !rest.is_empty() && rest.bytes().all(|b| b == b'.') {
            return Err(Refusal::OddDots);
        }
        Ok(Self::Named)
    }
}

fn without_parameters(segment: &str) -> &str {
    let cut = |text: &'static str| segment.find(text).unwrap_or(segment.len());
    &segment[..cut(";").min(cut("%3B"))]
}

/// `%25` before two hexadecimal digits: decoding twice gives another path.
fn holds_double_encoding(segment: &str) -> bool {
    segment.match_indices("%25").any(|(at, _)| {
        let rest = &segment.as_bytes()[at + 3..];
        rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit)
    })
}

fn normalise_segment(segment: &str, out: &mut String) -> Result<(), Refusal> {
    let mut rest = segment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (char, after) = decode_char(rest)?;
            rest = after;
            push_decoded(char, out)?;
            continue;
        }
        rest = tail;
        match BYTES[usize::from(first)] {
            Byte::Refused(refusal) => return Err(refusal),
            Byte::Escaped => push_escaped(&[first], out),
            _ => out.push(char::from(first)),
        }
    }
    Ok(())
}

fn push_decoded(char: char, out: &mut String) -> Result<(), Refusal> {
    match char {
        '/' => Err(Refusal::EncodedSlash),
        '\\' => Err(Refusal::EncodedBackslash),
        c if c.is_control() => Err(Refusal::Control),
        c if c.is_ascii_alphanumeric() || "-._~".contains(c) => {
            out.push(c);
            Ok(())
        }
        c => {
            push_escaped(c.encode_utf8(&mut [0; 4]).as_bytes(), out);
            Ok(())
        }
    }
}

/// Decodes the escapes of one character at the start of `bytes`; the second part is what follows.
fn decode_char(bytes: &[u8]) -> Result<(char, &[u8]), Refusal> {
    let (first, mut rest) = decode_byte(bytes)?;
    let length = match first {
        0..=0x7f => return Ok((char::from(first), rest)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Err(Refusal::InvalidUtf8),
    };
    let mut buffer = [first, 0, 0, 0];
    for slot in &mut buffer[1..length] {
        if rest.first() != Some(&b'%') {
            return Err(Refusal::InvalidUtf8);
        }
        (*slot, rest) = decode_byte(rest)?;
    }
    // The standard library refuses overlong forms and surrogates.
    let text = std::str::from_utf8(&buffer[..length]).map_err(|_| Refusal::InvalidUtf8)?;
    text.chars().next().map(|char| (char, rest)).ok_or(Refusal::InvalidUtf8)
}

fn decode_byte(bytes: &[u8]) -> Result<(u8, &[u8]), Refusal> {
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16)).ok_or(Refusal::InvalidEscape);
    let value = digit(1)? << 4 | digit(2)?;
    Ok((u8::try_from(value).map_err(|_| Refusal::InvalidEscape)?, &bytes[3..]))
}

fn push_escaped(bytes: &[u8], out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for b in bytes {
        out.push('%');
        out.push(char::from(HEX[usize::from(b >> 4)]));
        out.push(char::from(HEX[usize::from(b & 15)]));
    }
}
