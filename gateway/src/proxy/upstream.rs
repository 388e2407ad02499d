//! Upstreams: named groups of servers, which of them is asked next, and how it is reached.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use pingora::{
    lb::{
        Backend,
        health_check::{HealthCheck, HttpHealthCheck},
    },
    protocols::ALPN,
    upstreams::peer::{HttpPeer, PeerOptions},
};
use tokio_util::sync::CancellationToken;

use crate::config::{HealthConfig, UpstreamConfig};

/// How often the names of servers are looked up again.
const RESOLVE_EVERY: Duration = Duration::from_secs(15);
/// How long one lookup may take.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// All upstreams by name.
pub type Upstreams = BTreeMap<String, Arc<Upstream>>;

/// A named group of servers.
pub struct Upstream {
    name: String,
    servers: Vec<Server>,
    next: AtomicUsize,
    health: Option<HealthConfig>,
    retries: usize,
}

struct Server {
    /// `host:port`, or the path of a socket.
    address: Address,
    tls: Option<String>,
    options: PeerOptions,
    /// Ready to be cloned for a request; none until its name has been resolved.
    peer: ArcSwapOption<HttpPeer>,
    well: AtomicBool,
}

enum Address {
    Name(String),
    Unix(String),
}

/// A server that can't be used as written.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not a server; write host:port, http://…, https://…, h2c://… or unix:/path")]
pub struct BadServer(String);

