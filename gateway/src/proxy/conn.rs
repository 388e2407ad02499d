//! `Conn`: the transport that Pingora reads and writes. Carries the peer, the deadline of request heads and a write
//! buffer. Knows nothing of HTTP beyond "a head is being read" and the h2 preface.

mod cutting;
mod pingora_io;

use std::{
    future::Future,
    io,
    net::SocketAddr,
    os::fd::RawFd,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use http::HeaderValue;
use pingora::{
    http::ResponseHeader,
    protocols::{ALPN, SocketDigest, l4::socket::SocketAddr as PingoraAddr, raw_connect::ProxyDigest, tls::SslDigest},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf},
    time::{Instant, Sleep},
};

use self::cutting::{Cut, Frames};
use super::{
    client_addr::{Peer, Socket},
    head_scan::{Fault, HeadScan},
};

/// One Ethernet frame's worth: small answers leave in one write.
const WRITE_BUFFER: usize = 1460;
/// What an HTTP/2 client sends first.
const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What may be read of a body, or of HTTP/2, before the head that it belongs to has been seen.
const READ_AHEAD: usize = 64 << 10;
/// How long, and how much, is still read after an answer that came before the end of the request, so that it arrives.
const LINGER: Duration = Duration::from_secs(2);
const MOST_LINGERING: usize = 64 << 20;

/// A request head is being read: the deadline runs and bytes are counted.
const HEAD: u8 = 0;
/// A request is being served: no deadline of ours.
const RUN: u8 = 1;
/// Between requests of a kept-alive connection: the next byte starts a head.
const IDLE: u8 = 2;

/// What is known of a connection, shared with every request on it.
#[derive(Debug)]
pub struct ConnState {
    /// The other end, and whether it speaks TLS.
    pub socket: Socket,
    /// `X-Forwarded-For` of a client that comes without a trusted proxy.
    pub forwarded_for: Option<HeaderValue>,
    /// The user at the other end of a unix socket.
    pub uid: Option<u32>,
    address: Option<SocketAddr>,
    phase: AtomicU8,
    lingers: AtomicBool,
    cut: Cut,
    /// Whether it has become a WebSocket.
    is_websocket: AtomicBool,
}

impl ConnState {
    /// State of a new connection, waiting for its first head.
    pub fn new(address: Option<SocketAddr>, tls: bool) -> Self {
        let peer = address.map_or(Peer::Unix, |address| Peer::Ip(address.ip().to_canonical()));
        let forwarded_for =
            address.and_then(|address| HeaderValue::try_from(address.ip().to_canonical().to_string()).ok());
        Self {
            socket: Socket { peer, tls },
            forwarded_for,
            uid: None,
            address,
            phase: AtomicU8::new(HEAD),
            lingers: AtomicBool::new(false),
            cut: Cut::default(),
            is_websocket: AtomicBool::new(false),
        }
    }

    /// State of a new connection over a unix socket.
    pub fn unix(uid: Option<u32>) -> Self {
        Self { uid, ..Self::new(None, false) }
    }

    /// A head has been read: the deadline stops.
    pub fn head_done(&self) {
        self.phase.store(RUN, Ordering::Relaxed);
    }

    /// A request is answered before its body has been read: closing has to wait for the client.
    pub fn linger(&self) {
        self.lingers.store(true, Ordering::Relaxed);
    }

    /// The answer has been sent: the next byte belongs to the next head.
    pub fn request_done(&self) {
        self.phase.store(IDLE, Ordering::Relaxed);
    }
}

/// Bounds on what a client may do while it sends a head.
#[derive(Debug, Clone, Copy)]
pub struct HeadLimits {
    /// Time from the first byte (or from accepting) to the end of the head.
    pub timeout: Duration,
    /// Bytes of the head.
    pub bytes: usize,
}

