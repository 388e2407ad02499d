//! Headers that carry identity or origin: which of the client's are taken out, which of ours are put in.
//!
//! A client's header is taken out when its name equals one of ours *after lower-casing and reading every character
//! that is neither letter nor digit as a dash*, because upstreams fold names in that way (`X_User_Id` and `X-User-Id`
//! are the same variable in CGI and WSGI). The names of all presets are taken out whichever preset is in use.

mod names;
mod value;

use http::{HeaderMap, HeaderName, HeaderValue, header::CONNECTION};

use self::names::{Names, Scope};
pub use self::value::{IdentityText, IdentityValues, MAX_VALUE, header_value_of};
use crate::config::{AssertionSwitch, HeaderPreset, IdentityHeadersConfig};

/// Longest name of an identity header.
pub const MAX_NAME: usize = 64;

/// Names of the headers that the upstream receives; `None`: that header is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityNames {
    /// The user's id.
    pub user_id: Option<HeaderName>,
    /// The user's roles.
    pub role: Option<HeaderName>,
    /// The user's address.
    pub email: Option<HeaderName>,
    /// The user's display name.
    pub name: Option<HeaderName>,
    /// The session's id.
    pub session_id: Option<HeaderName>,
    /// The signed assertion.
    pub assertion: Option<HeaderName>,
}

/// What happens to a request's headers, compiled once.
#[derive(Debug)]
pub struct HeaderPlan {
    names: IdentityNames,
    guarded: Names,
}

/// What to do with the client's `Connection` header before the connection's own headers are taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionFix {
    /// It names nothing that is guarded.
    AsIs,
    /// Write this instead.
    Replace(HeaderValue),
    /// Nothing is left of it.
    Remove,
}

impl HeaderPlan {
    /// Compiles the plan; the messages name every header that can't be used.
    pub fn compile(config: &IdentityHeadersConfig) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let names = identity_names(config, &mut problems);
        let mut folded: Vec<String> = names.all().map(|name| fold(name.as_str())).collect();
        folded.sort_unstable();
        for pair in folded.windows(2).filter(|pair| pair[0] == pair[1]) {
            problems.push(format!("identity_headers: \"{}\" is used twice", pair[0]));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        folded.extend(
            PRESETS.iter().flat_map(|(_, names)| names.iter()).filter(|name| !name.is_empty()).map(|name| fold(name)),
        );
        Ok(Self { names, guarded: Names::with_identity(&folded) })
    }

    /// The names in use.
    pub fn names(&self) -> &IdentityNames {
        &self.names
    }

    /// Whether a client's header has to go: identity and override headers always, the headers by which proxies tell
    /// addresses, hosts, schemes and certificates unless the peer is a trusted proxy. What the gateway writes itself
    /// (`Forwarded`, `X-Forwarded-For` …) always goes and is rebuilt. Allocates nothing.
    pub fn must_strip(&self, name: &str, peer_is_trusted: bool) -> bool {
        match self.guarded.scope(name.as_bytes()) {
            Some(Scope::Always) => true,
            Some(Scope::Untrusted) => !peer_is_trusted,
            Some(Scope::Nomination) | None => false,
        }
    }

    /// Looks for guarded names in `Connection`: what a client names there is taken out later, and nobody may have the
    /// identity, framing, host, credentials or origin of a request taken out.
    pub fn connection(&self, headers: &HeaderMap) -> ConnectionFix {
        let lines = || headers.get_all(CONNECTION).iter();
        if lines().all(|line| self.names_nothing_guarded(line)) {
            return ConnectionFix::AsIs;
        }
        let kept: Vec<&str> =
            lines().flat_map(tokens).filter(|token| self.guarded.scope(token.as_bytes()).is_none()).collect();
        match HeaderValue::from_str(&kept.join(", ")) {
            Ok(value) if !kept.is_empty() => ConnectionFix::Replace(value),
            _ => ConnectionFix::Remove,
        }
    }

