//! The languages that mails are written in.

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, for whoever reads none of the others.
    #[default]
    English,
    /// German.
    German,
}

/// Entries of an `Accept-Language` that are looked at.
const MOST_ENTRIES: usize = 32;

impl Language {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::English, Self::German];

    /// The one that a browser likes best by its `Accept-Language` (RFC 9110, 12.5.4); of equals the first named.
    pub fn preferred(accept_language: &str) -> Self {
        let mut best = (0, Self::default());
        for entry in accept_language.split(',').take(MOST_ENTRIES) {
            let (range, weight) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = thousandths(weight);
            if let Some(language) = Self::of_range(range.trim()).filter(|_| weight > best.0) {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Its code, as in `lang="…"`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// `de`, `de-AT`, `DE-ch-1996` → German.
    fn of_range(range: &str) -> Option<Self> {
        let primary = range.split('-').next().unwrap_or_default();
        Self::ALL.iter().copied().find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

/// `q=0.8` → 800; 1,000 if nothing is said, 0 if it can't be read.
fn thousandths(weight: &str) -> u16 {
    let weight = weight.trim();
    if weight.is_empty() {
        return 1_000;
    }
    let number = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q=")).unwrap_or_default();
    let number = number.parse::<f32>().unwrap_or_default().clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1,000")]
    let thousandths = (number * 1_000.0) as u16;
    thousandths
}
