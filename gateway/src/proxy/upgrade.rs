//! Connections to upstreams for requests that ask for an upgrade.
//!
//! Pingora 0.9.1 has two halves for a proxied request, with a pipe between them, and ends an upgraded connection when the
//! pipe says that the client's body is done. It says so once for the empty body of the handshake itself. When the
//! upstream's 101 is already there as the upstream's half first looks, it may take the 101 before that first message, which
//! then ends the new connection at once: a WebSocket that closes right after its handshake. So the first read after a
//! write steps aside once, and the message is taken first.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use http::header::UPGRADE;
use pingora::{
    Error, ErrorType, Result,
    connectors::L4Connect,
    http::RequestHeader,
    protocols::l4::{
        socket::SocketAddr,
        stream::Stream,
        virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream},
    },
    upstreams::peer::HttpPeer,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};

/// Keeps connections of this kind apart from those that serve other requests.
const GROUP: u64 = 1;
/// For upstreams without a limit of their own.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The same server, over a connection that is safe for an upgrade if the request asks for one.
pub(super) fn prepare(mut peer: HttpPeer, request: &RequestHeader) -> HttpPeer {
    if request.headers.contains_key(UPGRADE) {
        let timeout = peer.options.connection_timeout.unwrap_or(CONNECT_TIMEOUT);
        peer.options.custom_l4 = Some(Arc::new(Connect { timeout }));
        peer.group_key = GROUP;
    }
    peer
}

#[derive(Debug)]
struct Connect {
    timeout: Duration,
}

#[async_trait]
impl L4Connect for Connect {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let connected = tokio::time::timeout(self.timeout, open(address)).await;
        let socket = connected
            .map_err(|error| Error::because(ErrorType::ConnectTimedout, "connecting for an upgrade", error).into_up())?
            .map_err(|error| Error::because(kind_of(&error), "connecting for an upgrade", error).into_up())?;
        Ok(VirtualSocketStream::new(socket).into())
    }
}

fn kind_of(error: &io::Error) -> ErrorType {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorType::ConnectRefused,
        _ => ErrorType::ConnectError,
    }
}

async fn open(address: &SocketAddr) -> io::Result<Box<dyn VirtualSocket>> {
    match address {
        SocketAddr::Inet(address) => {
            let socket = TcpStream::connect(address).await?;
            socket.set_nodelay(true)?;
            Ok(Box::new(Polite { socket, steps_aside: false }))
        }
        SocketAddr::Unix(address) => {
            let path = address.as_pathname().ok_or_else(|| io::Error::other("the socket has no path"))?;
            Ok(Box::new(Polite { socket: UnixStream::connect(path).await?, steps_aside: false }))
        }
    }
}

/// A socket whose first read after a write lets others go first.
#[derive(Debug)]
struct Polite<S> {
    socket: S,
    steps_aside: bool,
}

impl<S: AsyncRead + Unpin> AsyncRead for Polite<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.steps_aside) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Polite<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.steps_aside = true;
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug> VirtualSocket for Polite<S> {
    fn set_socket_option(&self, _option: VirtualSockOpt) -> io::Result<()> {
        Ok(())
    }
}
