//! Opening listeners, TCP and unix, and accepting one connection of either.

use std::{
    io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::config::Config;

/// An open listener.
pub(super) enum Bound {
    /// TCP.
    Tcp(TcpListener),
    /// A unix socket.
    Unix(UnixListener, SocketFile),
}

/// An accepted connection.
pub(super) enum Accepted {
    /// TCP.
    Tcp(TcpStream, SocketAddr),
    /// Over a unix socket.
    Unix(UnixStream),
}

/// The file of a unix socket; it goes when the listener goes.
pub(super) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(%error, "the socket's file was gone");
        }
    }
}

impl Bound {
    /// The address, if it has one.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }

    /// As shown to whoever started the gateway.
    pub(super) fn url(&self, tls: bool) -> String {
        match self {
            Self::Tcp(_) => {
                let scheme = if tls { "https" } else { "http" };
                self.address().map_or_else(|| scheme.to_owned(), |address| format!("{scheme}://{address}"))
            }
            Self::Unix(_, file) => format!("unix:{}", file.0.display()),
        }
    }

    /// The next connection.
    ///
    /// # Errors
    /// Those of the system: out of descriptors, reset before it was accepted.
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Accepted::Tcp(stream, peer))
            }
            Self::Unix(listener, _) => listener.accept().await.map(|(stream, _)| Accepted::Unix(stream)),
        }
    }
}

impl Accepted {
    /// The client's address, if it has one.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(_, address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

/// Opens every listener of the configuration.
///
/// # Errors
/// When one can't be opened; the message says which and what to do.
pub(super) async fn bind(config: &Config) -> anyhow::Result<Vec<Bound>> {
    let mut bound = Vec::new();
    for listen in &config.server.listen.0 {
        bound.push(match listen.strip_prefix("unix:") {
            Some(path) => bind_unix(Path::new(path))?,
            None => Bound::Tcp(bind_tcp(listen, "server.listen").await?),
        });
    }
    Ok(bound)
}

/// Opens a TCP listener that was configured as `key`.
///
/// # Errors
/// When it can't be opened; the message says why and what to do.
pub(super) async fn bind_tcp(listen: &str, key: &str) -> anyhow::Result<TcpListener> {
    let explain = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("{key}: {listen} is in use by another program; stop it or choose another port")
        }
        io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("{key}: this user may not open {listen}; ports below 1024 need CAP_NET_BIND_SERVICE")
        }
        io::ErrorKind::AddrNotAvailable => anyhow::anyhow!("{key}: this machine has no address {listen}"),
        _ => anyhow::anyhow!("{key}: {listen} can't be opened: {error}"),
    };
    TcpListener::bind(listen).await.map_err(explain)
}

fn bind_unix(path: &Path) -> anyhow::Result<Bound> {
    let shown = path.display();
    if let Ok(found) = std::fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            bail!("server.listen: {shown} exists and is no socket");
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            bail!("server.listen: {shown} is in use by another program");
        }
        std::fs::remove_file(path).with_context(|| format!("server.listen: removing the old {shown}"))?;
    }
    let listener = UnixListener::bind(path).with_context(|| format!("server.listen: opening {shown}"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
        .with_context(|| format!("server.listen: permissions of {shown}"))?;
    Ok(Bound::Unix(listener, SocketFile(path.to_owned())))
}
