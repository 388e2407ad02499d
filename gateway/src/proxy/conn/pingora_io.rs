//! The traits that make up Pingora's `IO`, for [`Conn`].

use std::{fmt, io, sync::Arc};

use async_trait::async_trait;
use pingora::protocols::{
    ALPN, GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest, UniqueID,
    raw_connect::ProxyDigest, tls::SslDigest,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Conn, H2_PREFACE};

#[async_trait]
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Shutdown for Conn<S> {
    async fn shutdown(&mut self) {
        if let Err(error) = AsyncWriteExt::shutdown(self).await {
            tracing::trace!(%error, "the peer was gone before the connection was closed");
        }
    }
}

impl<S: AsyncWrite + Unpin> UniqueID for Conn<S> {
    fn id(&self) -> i32 {
        self.fd
    }
}

impl<S: AsyncWrite + Unpin> Ssl for Conn<S> {
    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        self.tls.clone()
    }

    fn selected_alpn_proto(&self) -> Option<ALPN> {
        self.alpn.clone()
    }
}

impl<S: AsyncWrite + Unpin> GetTimingDigest for Conn<S> {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}

impl<S: AsyncWrite + Unpin> GetProxyDigest for Conn<S> {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        Some(self.proxy.clone())
    }
}

impl<S: AsyncWrite + Unpin> GetSocketDigest for Conn<S> {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        Some(self.socket.clone())
    }
}

#[async_trait]
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Peek for Conn<S> {
    /// Reads until the h2 preface is complete or can't come any more; what was read is kept for the next read.
    async fn try_peek(&mut self, buf: &mut [u8]) -> io::Result<bool> {
        let wanted = buf.len().min(H2_PREFACE.len());
        let mut seen = Vec::with_capacity(wanted);
        while seen.len() < wanted && H2_PREFACE.starts_with(&seen) {
            let mut chunk = [0; 24];
            let n = match self.read(&mut chunk[..wanted - seen.len()]).await {
                Ok(n) => n,
                Err(error) => {
                    Shutdown::shutdown(self).await;
                    return Err(error);
                }
            };
            if n == 0 {
                break;
            }
            seen.extend_from_slice(&chunk[..n]);
        }
        buf[..seen.len()].copy_from_slice(&seen);
        buf[seen.len()..].fill(0);
        self.peeked = seen;
        Ok(true)
    }
}

impl<S: AsyncWrite + Unpin> fmt::Debug for Conn<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("fd", &self.fd).field("socket", &self.state.socket).finish_non_exhaustive()
    }
}
