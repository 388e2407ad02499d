//! The accept loop: bounded connections, one task each, and the drain at the end.

use std::{io, net::SocketAddr, os::fd::AsRawFd, sync::Arc, time::Duration};

use pingora::{
    apps::{HttpServerApp, ServerApp},
    protocols::{ALPN, tls::SslDigest},
    proxy::HttpProxy,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{
    bind::{Accepted, Bound},
    crowd::Crowd,
};
use crate::{
    app::App,
    proxy::{
        Gateway,
        conn::{Conn, ConnState, HeadLimits},
    },
    telemetry::Metrics,
};

/// How long accepting pauses when the process has run out of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections and gives them to the proxy.
pub(super) struct Front {
    proxy: Arc<HttpProxy<Gateway>>,
    tls: Option<TlsAcceptor>,
    limits: HeadLimits,
    most: u32,
    live: Arc<Semaphore>,
    by_address: Arc<Crowd>,
    grace: Duration,
    metrics: Metrics,
}

impl Front {
    /// With the limits of the configuration.
    pub(super) fn new(app: &App, proxy: HttpProxy<Gateway>, tls: Option<TlsAcceptor>) -> Self {
        let server = &app.config.server;
        let most = u32::try_from(server.max_connections).unwrap_or(u32::MAX).max(1);
        Self {
            proxy: Arc::new(proxy),
            tls,
            limits: HeadLimits { timeout: server.request_header_timeout.0, bytes: server.max_header_size.bytes() },
            most,
            live: Arc::new(Semaphore::new(most as usize)),
            by_address: Arc::new(Crowd::new(server.max_connections_per_address)),
            grace: server.shutdown_grace.0,
            metrics: app.metrics.clone(),
        }
    }

    /// Accepts until `stop`, then closes what is idle and waits for what runs, at most the grace period.
    pub(super) async fn run(self, bound: Vec<Bound>, stop: CancellationToken) {
        let front = Arc::new(self);
        let (shutdown, watch) = watch::channel(false);
        let loops: Vec<_> = bound
            .into_iter()
            .map(|bound| tokio::spawn(front.clone().accept(bound, watch.clone(), stop.clone())))
            .collect();
        for accepting in loops {
            if let Err(error) = accepting.await {
                tracing::error!(%error, "a listener broke off");
            }
        }
        tracing::info!(grace_ms = front.grace.as_millis(), "stopping: no new connections, running requests finish");
        shutdown.send_replace(true);
        front.proxy.http_cleanup().await;
        if timeout(front.grace, front.live.acquire_many(front.most)).await.is_err() {
            tracing::warn!("some requests did not finish within server.shutdown_grace");
        }
    }

    async fn accept(self: Arc<Self>, bound: Bound, watch: watch::Receiver<bool>, stop: CancellationToken) {
        loop {
            let permit = tokio::select! {
                permit = self.live.clone().acquire_owned() => permit,
                () = stop.cancelled() => return,
            };
            let Ok(permit) = permit else { return };
            let accepted = tokio::select! {
                accepted = bound.accept() => accepted,
                () = stop.cancelled() => return,
            };
            match accepted {
                Ok(accepted) => {
                    tokio::spawn(self.clone().carry(accepted, permit, watch.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn carry(self: Arc<Self>, accepted: Accepted, permit: OwnedSemaphorePermit, watch: watch::Receiver<bool>) {
        let _permit = permit;
        let Some(_place) = self.by_address.enter(accepted.address().map(|address| address.ip().to_canonical())) else {
            return;
        };
        let _open = Open::count(&self.metrics);
        match accepted {
            Accepted::Tcp(stream, address) => match &self.tls {
                Some(tls) => self.process_tls(tls, stream, address, &watch).await,
                None => {
                    let (fd, state) = (stream.as_raw_fd(), ConnState::new(Some(address), false));
                    self.process(Conn::new(stream, fd, state, self.limits), &watch).await;
                }
            },
            Accepted::Unix(stream) => {
                let uid = stream.peer_cred().ok().map(|peer| peer.uid());
                let (fd, state) = (stream.as_raw_fd(), ConnState::unix(uid));
                self.process(Conn::new(stream, fd, state, self.limits), &watch).await;
            }
        }
    }

    async fn process_tls(
        &self,
        tls: &TlsAcceptor,
        stream: TcpStream,
        address: SocketAddr,
        watch: &watch::Receiver<bool>,
    ) {
        let fd = stream.as_raw_fd();
        let Ok(Ok(stream)) = timeout(self.limits.timeout, tls.accept(stream)).await else { return };
        let (alpn, digest) = {
            let session = stream.get_ref().1;
            let alpn = if session.alpn_protocol() == Some(b"h2") { ALPN::H2 } else { ALPN::H1 };
            let cipher = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("");
            let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or("");
            (alpn, SslDigest::new(cipher, version, None, None, Vec::new()))
        };
        let conn = Conn::new(stream, fd, ConnState::new(Some(address), true), self.limits);
        self.process(conn.map(|conn| conn.with_tls(digest, alpn)), watch).await;
    }

    async fn process<S>(&self, conn: io::Result<Conn<S>>, watch: &watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
    {
        match conn {
            Ok(conn) => {
                self.proxy.process_new(Box::new(conn), watch).await;
            }
            Err(error) => tracing::error!(%error, "a connection could not be set up"),
        }
    }
}

/// Counts an open connection for as long as it lives.
struct Open(Metrics);

impl Open {
    fn count(metrics: &Metrics) -> Self {
        metrics.connections.inc();
        Self(metrics.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.dec();
    }
}
