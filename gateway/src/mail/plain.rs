//! Making texts of users harmless before they stand in a mail.

/// Most characters of a name.
const MOST_NAME: usize = 60;

/// A text on one line: without control characters, line separators and marks that turn the direction of writing; cut to
/// `most` characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let visible: String = words.join(" ").chars().filter(|c| !is_invisible(*c)).collect();
    let visible = visible.trim();
    if visible.chars().count() <= most {
        return visible.to_owned();
    }
    let mut cut: String = visible.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// A name to greet somebody by. None if it holds what a mail program would make a link of: anybody can sign somebody
/// else up under the name "win at evil.example".
pub(super) fn name(text: &str) -> Option<String> {
    let name = line(text, MOST_NAME);
    (!name.is_empty() && !looks_like_a_link(&name)).then_some(name)
}

fn looks_like_a_link(text: &str) -> bool {
    text.contains(['/', '\\', ':', '@', '<', '>', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
        || text.split_whitespace().any(is_domain)
}

/// Something with a dot inside that is followed by at least two letters: `evil.example`, but neither `J.R.R.` nor `Jr.`.
fn is_domain(word: &str) -> bool {
    let mut labels = word.split('.');
    let first = labels.next().unwrap_or_default();
    !first.is_empty() && labels.any(|label| label.chars().take_while(|c| c.is_alphanumeric()).count() >= 2)
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}