    /// The identity headers of a request: each exactly once, empty for nobody.
    pub fn identity<'a>(
        &'a self,
        values: Option<&'a IdentityValues>,
    ) -> impl Iterator<Item = (&'a HeaderName, HeaderValue)> {
        let names = &self.names;
        let pick = move |name: &'a Option<HeaderName>, value: fn(&IdentityValues) -> &HeaderValue| {
            name.as_ref()
                .map(|name| (name, values.map_or(HeaderValue::from_static(""), |values| value(values).clone())))
        };
        [
            pick(&names.user_id, |values| &values.user_id),
            pick(&names.role, |values| &values.role),
            pick(&names.email, |values| &values.email),
            pick(&names.name, |values| &values.name),
            pick(&names.session_id, |values| &values.session_id),
        ]
        .into_iter()
        .flatten()
    }

    fn names_nothing_guarded(&self, line: &HeaderValue) -> bool {
        line.to_str().is_ok() && tokens(line).all(|token| self.guarded.scope(token.as_bytes()).is_none())
    }
}

impl IdentityNames {
    /// All names in use.
    pub fn all(&self) -> impl Iterator<Item = &HeaderName> {
        [&self.user_id, &self.role, &self.email, &self.name, &self.session_id, &self.assertion].into_iter().flatten()
    }
}

/// The comma-separated words of a header line; of none when it is not text.
fn tokens(line: &HeaderValue) -> impl Iterator<Item = &str> {
    line.to_str().unwrap_or_default().split(',').map(str::trim).filter(|token| !token.is_empty())
}

/// User id, role, e-mail address, name and session id in each preset.
const PRESETS: [(HeaderPreset, [&str; 5]); 4] = [
    (HeaderPreset::Default, ["X-User-Id", "X-User-Role", "X-User-Email", "X-User-Name", "X-Session-Id"]),
    (HeaderPreset::Remote, ["Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name", ""]),
    (
        HeaderPreset::Forwarded,
        ["X-Forwarded-User", "X-Forwarded-Groups", "X-Forwarded-Email", "X-Forwarded-Preferred-Username", ""],
    ),
    (
        HeaderPreset::AuthRequest,
        [
            "X-Auth-Request-User",
            "X-Auth-Request-Groups",
            "X-Auth-Request-Email",
            "X-Auth-Request-Preferred-Username",
            "",
        ],
    ),
];

const ASSERTION: &str = "X-Auth-Assertion";

fn identity_names(config: &IdentityHeadersConfig, problems: &mut Vec<String>) -> IdentityNames {
    let preset = PRESETS.iter().find(|(preset, _)| *preset == config.preset).map_or([""; 5], |(_, names)| *names);
    let mut read = |key: &str, written: &Option<String>, preset: &str| {
        name_of(key, written.as_deref().unwrap_or(preset)).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        })
    };
    let assertion = match &config.assertion {
        AssertionSwitch::Flag(false) => String::new(),
        AssertionSwitch::Flag(true) => ASSERTION.to_owned(),
        AssertionSwitch::Named(name) => name.clone(),
    };
    IdentityNames {
        user_id: read("user_id", &config.user_id, preset[0]),
        role: read("role", &config.role, preset[1]),
        email: read("email", &config.email, preset[2]),
        name: read("name", &config.name, preset[3]),
        session_id: read("session_id", &config.session_id, preset[4]),
        assertion: read("assertion", &Some(assertion), ""),
    }
}

/// An empty name means that the header is not sent.
fn name_of(key: &str, written: &str) -> Result<Option<HeaderName>, String> {
    if written.is_empty() {
        return Ok(None);
    }
    let wrong = |why: &str| format!("identity_headers.{key}: \"{written}\" {why}");
    let name = HeaderName::from_bytes(written.as_bytes()).map_err(|_| wrong("is not a header name"))?;
    if written.len() > MAX_NAME || written.len() < 2 {
        return Err(wrong("is too long or too short for a header name"));
    }
    let folded = fold(written);
    if names::is_reserved(&folded) {
        return Err(wrong("has a meaning of its own"));
    }
    Ok(Some(name))
}

fn fold(name: &str) -> String {
    name.bytes().map(|b| char::from(names::folded(b))).collect()
}
