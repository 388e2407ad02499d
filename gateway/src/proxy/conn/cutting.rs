//! Cutting a connection from outside: the flag that whoever reads or writes it finds, and, for a WebSocket, where its frames
//! begin, so that the last thing it says can be that the session is over.

use std::{
    io,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Waker},
};

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Conn, ConnState};

/// A close frame with the code 4401 and a reason (RFC 6455 §5.5.1).
pub(super) const SESSION_OVER: &[u8] = b"\x88\x0f\x11\x31session ended";

/// Whether a connection is to be cut, and who has to know.
#[derive(Debug, Default)]
pub(super) struct Cut {
    watched: AtomicBool,
    cut: AtomicBool,
    waker: AtomicWaker,
}

impl Cut {
    pub(super) fn watch(&self) {
        self.watched.store(true, Ordering::Release);
    }

    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }

    /// Has this waker woken when it is cut; says whether it is already.
    pub(super) fn wake(&self, waker: &Waker) -> bool {
        if !self.watched.load(Ordering::Acquire) {
            return false;
        }
        self.waker.register(waker);
        self.is_cut()
    }
}

impl ConnState {
    /// The answer that is about to be sent makes it a WebSocket.
    pub fn begin_websocket(&self) {
        self.is_websocket.store(true, Ordering::Release);
    }

    /// It may be cut from now on.
    pub fn watch(&self) {
        self.cut.watch();
    }

    /// Ends it, whatever travels on it; a WebSocket is told why.
    pub fn cut(&self) {
        self.linger();
        self.cut.cut();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conn<S> {
    /// An error if the connection is to be cut; before the first one a WebSocket's client is told why.
    pub(super) fn check_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.state.cut.is_cut() {
            return Ok(());
        }
        if self.state.is_websocket.load(Ordering::Acquire) && self.frames.are_between() {
            let written = Pin::new(&mut self.io).poll_write(cx, SESSION_OVER);
            // Within a frame that never ends, so that nothing else is said.
            self.frames = Frames::Payload(u64::MAX);
            if written.is_ready() {
                drop(Pin::new(&mut self.io).poll_flush(cx));
            }
        }
        Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the session has ended"))
    }

    /// Takes note of what was written.
    pub(super) fn follow(&mut self, written: &[u8]) {
        if self.state.is_websocket.load(Ordering::Acquire) {
            self.frames.feed(written);
        }
    }

    /// The same for several buffers of which so many bytes were written.
    pub(super) fn follow_all(&mut self, bufs: &[io::IoSlice<'_>], written: usize) {
        let mut left = written;
        for buf in bufs {
            let taken = left.min(buf.len());
            self.follow(&buf[..taken]);
            left -= taken;
        }
    }
}

/// Follows what is written to a WebSocket's client: the head of the 101, then frames.
#[derive(Debug)]
pub(super) enum Frames {
    /// Within the head; so many bytes of its end have been seen.
    Head(u8),
    /// Within the head of a frame.
    FrameHead([u8; 10], usize),
    /// Within a payload; so much is left.
    Payload(u64),
}

impl Default for Frames {
    fn default() -> Self {
        Self::Head(0)
    }
}

impl Frames {
    /// Whether a frame of ours may begin here.
    pub(super) fn are_between(&self) -> bool {
        matches!(self, Self::FrameHead(_, 0))
    }

    /// Takes note of what was written.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            match self {
                Self::Head(seen) => {
                    let end = b"\r\n\r\n";
                    *seen = if *first == end[usize::from(*seen)] { *seen + 1 } else { u8::from(*first == b'\r') };
                    if *seen == 4 {
                        *self = Self::FrameHead([0; 10], 0);
                    }
                    bytes = rest;
                }
                Self::FrameHead(head, have) => {
                    head[*have] = *first;
                    *have += 1;
                    if let Some(length) = payload(&head[..*have]) {
                        *self = Self::of(length);
                    }
                    bytes = rest;
                }
                Self::Payload(left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = &bytes[taken..];
                    *self = Self::of(*left - taken as u64);
                }
            }
        }
    }

    fn of(left: u64) -> Self {
        if left == 0 { Self::FrameHead([0; 10], 0) } else { Self::Payload(left) }
    }
}

/// What follows the head of a frame, once the head is whole. A server masks nothing; should one do it, the mask counts as
/// payload.
fn payload(head: &[u8]) -> Option<u64> {
    let second = *head.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let length = match second & 0x7f {
        126 => u64::from(u16::from_be_bytes(head.get(2..4)?.try_into().ok()?)),
        127 => u64::from_be_bytes(head.get(2..10)?.try_into().ok()?),
        short => u64::from(short),
    };
    Some(length.saturating_add(mask))
}

#[cfg(test)]
mod tests;
