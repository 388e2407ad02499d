//! Addresses as they are written: where to listen, and which servers an upstream has.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

use super::load::wording::nearest;

/// Longest path of a unix socket the operating system takes.
const MAX_SOCKET_PATH: usize = 107;

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// `host:port`; port 0 picks a free one.
    Tcp {
        /// Name or address, IPv6 without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// `unix:/path`
    Unix(PathBuf),
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return socket_path(text, path).map(Self::Unix);
        }
        if text.contains("://") {
            return Err(format!("{text:?} is a URL; write only the address, such as \"127.0.0.1:8080\""));
        }
        let port_only = text.strip_prefix(':').unwrap_or(text);
        if let Ok(port) = port_only.parse::<u16>() {
            return Err(format!(
                "{text:?} names no address; write \"127.0.0.1:{port}\" to be reached from this machine only, \
                 or \"0.0.0.0:{port}\" from everywhere"
            ));
        }
        let (host, port) =
            host_and_port(text).map_err(|why| format!("{text:?} {why}; write one such as \"127.0.0.1:8080\""))?;
        let port = port.ok_or_else(|| format!("{text:?} has no port; write \"{text}:8080\""))?;
        Ok(Self::Tcp { host, port })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write_authority(f, host, *port),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// One server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerAddress {
    /// Reached over the network.
    Tcp {
        /// What is spoken.
        scheme: Scheme,
        /// Name or address, IPv6 without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// HTTP/1.1 over a socket file.
    Unix(PathBuf),
    /// `builtin:whoami`: answers with what an upstream would have received.
    Whoami,
}

/// What is spoken with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP/1.1
    Http,
    /// HTTP/1.1 or HTTP/2 over TLS
    Https,
    /// HTTP/2 without TLS
    H2c,
}

impl FromStr for ServerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return socket_path(text, path).map(Self::Unix);
        }
        if let Some(name) = text.strip_prefix("builtin:") {
            return match name {
                "whoami" => Ok(Self::Whoami),
                _ => Err(format!("{text:?} is unknown; the only built-in upstream is \"builtin:whoami\"")),
            };
        }
        let (scheme, default_port, authority) = match text.split_once("://") {
            None => (Scheme::Http, None, text),
            Some(("http", rest)) => (Scheme::Http, Some(80), rest),
            Some(("https", rest)) => (Scheme::Https, Some(443), rest),
            Some(("h2c", rest)) => (Scheme::H2c, Some(80), rest),
            Some((other, rest)) => {
                let near = nearest(other, ["http", "https", "h2c"]).unwrap_or("http");
                return Err(format!("{text:?} has an unknown scheme; did you mean \"{near}://{rest}\"?"));
            }
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        if let Some(at) = authority.find(['/', '?', '#']) {
            let server = &text[..text.len() - (authority.len() - at)];
            return Err(format!("{text:?} has a path; a server has none, requests keep their own: write \"{server}\""));
        }
        let authority = if authority.starts_with(':') { format!("127.0.0.1{authority}") } else { authority.to_owned() };
        let (host, port) = host_and_port(&authority).map_err(|why| {
            format!("{text:?} {why}; write one such as \"127.0.0.1:8000\" or \"https://api.example.com\"")
        })?;
        match port.or(default_port) {
            Some(0) => Err(format!("{text:?} has port 0, which nothing can answer on")),
            Some(port) => Ok(Self::Tcp { scheme, host, port }),
            None => Err(format!("{text:?} has no port; write \"{text}:8000\"")),
        }
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { scheme, host, port } => {
                f.write_str(match scheme {
                    Scheme::Http => "http://",
                    Scheme::Https => "https://",
                    Scheme::H2c => "h2c://",
                })?;
                write_authority(f, host, *port)
            }
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Whoami => f.write_str("builtin:whoami"),
        }
    }
}

fn write_authority(f: &mut fmt::Formatter<'_>, host: &str, port: u16) -> fmt::Result {
    if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
}

fn socket_path(text: &str, path: &str) -> Result<PathBuf, String> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if !path.starts_with('/') {
        return Err(format!("{text:?} needs an absolute path, such as \"unix:/run/gateway.sock\""));
    }
    if path.len() > MAX_SOCKET_PATH {
        return Err(format!("{text:?} is too long for a socket; the path may have {MAX_SOCKET_PATH} bytes"));
    }
    Ok(PathBuf::from(path))
}

/// Splits `host:port`, `[v6]:port` or `host`. The error is a half sentence.
fn host_and_port(text: &str) -> Result<(String, Option<u16>), &'static str> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or("lacks a closing ]")?;
        let address: IpAddr = host.parse().map_err(|_| "holds no IPv6 address in its brackets")?;
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port_number(port)?),
            None if port.is_empty() => None,
            None => return Err("is no address"),
        };
        return Ok((address.to_string(), port));
    }
    if text.matches(':').count() > 1 {
        return Err("is no address; an IPv6 address needs brackets, as in \"[::1]:8080\"");
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port_number(port)?)),
        None => (text, None),
    };
    if is_host(host) { Ok((host.to_ascii_lowercase(), port)) } else { Err("is no address") }
}

fn port_number(text: &str) -> Result<u16, &'static str> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or("has a wrong port; ports are numbers up to 65535")
}

/// Whether `text` can be a host name or an IPv4 address.
pub(super) fn is_host(text: &str) -> bool {
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let label = |label: &str| {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(legal) && !label.starts_with('-') && !label.ends_with('-')
    };
    if numeric { text.parse::<std::net::Ipv4Addr>().is_ok() } else { text.len() <= 253 && text.split('.').all(label) }
}
