//! Headers that carry identity or origin: which of the client's are taken out, which of ours are put in.
//!
//! A client's header is taken out when its name equals one of ours *after lower-casing and reading every character
//! that is neither letter nor digit as a dash*, because upstreams fold names in that way (`X_User_Id` and `X-User-Id`
//! are the same variable in CGI and WSGI). The names of all presets are taken out whichever preset is in use.

mod names;

use http::{HeaderMap, HeaderName, HeaderValue, header::CONNECTION};

use self::names::{Names, Scope};
use crate::config::{AssertionSwitch, HeaderPreset, IdentityField, IdentityHeadersConfig};
use crate::identity::header_values::IdentityValues;

/// Longest name of an identity header.
pub const MAX_NAME: usize = 64;

/// What happens to a request's headers, compiled once.
#[derive(Debug)]
pub struct HeaderPlan {
    names: Vec<(IdentityField, HeaderName)>,
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
        let (mut names, mut problems) = (Vec::new(), Vec::new());
        for (field, written) in config.names() {
            match compile_name(&written) {
                Ok(name)
                    if names.iter().any(|(_, other): &(_, HeaderName)| fold(other.as_str()) == fold(name.as_str())) =>
                {
                    problems.push(format!("identity_headers.{}: \"{written}\" is used twice", field.key()));
                }
                Ok(name) => names.push((field, name)),
                Err(why) => problems.push(format!("identity_headers.{}: \"{written}\" {why}", field.key())),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut guarded: Vec<String> = names.iter().map(|(_, name)| fold(name.as_str())).collect();
        guarded.extend(PRESETS.iter().flat_map(|preset| names_of(*preset)));
        Ok(Self { names, guarded: Names::with_identity(&guarded) })
    }

    /// The name under which a field is sent, if it is.
    pub fn name_of(&self, field: IdentityField) -> Option<&HeaderName> {
        self.names.iter().find(|(other, _)| *other == field).map(|(_, name)| name)
    }

    /// Whether a client's header has to go: identity and override headers always, the headers by which proxies tell
    /// addresses, hosts, schemes and certificates unless the peer is a trusted proxy. What the gateway writes itself
    /// (`Forwarded`, `X-Forwarded-For` …) always goes and is rebuilt. Allocates nothing.
    pub fn must_strip(&self, name: &str, peer_is_trusted: bool) -> bool {
        match self.guarded.scope(name.as_bytes()) {
            Some(Scope::Always) => true,
            Some(Scope::Untrusted) => !peer_is_trusted,
            None => false,
        }
    }

    /// Looks for guarded names in `Connection`: what a client names there is taken out later, and nobody may have the
    /// identity, framing, host, credentials or origin of a request taken out.
    pub fn connection(&self, headers: &HeaderMap) -> ConnectionFix {
        let lines = || headers.get_all(CONNECTION).iter();
        if lines().all(|line| self.names_nothing_guarded(line)) {
            return ConnectionFix::AsIs;
        }
        let kept: Vec<&str> = lines().flat_map(tokens).filter(|token| !self.guards(token)).collect();
        match HeaderValue::from_str(&kept.join(", ")) {
            Ok(value) if !kept.is_empty() => ConnectionFix::Replace(value),
            _ => ConnectionFix::Remove,
        }
    }

    /// The identity headers of a request but for the assertion: each exactly once, empty for nobody.
    pub fn identity<'a>(
        &'a self,
        values: Option<&'a IdentityValues>,
    ) -> impl Iterator<Item = (&'a HeaderName, HeaderValue)> {
        let sent = self.names.iter().filter(|(field, _)| *field != IdentityField::Assertion);
        sent.map(move |(field, name)| {
            let value = values.and_then(|values| values.field(*field));
            (name, value.unwrap_or(HeaderValue::from_static("")))
        })
    }

    fn names_nothing_guarded(&self, line: &HeaderValue) -> bool {
        line.to_str().is_ok() && !tokens(line).any(|token| self.guards(token))
    }

    fn guards(&self, token: &str) -> bool {
        names::is_framing(token.as_bytes()) || self.guarded.scope(token.as_bytes()).is_some()
    }
}

/// The comma-separated words of a header line; of none when it is not text.
fn tokens(line: &HeaderValue) -> impl Iterator<Item = &str> {
    line.to_str().unwrap_or_default().split(',').map(str::trim).filter(|token| !token.is_empty())
}

const PRESETS: [HeaderPreset; 4] =
    [HeaderPreset::Default, HeaderPreset::Remote, HeaderPreset::Forwarded, HeaderPreset::AuthRequest];

/// The folded names of a preset.
fn names_of(preset: HeaderPreset) -> Vec<String> {
    let config =
        IdentityHeadersConfig { preset, assertion: AssertionSwitch::Flag(true), ..IdentityHeadersConfig::default() };
    config.names().iter().map(|(_, name)| fold(name)).collect()
}

/// The error is the rest of a sentence.
fn compile_name(written: &str) -> Result<HeaderName, &'static str> {
    let name = HeaderName::from_bytes(written.as_bytes()).map_err(|_| "is not a header name")?;
    if written.len() > MAX_NAME || written.len() < 2 {
        return Err("is too long or too short for a header name");
    }
    if names::is_reserved(&fold(written)) {
        return Err("has a meaning of its own");
    }
    Ok(name)
}

fn fold(name: &str) -> String {
    name.bytes().map(|b| char::from(names::folded(b))).collect()
}
