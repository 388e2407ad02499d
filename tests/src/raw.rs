//! A bare socket, for requests that no client would send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(15);

/// A connection on which any bytes can be sent.
pub struct Raw {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer with its framing undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// Status.
    pub status: u16,
    /// Status line and header lines.
    pub head: String,
    /// Body.
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Raw {
    /// Connects to `host:port`.
    pub async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).ok();
        Self { stream, buffer: Vec::new() }
    }

    /// One request on a connection of its own: `lines` are joined by CRLF and closed by an empty line.
    pub async fn exchange(address: &str, lines: &[&str]) -> Option<RawAnswer> {
        let mut raw = Self::connect(address).await;
        raw.send(format!("{}\r\n\r\n", lines.join("\r\n"))).await;
        raw.answer().await
    }

    /// Sends these bytes. A peer that has closed already is not an error here: it shows in the answer.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.ok();
    }

    /// The next answer; `None` when the connection ends without one. Interim answers (100) are answers too.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        self.answer_to("GET").await
    }

    /// The next answer, read as the answer to this method: one to HEAD has no body.
    pub async fn answer_to(&mut self, method: &str) -> Option<RawAnswer> {
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break self.take(end + 4);
            }
            if !self.more().await {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = RawAnswer { status, head, body: Vec::new() };
        let bare = method == "HEAD" || status == 204 || status == 304 || status < 200;
        if !bare {
            answer.body = self.body_of(&answer).await;
        }
        Some(answer)
    }

    async fn body_of(&mut self, answer: &RawAnswer) -> Vec<u8> {
        if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().expect("a length is a number");
            while self.buffer.len() < length && self.more().await {}
            return self.take(length.min(self.buffer.len()));
        }
        if answer.header("transfer-encoding").is_some() {
            return self.chunks().await;
        }
        while self.more().await {}
        std::mem::take(&mut self.buffer)
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let Some(line) = self.line().await else { return body };
            let size = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            while self.buffer.len() < size + 2 && self.more().await {}
            let chunk = self.take((size + 2).min(self.buffer.len()));
            if size == 0 {
                return body;
            }
            body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                return Some(String::from_utf8_lossy(&self.take(end + 2)).into_owned());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Whatever comes within `limit`, up to the end of the connection.
    pub async fn read_for(&mut self, limit: Duration) -> Vec<u8> {
        timeout(limit, async { while self.more().await {} }).await.ok();
        std::mem::take(&mut self.buffer)
    }

    /// Whether the other side closes within `limit`; what it sends before is thrown away.
    pub async fn is_closed_within(&mut self, limit: Duration) -> bool {
        timeout(limit, async { while self.more().await {} }).await.is_ok()
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.buffer.drain(..length).collect()
    }

    /// Reads on. No when the connection has ended.
    async fn more(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        let read = timeout(PATIENCE, self.stream.read(&mut bytes)).await.expect("an answer comes in time");
        let read = read.unwrap_or(0);
        self.buffer.extend_from_slice(&bytes[..read]);
        read > 0
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
