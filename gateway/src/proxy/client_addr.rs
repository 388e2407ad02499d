//! Where a request comes from: the socket, or what configured proxies say. Nobody else is believed.
//!
//! The client is the right-most hop that is no trusted proxy. A hidden hop ends the walk at the last address known;
//! a hop that can't be read makes the peer the client. What stands left of the client is the client's own claim:
//! it is neither believed nor passed on.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::Write as _,
    net::{IpAddr, Ipv6Addr},
};

use http::{HeaderMap, HeaderValue, header::FORWARDED};
use ipnet::IpNet;

use super::{
    forwarded::{Chain, Malformed, Node},
    host::normal_host,
};
use crate::config::ServerConfig;

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// TCP.
    Ip(IpAddr),
    /// A unix socket.
    Unix,
}

/// A connection as far as the origin of its requests is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Socket {
    /// The other end.
    pub peer: Peer,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// Peers that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    unix: bool,
}

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The client's address; none behind a unix socket whose peer does not tell.
    pub client: Option<IpAddr>,
    /// Whether the client speaks https.
    pub https: bool,
    /// Host that the client asked for, in its normal spelling, when a trusted proxy tells another.
    pub host: Option<Cow<'a, str>>,
    /// The same with its port, as it was written.
    pub authority: Option<&'a str>,
    /// Whether the peer is a trusted proxy.
    pub peer_is_trusted: bool,
    /// Trusted proxies between client and gateway, nearest to the client first, the peer left out.
    proxies: Vec<IpAddr>,
}

/// Headers about the origin as the upstream gets them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// `X-Forwarded-For`: the client first, then the proxies that were believed; none if no address is known.
    pub forwarded_for: Option<HeaderValue>,
    /// `X-Forwarded-Proto`
    pub forwarded_proto: HeaderValue,
    /// `X-Forwarded-Host`
    pub forwarded_host: Option<HeaderValue>,
    /// `Forwarded`: only to continue one that a trusted proxy began.
    pub forwarded: Option<HeaderValue>,
}

impl TrustedProxies {
    /// Those of the configuration.
    pub fn of(config: &ServerConfig) -> Self {
        Self { networks: config.trusted_networks(), unix: config.trusts_unix() }
    }

    /// Whether this peer is believed.
    pub fn trusts(&self, peer: Peer) -> bool {
        match peer {
            Peer::Ip(address) => self.trusts_address(address),
            Peer::Unix => self.unix,
        }
    }

    /// Finds out where a request comes from.
    pub fn origin<'a>(&self, socket: Socket, headers: &'a HeaderMap) -> Origin<'a> {
        let client = match socket.peer {
            Peer::Ip(address) => Some(address.to_canonical()),
            Peer::Unix => None,
        };
        let peer_is_trusted = self.trusts(socket.peer);
        let direct =
            Origin { client, https: socket.tls, host: None, authority: None, peer_is_trusted, proxies: Vec::new() };
        if !peer_is_trusted {
            return direct;
        }
        let Ok(chain) = Chain::read(headers) else { return direct };
        match self.walk(&chain) {
            Ok(walk) => direct.believing(walk),
            Err(Malformed) => direct,
        }
    }

    fn walk<'a>(&self, chain: &Chain<'a>) -> Result<Walk<'a>, Malformed> {
        let mut walk = Walk { known: Vec::new(), proto: chain.proto, host: chain.host };
        for hop in &chain.hops {
            let node = Node::parse(hop.node)?;
            walk.proto = hop.proto.or(walk.proto);
            walk.host = hop.host.or(walk.host);
            let Node::Ip(address) = node else { break };
            walk.known.push(address);
            if !self.trusts_address(address) {
                break;
            }
        }
        Ok(walk)
    }

    fn trusts_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// What was believed.
struct Walk<'a> {
    /// Nearest first; the last one is the client.
    known: Vec<IpAddr>,
    proto: Option<&'a str>,
    host: Option<&'a str>,
}

impl<'a> Origin<'a> {
    fn believing(self, mut walk: Walk<'a>) -> Self {
        let client = walk.known.pop().or(self.client);
        walk.known.reverse();
        let https = match walk.proto {
            Some(proto) if proto.eq_ignore_ascii_case("https") || proto.eq_ignore_ascii_case("wss") => true,
            Some(proto) if proto.eq_ignore_ascii_case("http") || proto.eq_ignore_ascii_case("ws") => false,
            _ => self.https,
        };
        let host = walk.host.and_then(|written| normal_host(written).ok());
        let authority = walk.host.filter(|_| host.is_some());
        Self { client, https, host, authority, proxies: walk.known, ..self }
    }

    /// What the upstream is told. `authority` is the request's own host and port.
    pub fn outgoing(&self, socket: Socket, headers: &HeaderMap, authority: &str) -> Outgoing {
        let scheme = if self.https { "https" } else { "http" };
        let authority = self.authority.unwrap_or(authority);
        let mut outgoing = Outgoing {
            forwarded_for: None,
            forwarded_proto: HeaderValue::from_static(scheme),
            forwarded_host: value(authority),
            forwarded: None,
        };
        if !self.peer_is_trusted {
            outgoing.forwarded_for = self.client.and_then(address_value);
            return outgoing;
        }
        let addresses = self.addresses(socket.peer);
        outgoing.forwarded_for = value(&joined(&addresses)).filter(|_| !addresses.is_empty());
        if headers.contains_key(FORWARDED) {
            outgoing.forwarded = value(&forwarded(&addresses, scheme, authority));
        }
        outgoing
    }

    /// Client, proxies, peer.
    fn addresses(&self, peer: Peer) -> Vec<IpAddr> {
        let peer = match peer {
            Peer::Ip(address) => Some(address.to_canonical()),
            Peer::Unix => None,
        };
        let mut addresses: Vec<IpAddr> = self.client.into_iter().chain(self.proxies.iter().copied()).collect();
        if self.client != peer || !self.proxies.is_empty() {
            addresses.extend(peer);
        }
        addresses
    }
}

/// The key under which a client is counted: an IPv6 client has a whole /64 to itself.
pub fn rate_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

/// One address without a detour over the heap.
fn address_value(address: IpAddr) -> Option<HeaderValue> {
    let mut buffer = [0; 45];
    let mut rest = &mut buffer[..];
    write!(rest, "{address}").ok()?;
    let left = rest.len();
    HeaderValue::from_bytes(&buffer[..buffer.len() - left]).ok()
}

fn joined(addresses: &[IpAddr]) -> String {
    let mut text = String::new();
    for address in addresses {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing to a String can't fail.
        let _ = write!(text, "{separator}{address}");
    }
    text
}

fn forwarded(addresses: &[IpAddr], scheme: &str, authority: &str) -> String {
    let mut text = String::new();
    for address in addresses {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = match address {
            IpAddr::V4(address) => write!(text, "{separator}for={address}"),
            IpAddr::V6(address) => write!(text, "{separator}for=\"[{address}]\""),
        };
        if separator.is_empty() {
            let _ = write!(text, ";host=\"{authority}\";proto={scheme}");
        }
    }
    text
}

fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}