impl Upstream {
    /// Compiles the configuration; `whoami` is where the built-in upstream listens.
    ///
    /// # Errors
    /// When a server is written in a form that means nothing.
    pub fn compile(name: &str, config: &UpstreamConfig, whoami: Option<SocketAddr>) -> Result<Self, BadServer> {
        let servers =
            config.servers.iter().map(|server| Server::compile(server, config, whoami)).collect::<Result<_, _>>()?;
        Ok(Self {
            name: name.to_owned(),
            servers,
            next: AtomicUsize::new(0),
            health: config.health.clone(),
            retries: config.retries,
        })
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How often another connection is tried.
    pub fn retries(&self) -> usize {
        self.retries
    }

    /// The next server in turn that is well; if none is, the next in turn that has an address at all.
    pub fn choose(&self) -> Option<HttpPeer> {
        let count = self.servers.len();
        let start = if count > 1 { self.next.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let in_turn = || (0..count).map(|step| &self.servers[(start.wrapping_add(step)) % count]);
        let well = in_turn().filter(|server| server.well.load(Ordering::Relaxed)).find_map(Server::peer);
        well.or_else(|| in_turn().find_map(Server::peer))
    }

    /// Keeps addresses current and asks servers whether they are well, until told to stop.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let resolve = async {
            loop {
                self.resolve().await;
                tokio::time::sleep(RESOLVE_EVERY).await;
            }
        };
        let check = async {
            let Some(health) = &self.health else { return std::future::pending().await };
            loop {
                for server in &self.servers {
                    server.check(&self.name, health).await;
                }
                tokio::time::sleep(health.interval.0).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = resolve => {}
            () = check => {}
        }
    }

    /// Looks up the servers' names once.
    pub async fn resolve(&self) {
        for server in &self.servers {
            server.resolve(&self.name).await;
        }
    }
}

impl Server {
    fn compile(text: &str, config: &UpstreamConfig, whoami: Option<SocketAddr>) -> Result<Self, BadServer> {
        let bad = || BadServer(text.to_owned());
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest.trim_end_matches('/')),
            None => ("http", text),
        };
        let mut options = options(config);
        let (address, tls) = if text == "builtin:whoami" {
            (Address::Name(whoami.ok_or_else(bad)?.to_string()), None)
        } else if let Some(path) = text.strip_prefix("unix:") {
            (Address::Unix(path.to_owned()), None)
        } else {
            let (port, tls) = match scheme {
                "http" => (80, false),
                "https" => (443, true),
                "h2c" => (80, false),
                _ => return Err(bad()),
            };
            let (host, address) = host_and_address(rest, port).ok_or_else(bad)?;
            (Address::Name(address), tls.then_some(host))
        };
        if scheme == "h2c" {
            options.alpn = ALPN::H2;
        }
        let tls = tls.map(|host| if config.tls_name.is_empty() { host } else { config.tls_name.clone() });
        Ok(Self { address, tls, options, peer: ArcSwapOption::empty(), well: AtomicBool::new(true) })
    }

    fn peer(&self) -> Option<HttpPeer> {
        self.peer.load().as_deref().cloned()
    }

    async fn resolve(&self, upstream: &str) {
        let sni = self.tls.clone().unwrap_or_default();
        let peer = match &self.address {
            Address::Unix(path) => HttpPeer::new_uds(path, self.tls.is_some(), sni).ok(),
            Address::Name(name) => {
                let found = tokio::time::timeout(RESOLVE_TIMEOUT, tokio::net::lookup_host(name)).await;
                let address = found.ok().and_then(Result::ok).and_then(|mut found| found.next());
                address.map(|address| HttpPeer::new(address, self.tls.is_some(), sni))
            }
        };
        match peer {
            Some(mut peer) => {
                peer.options = self.options.clone();
                self.peer.store(Some(Arc::new(peer)));
            }
            None if self.peer.load().is_none() => {
                tracing::warn!(upstream.name = upstream, "a server's name can't be resolved");
            }
            None => tracing::debug!(
                upstream.name = upstream,
                "a server's name can't be resolved now; its last address is kept"
            ),
        }
    }

    async fn check(&self, upstream: &str, health: &HealthConfig) {
        let Some(peer) = self.peer.load_full() else { return };
        let host = if peer.sni.is_empty() { "localhost" } else { &peer.sni };
        let mut probe = HttpHealthCheck::new(host, self.tls.is_some());
        if let Ok(path) = health.path.parse() {
            probe.req.set_uri(path);
        }
        probe.peer_template.options = self.options.clone();
        probe.peer_template.options.read_timeout = Some(health.interval.0);
        probe.validator = Some(Box::new(|head| {
            let well = head.status.is_success() || head.status.is_redirection();
            if well {
                Ok(())
            } else {
                pingora::Error::e_explain(pingora::ErrorType::CustomCode("unwell", head.status.as_u16()), "health")
            }
        }));
        let backend = Backend { addr: peer._address.clone(), weight: 1, ext: http::Extensions::new() };
        let well = probe.check(&backend).await.is_ok();
        if self.well.swap(well, Ordering::Relaxed) != well {
            tracing::warn!(upstream.name = upstream, server.well = well, "a server's health changed");
        }
    }
}

fn options(config: &UpstreamConfig) -> PeerOptions {
    let mut options = PeerOptions::new();
    options.connection_timeout = Some(config.connect_timeout.0);
    options.total_connection_timeout = Some(config.connect_timeout.0 * 2);
    options.read_timeout = Some(config.read_timeout.0);
    options.write_timeout = Some(config.write_timeout.0);
    options.idle_timeout = Some(config.idle_timeout.0);
    options.verify_cert = !config.tls_insecure;
    options.verify_hostname = !config.tls_insecure;
    options
}

/// Splits `host`, `host:port`, `[v6]:port`: the host for SNI, and what can be looked up.
fn host_and_address(text: &str, default_port: u16) -> Option<(String, String)> {
    if text.is_empty() || text.contains(['/', '?', '#', '@', ' ']) {
        return None;
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(v6) => {
            let (host, rest) = v6.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, rest.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port: u16 = port.map_or(Some(default_port), |port| port.parse().ok())?;
    if host.is_empty() {
        return Some(("127.0.0.1".into(), format!("127.0.0.1:{port}")));
    }
    let address = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    Some((host.to_owned(), address))
}
