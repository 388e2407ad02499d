//! One entry of `auth.trusted_origins`, and what it matches.

use url::{Host, Url};

use super::{Address, Custom};

/// A compiled pattern. `*` stands for any run of characters, dots included, `?` for one.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// `https://app.example.com`: this origin and no other.
    Origin(String),
    /// `https://*.example.com`: over the whole origin.
    OriginLike(Text),
    /// `*.example.com`: over `host[:port]`, http or https.
    HostLike(Text),
    /// `myapp://`, `exp://host/path`: the scheme; the authority if there is one; the path and all below.
    Custom { scheme: String, authority: Text, path: Text },
}

/// Text with wildcards.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pattern: String,
    /// The host's part is digits and dots: it is meant for addresses, so `192.168.*` mustn't match `192.168.evil.com`.
    address_only: bool,
}

impl Pattern {
    /// Reads a pattern, or says why it can't be one.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if !text.is_ascii() || text.contains(|c: char| c.is_ascii_control() || c == '\\' || c == ' ') {
            return Err("it holds characters that no origin has; write international names in their xn-- form");
        }
        let is_wild = text.contains(['*', '?']);
        let lower = text.to_ascii_lowercase();
        let Some((scheme, rest)) = text.split_once(":/") else {
            return if is_wild {
                Self::host_like(&lower)
            } else {
                Err("it has no scheme; write https://… before the host")
            };
        };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" if !is_wild => Self::origin(&lower),
            "http" | "https" => Self::origin_like(&lower),
            scheme if scheme.contains(['*', '?']) => Self::origin_like(&lower),
            scheme => Self::custom(scheme, rest, is_wild),
        }
    }

    fn origin(text: &str) -> Result<Self, &'static str> {
        let Some(Address::Web(url)) = Address::parse(text) else { return Err("it is no URL") };
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            return Err("an origin is scheme, host and port only");
        }
        Ok(Self::Origin(url.origin().ascii_serialization()))
    }

    fn origin_like(text: &str) -> Result<Self, &'static str> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let Some((_, host)) = text.split_once("://") else { return Err("it has no host") };
        if host.is_empty() || host.contains(['/', '@', '#']) {
            return Err("an origin is scheme, host and port only");
        }
        Ok(Self::OriginLike(Text::new(text, host)))
    }

    fn host_like(text: &str) -> Result<Self, &'static str> {
        if text.contains(['/', '@', '#']) {
            return Err("without a scheme it can only be a host and a port");
        }
        Ok(Self::HostLike(Text::new(text, text)))
    }

    fn custom(scheme: &str, rest: &str, is_wild: bool) -> Result<Self, &'static str> {
        const REASON: &str = "its scheme, host or path can't be trusted";
        if !is_wild {
            let Custom { scheme, authority, path } = Custom::parse(scheme, &format!("/{rest}")).ok_or(REASON)?;
            return Ok(Self::Custom { scheme, authority: Text::plain(&authority), path: Text::plain(&path) });
        }
        // The scheme alone shows whether it may be trusted; `?` is a wildcard here and starts no query.
        Custom::parse(scheme, "").ok_or(REASON)?;
        let (authority, path) = match rest.strip_prefix('/') {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        if authority.contains('@') || path.split('/').any(|segment| segment == "..") {
            return Err(REASON);
        }
        let path = path.trim_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        let authority = authority.to_ascii_lowercase();
        Ok(Self::Custom {
            scheme: scheme.to_owned(),
            authority: Text::new(&authority, &authority),
            path: Text::plain(&path),
        })
    }

    /// Whether the address lies in what is trusted.
    pub(super) fn matches(&self, address: &Address) -> bool {
        match (self, address) {
            (Self::Origin(origin), Address::Web(url)) => url.origin().ascii_serialization() == *origin,
            (Self::OriginLike(text), Address::Web(url)) => text.matches_web(&url.origin().ascii_serialization(), url),
            (Self::HostLike(text), Address::Web(url)) => {
                host_and_port(url).is_some_and(|host| text.matches_web(&host, url))
            }
            (Self::Custom { scheme, authority, path }, Address::Custom(address)) => {
                *scheme == address.scheme
                    && authority.matches_authority(&address.authority)
                    && path.covers(&address.path)
            }
            _ => false,
        }
    }
}

fn host_and_port(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

impl Text {
    fn new(pattern: &str, host_and_port: &str) -> Self {
        let host = host_and_port.split(':').next().unwrap_or_default();
        let address_only = host.contains(|c: char| c.is_ascii_digit())
            && host.bytes().all(|b| b.is_ascii_digit() || b".*?".contains(&b));
        Self { pattern: pattern.to_owned(), address_only }
    }

    fn plain(text: &str) -> Self {
        Self { pattern: text.to_owned(), address_only: false }
    }

    fn matches_web(&self, text: &str, url: &Url) -> bool {
        (!self.address_only || matches!(url.host(), Some(Host::Ipv4(_)))) && is_like(&self.pattern, text)
    }

    /// An empty pattern leaves the authority open: whoever owns the scheme owns all of it.
    fn matches_authority(&self, authority: &str) -> bool {
        let host = authority.split(':').next().unwrap_or_default();
        let address_fits = !self.address_only || host.parse::<std::net::Ipv4Addr>().is_ok();
        self.pattern.is_empty() || address_fits && is_like(&self.pattern, authority)
    }

    /// An empty pattern leaves the path open; another covers itself and what lies below.
    fn covers(&self, path: &str) -> bool {
        let below = path.match_indices('/').map(|(at, _)| &path[..at]);
        self.pattern.is_empty()
            || is_like(&self.pattern, path)
            || below.into_iter().any(|parent| is_like(&self.pattern, parent))
    }
}

/// Whether the whole text is like the pattern. Takes at most one step for each pair of characters.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on when a character doesn't fit: the last star takes one more.
    let mut last_star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                last_star = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((after, taken)) = last_star else { return false };
                last_star = Some((after, taken + 1));
                (p, t) = (after, taken + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn wildcards_are_anchored() {
        let table = [
            ("", "", true),
            ("*", "", true),
            ("a*", "a", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("*.b", "a.b.b", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a", "ab", false),
            ("b", "ab", false),
            ("**a**", "bab", true),
            ("*a*b*c*", "xxaxxbxxcxx", true),
            ("*a*b*c*", "xxaxxcxxbxx", false),
        ];
        for (pattern, text, like) in table {
            assert_eq!(is_like(pattern, text), like, "{pattern} {text}");
        }
        assert!(!is_like(&"*a".repeat(100), &"a".repeat(99)));
    }
}
