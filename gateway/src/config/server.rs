//! `[server]`, `[tls]`, `[database]`, `[telemetry]`.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;

use super::units::{Period, Secret, Size};

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Addresses to listen on: `host:port` or `unix:/path`; one or a list. Port 0 picks one.
    pub listen: Listen,
    /// Address of `/metrics`, `/healthz` and `/readyz`; empty turns them off.
    pub admin_listen: String,
    /// The origin that browsers see. Empty: `http://localhost:<port of the first listener>` (https with certificates).
    pub public_url: String,
    /// Peers whose `Forwarded` and `X-Forwarded-*` are believed: addresses, CIDRs or `unix`.
    pub trusted_proxies: Vec<String>,
    /// Worker threads; 0 means one per core.
    pub threads: usize,
    /// How long running requests may take to end after SIGTERM.
    pub shutdown_grace: Period,
    /// How long a client may take to send a request head.
    pub request_header_timeout: Period,
    /// Largest request head.
    pub max_header_size: Size,
    /// Largest body of a proxied request.
    pub max_body_size: Size,
    /// Most connections held at once.
    pub max_connections: usize,
    /// Most connections held at once by one client address (IPv6: one /64).
    pub max_connections_per_address: usize,
    /// How long an idle keep-alive connection is kept.
    pub keep_alive: Period,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: Listen(vec!["127.0.0.1:8080".into()]),
            admin_listen: "127.0.0.1:9090".into(),
            public_url: String::new(),
            trusted_proxies: Vec::new(),
            threads: 0,
            shutdown_grace: Period::seconds(30),
            request_header_timeout: Period::seconds(10),
            max_header_size: Size::kib(64),
            max_body_size: Size::mib(100),
            max_connections: 10_000,
            max_connections_per_address: 1_000,
            keep_alive: Period::seconds(75),
        }
    }
}

/// One address or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Listen(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected an address such as \"127.0.0.1:8080\" or a list of them")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Listen {
    fn from(value: OneOrMany) -> Self {
        match value {
            OneOrMany::One(one) => Self(vec![one]),
            OneOrMany::Many(many) => Self(many),
        }
    }
}

impl ServerConfig {
    /// The networks of `trusted_proxies`; entries that are no network (`unix`, or malformed) are left out.
    pub fn trusted_networks(&self) -> Vec<IpNet> {
        self.trusted_proxies.iter().filter_map(|entry| parse_network(entry)).collect()
    }

    /// Whether peers on a unix socket are trusted proxies.
    pub fn trusts_unix(&self) -> bool {
        self.trusted_proxies.iter().any(|entry| entry == "unix")
    }
}

/// A CIDR, or a single address as the network that holds only it.
pub(super) fn parse_network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

/// `[tls]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Chosen by SNI; the first is the default.
    pub certificates: Vec<Certificate>,
}

/// A certificate chain and its private key, both PEM.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Certificate {
    /// File with the chain, leaf first.
    pub cert: PathBuf,
    /// File with the private key.
    pub key: PathBuf,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://file` or `postgres://…`. It may hold a password.
    pub url: Secret,
    /// Most connections of the pool.
    pub max_connections: u32,
    /// Bring the schema up to date at start.
    pub migrate: bool,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: Secret::new("sqlite://gateway.db"), max_connections: 10, migrate: true }
    }
}

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Form of log lines.
    pub log: LogFormat,
    /// Least level that is logged, or a filter such as `info,sqlx=warn`.
    pub level: String,
    /// OTLP collector; empty means no traces leave.
    pub otlp_endpoint: String,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { log: LogFormat::Text, level: "info".into(), otlp_endpoint: String::new() }
    }
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line per event.
    Text,
    /// One JSON object per event.
    Json,
}
