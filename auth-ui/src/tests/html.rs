//! Just enough of an HTML reader for our own pages: tags, attributes, and whether they nest.

/// The tags of a page in order.
pub(super) struct Document {
    pub(super) tags: Vec<Tag>,
}

/// An opening tag.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

const VOID: [&str; 5] = ["meta", "link", "img", "input", "br"];

impl Document {
    /// Reads a page, and fails the test when its tags do not nest.
    pub(super) fn read(page: &str, html: &str) -> Self {
        let (mut tags, mut open) = (Vec::new(), Vec::new());
        let mut rest = html.strip_prefix("<!doctype html>").unwrap_or(html);
        while let Some((_, after)) = rest.split_once('<') {
            let (inside, next) = after.split_once('>').unwrap_or_else(|| panic!("{page}: an unclosed tag"));
            rest = next;
            if let Some(name) = inside.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "{page}: tags cross");
                continue;
            }
            let tag = Tag::read(page, inside.trim_end_matches('/'));
            if !inside.ends_with('/') && !VOID.contains(&tag.name.as_str()) {
                open.push(tag.name.clone());
            }
            tags.push(tag);
        }
        assert!(open.is_empty(), "{page}: never closed: {open:?}");
        Self { tags }
    }

    /// All tags of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Tag> {
        self.tags.iter().filter(move |tag| tag.name == name)
    }
}

impl Tag {
    fn read(page: &str, inside: &str) -> Self {
        let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        while !rest.trim_start().is_empty() {
            rest = rest.trim_start();
            let end = rest.find([' ', '=']).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            let Some(quoted) = after.strip_prefix('=') else {
                attributes.push((key.to_owned(), String::new()));
                rest = after;
                continue;
            };
            let quoted = quoted.strip_prefix('"').unwrap_or_else(|| panic!("{page}: {key} is not quoted"));
            let (value, after) = quoted.split_once('"').unwrap_or_else(|| panic!("{page}: {key} is not closed"));
            attributes.push((key.to_owned(), unescape(value)));
            rest = after;
        }
        Self { name: name.to_owned(), attributes }
    }

    /// The value of an attribute, as a browser would read it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn unescape(text: &str) -> String {
    let named = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'");
    named.replace("&#38;", "&")
}
