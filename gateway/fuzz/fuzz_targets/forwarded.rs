//! Finding the client behind trusted proxies: never a panic, and nobody left of the right-most stranger is believed.
#![no_main]

use std::{net::IpAddr, sync::LazyLock};

use gateway::{
    config::ServerConfig,
    proxy::{
        client_addr::{Peer, Socket, TrustedProxies},
        forwarded::{Chain, Node, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO},
    },
};
use http::{HeaderMap, HeaderValue, header::FORWARDED};
use libfuzzer_sys::fuzz_target;

static TRUSTED: LazyLock<TrustedProxies> = LazyLock::new(|| {
    let trusted_proxies = vec!["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()];
    TrustedProxies::of(&ServerConfig { trusted_proxies, ..ServerConfig::default() })
});

const NAMES: [http::HeaderName; 4] = [X_FORWARDED_FOR, FORWARDED, X_FORWARDED_PROTO, X_FORWARDED_HOST];

fuzz_target!(|lines: Vec<(u8, &[u8])>| {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(NAMES[usize::from(name) % NAMES.len()].clone(), value);
        }
    }
    let socket = Socket { peer: Peer::Ip(IpAddr::from([10, 0, 0, 1])), tls: false };
    let origin = TRUSTED.origin(socket, &headers);
    let client = origin.client.expect("the peer has an address");
    let hops = Chain::read(&headers).unwrap_or_default().hops;
    let nodes = hops.iter().map(|hop| Node::parse(hop.node));
    let told = nodes.map_while(|node| if let Ok(Node::Ip(address)) = node { Some(address) } else { None });
    match told.into_iter().find(|address| !TRUSTED.trusts(Peer::Ip(*address))) {
        Some(stranger) => assert_eq!(client, stranger),
        None => assert!(TRUSTED.trusts(Peer::Ip(client))),
    }
    let outgoing = origin.outgoing(socket, &headers, "own");
    let first = outgoing.forwarded_for.as_ref().and_then(|value| value.to_str().ok()?.split(", ").next());
    assert_eq!(first.map(str::parse), Some(Ok(client)));
});
