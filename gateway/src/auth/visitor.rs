//! Who asks, as it is noted with a session and counted by the limits: address, program and language.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
};

use axum::extract::FromRequestParts;
use http::{Extensions, HeaderMap, header, request::Parts};

use crate::{
    app::{
        App, Client,
        audit::{Act, Actor, What},
    },
    mail::Language,
    store::Session,
};

/// Most bytes of a `User-Agent` that are kept.
const MOST_USER_AGENT: usize = 1_024;

/// Address, program and language of whoever asks; empty where unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// The address in the form it is stored in.
    pub(crate) address: String,
    /// The `User-Agent`, as sent.
    pub(crate) user_agent: String,
    /// The language that mails to them are written in.
    pub(crate) language: Language,
}

impl Visitor {
    fn of(extensions: &Extensions, headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        let mut user_agent = agent.unwrap_or_default().replace('\0', "");
        user_agent.truncate(user_agent.floor_char_boundary(MOST_USER_AGENT));
        let languages = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = Language::preferred(languages.unwrap_or_default());
        Self { address: address(extensions), user_agent, language }
    }

    /// What they did, for the audit log, as whoever they are signed in as.
    pub(crate) fn act_in(&self, session: &Session, what: What) -> Act {
        Act::within(what, session).from(&self.address, &self.user_agent)
    }

    /// What they did, for the audit log, as somebody else or as nobody.
    pub(crate) fn act_as(&self, actor: Actor, what: What) -> Act {
        Act::new(what, actor).from(&self.address, &self.user_agent)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, &parts.headers))
    }
}

/// The client's address as the proxy found it; empty when there is none, as on a unix socket.
pub(crate) fn address(extensions: &Extensions) -> String {
    let address = extensions.get::<Client>().and_then(|client| client.address);
    address.map(canonical).unwrap_or_default()
}

/// Under what a client's requests are counted: its address, or, over a unix socket that tells none, the user at the
/// other end.
pub(crate) fn counted(extensions: &Extensions) -> String {
    let client = extensions.get::<Client>();
    match client.and_then(|client| client.address).map(canonical) {
        Some(address) => address,
        None => client.and_then(|client| client.uid).map_or_else(|| "unix".to_owned(), |uid| format!("unix:{uid}")),
    }
}

/// IPv4 as it is, IPv6 as its network of 64 bits, written out in full as Better Auth stores it.
fn canonical(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => network(address),
    }
}

fn network(address: Ipv6Addr) -> String {
    let [a, b, c, d, ..] = address.segments();
    format!("{a:04x}:{b:04x}:{c:04x}:{d:04x}:0000:0000:0000:0000")
}
