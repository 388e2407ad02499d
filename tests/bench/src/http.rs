//! A client for what `wrk` can't do: another cookie with each request, answers looked at one by one.
//!
//! It speaks just the HTTP/1.1 that the gateway answers with: a length, or chunks, or nothing.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its head as on the wire, lower-cased.
    pub(crate) head: String,
    /// Its body; with chunks their frames too.
    pub(crate) body: Vec<u8>,
}

/// A GET of `path` with further header lines.
pub(crate) fn get(host: &str, path: &str, headers: &[String]) -> Vec<u8> {
    let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n").into_bytes()
}

/// A POST of JSON from a page of `origin`.
pub(crate) fn post(host: &str, origin: &str, path: &str, json: &str) -> Vec<u8> {
    let length = json.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{json}"
    )
    .into_bytes()
}

impl Connection {
    /// Connects to `host:port`.
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("{address} takes no connection"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.read().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status in the answer")?;
        self.read_body(&head, status, end).await?;
        Ok(Answer { status, head, body: self.buffer[end..].to_vec() })
    }

    async fn read_body(&mut self, head: &str, status: u16, start: usize) -> Result<()> {
        if matches!(status, 204 | 304) {
            return Ok(());
        }
        if let Some(length) = field(head, "content-length") {
            let length: usize = length.parse()?;
            while self.buffer.len() < start + length {
                self.read().await?;
            }
            return Ok(());
        }
        if field(head, "transfer-encoding") != Some("chunked") {
            bail!("an answer without a length:\n{head}");
        }
        while !self.buffer[start..].ends_with(b"0\r\n\r\n") {
            self.read().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the connection was closed before the answer was complete");
        }
        Ok(())
    }
}

impl Answer {
    /// Value of a header; its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        field(&self.head, name)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|part| part == what)
}
