//! Which users to list.

/// Which users to list; an empty filter takes all.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Part of the name or the address, in any case.
    pub search: Option<String>,
    /// One of the roles of the user.
    pub role: Option<String>,
    /// Only the banned ones, or only the others.
    pub banned: Option<bool>,
}

impl UserFilter {
    /// The patterns for `like`: part of name or address, and a role between commas.
    pub(super) fn patterns(&self) -> (Option<String>, Option<String>) {
        let search = self.search.as_deref().map(|part| format!("%{}%", literal(&part.to_lowercase())));
        let role = self.role.as_deref().map(|role| format!("%,{},%", literal(role)));
        (search, role)
    }
}

/// The text as `like` takes it literally.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal
}