/// A connection over `S` (TCP, TLS or a unix socket).
pub struct Conn<S: AsyncWrite + Unpin> {
    io: BufWriter<S>,
    fd: RawFd,
    state: Arc<ConnState>,
    limits: HeadLimits,
    deadline: Pin<Box<Sleep>>,
    armed: bool,
    scan: HeadScan,
    head_bytes: usize,
    head_ended: bool,
    failed: bool,
    closed: bool,
    lingering: usize,
    /// Where the frames of a WebSocket are.
    frames: Frames,
    /// Bytes that were peeked at and not yet read.
    peeked: Vec<u8>,
    socket: Arc<SocketDigest>,
    proxy: Arc<ProxyDigest>,
    tls: Option<Arc<SslDigest>>,
    alpn: Option<ALPN>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conn<S> {
    /// Wraps an accepted socket whose descriptor is `fd`.
    pub fn new(io: S, fd: RawFd, state: ConnState, limits: HeadLimits) -> io::Result<Self> {
        let socket = SocketDigest::from_raw_fd(fd);
        if socket.peer_addr.set(state.address.map(PingoraAddr::Inet)).is_err() {
            return Err(io::Error::other("the peer's address was set twice"));
        }
        let state = Arc::new(state);
        let head = ResponseHeader::build(200, Some(0)).map_err(io::Error::other)?;
        let proxy = ProxyDigest::new(Box::new(head), Some(Box::new(state.clone())));
        Ok(Self {
            io: BufWriter::with_capacity(WRITE_BUFFER, io),
            fd,
            state,
            limits,
            deadline: Box::pin(tokio::time::sleep(limits.timeout)),
            armed: true,
            scan: HeadScan::default(),
            head_bytes: 0,
            head_ended: false,
            failed: false,
            closed: false,
            lingering: MOST_LINGERING,
            frames: Frames::default(),
            peeked: Vec::new(),
            socket: Arc::new(socket),
            proxy: Arc::new(proxy),
            tls: None,
            alpn: None,
        })
    }

    /// Notes what TLS negotiated.
    pub fn with_tls(mut self, digest: SslDigest, alpn: ALPN) -> Self {
        self.tls = Some(Arc::new(digest));
        self.alpn = Some(alpn);
        self
    }

    /// Starts, checks or leaves alone the deadline, by phase.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.state.phase.load(Ordering::Relaxed) != HEAD {
            self.armed = false;
            return Ok(());
        }
        if !self.armed {
            self.deadline.as_mut().reset(Instant::now() + self.limits.timeout);
            self.armed = true;
        }
        match self.deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Err(self.fail(Fault::TooSlow, cx)),
            Poll::Pending => Ok(()),
        }
    }

    /// Looks at what was read of a head.
    fn look(&mut self, read: &[u8], cx: &mut Context<'_>) -> io::Result<()> {
        match self.state.phase.load(Ordering::Relaxed) {
            RUN => return Ok(()),
            IDLE if !read.is_empty() => {
                self.scan = HeadScan::default();
                self.head_bytes = 0;
                self.head_ended = false;
                self.state.phase.store(HEAD, Ordering::Relaxed);
            }
            _ => {}
        }
        self.head_bytes += read.len();
        if self.head_bytes > self.limits.bytes + READ_AHEAD {
            return Err(self.fail(Fault::TooLarge, cx));
        }
        if !self.head_ended {
            let fed = self.scan.feed(read, self.limits.bytes);
            self.head_ended = fed.map_err(|fault| self.fail(fault, cx))?;
        }
        Ok(())
    }

    /// Answers a faulty head and makes an end of the connection. The answer leaves with the shutdown.
    fn fail(&mut self, fault: Fault, cx: &mut Context<'_>) -> io::Error {
        if !self.failed && !self.head_ended && self.scan.has_begun() {
            let written = Pin::new(&mut self.io).poll_write(cx, fault.answer());
            self.failed = matches!(written, Poll::Ready(Ok(_)));
        }
        io::Error::new(io::ErrorKind::InvalidData, "the request head is not acceptable")
    }

    /// Reads on for a moment: closing over unread bytes would take the answer back.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut space = [0; 8 << 10];
        while self.lingering > 0 && self.deadline.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    self.lingering = self.lingering.saturating_sub(buffer.filled().len());
                }
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

/// What was written and not yet sent still leaves, as far as it can at once: half an answer tells the client more than none.
impl<S: AsyncWrite + Unpin> Drop for Conn<S> {
    fn drop(&mut self) {
        if !self.io.buffer().is_empty() {
            drop(Pin::new(&mut self.io).poll_flush(&mut Context::from_waker(Waker::noop())));
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Conn<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.peeked.is_empty() {
            let n = this.peeked.len().min(buf.remaining());
            buf.put_slice(&this.peeked[..n]);
            this.peeked.drain(..n);
            return Poll::Ready(Ok(()));
        }
        this.check_cut(cx)?;
        let before = buf.filled().len();
        match Pin::new(&mut this.io).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => Poll::Ready(this.look(&buf.filled()[before..], cx)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => match this.poll_deadline(cx) {
                Ok(()) if this.state.cut.wake(cx.waker()) => Poll::Ready(this.check_cut(cx)),
                Ok(()) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            },
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Conn<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check_cut(cx)?;
        let written = Pin::new(&mut this.io).poll_write(cx, buf);
        match &written {
            Poll::Ready(Ok(n)) => this.follow(&buf[..*n]),
            Poll::Pending if this.state.cut.wake(cx.waker()) => this.check_cut(cx)?,
            _ => {}
        }
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check_cut(cx)?;
        let written = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        match &written {
            Poll::Ready(Ok(n)) => this.follow_all(bufs, *n),
            Poll::Pending if this.state.cut.wake(cx.waker()) => this.check_cut(cx)?,
            _ => {}
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.closed {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
            this.closed = true;
            this.deadline.as_mut().reset(Instant::now() + LINGER);
        }
        if this.failed || this.state.lingers.load(Ordering::Relaxed) {
            ready!(this.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}
