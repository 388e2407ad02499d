//! What came in: the head to the letter, the body put together.

use std::io;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufStream};
use tokio::net::TcpStream;

/// Bodies are kept up to here; beyond, they are only counted.
const KEPT: usize = 1 << 20;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The how-manieth connection it came on.
    pub connection: usize,
    /// Request line and header lines, byte for byte.
    pub head: String,
    /// Method.
    pub method: String,
    /// Target.
    pub target: String,
    /// Header names and values in order.
    pub headers: Vec<(String, String)>,
    /// The first mebibyte of the body.
    pub body: Vec<u8>,
    /// Length of the whole body.
    pub body_length: usize,
    /// Trailer fields.
    pub trailers: Vec<(String, String)>,
    /// Whether all of it came.
    pub whole: bool,
}

impl Seen {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    /// All headers of this name, in any case.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Names of all headers that a server which folds `_` and `-` would read as this one.
    pub fn spelled(&self, name: &str) -> Vec<(String, String)> {
        let fold = |name: &str| name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        self.headers.iter().filter(|(other, _)| fold(other) == fold(name)).cloned().collect()
    }

    pub(super) fn json(&self) -> Value {
        json!({ "method": self.method, "target": self.target, "headers": self.headers, "body": self.text() })
    }
}

/// Reads a request head. `None` when the connection ends before one.
pub(super) async fn read_head(stream: &mut BufStream<TcpStream>, connection: usize) -> io::Result<Option<Seen>> {
    let mut seen = Seen { connection, ..Seen::default() };
    loop {
        let line = read_line(stream).await?;
        if line.is_empty() {
            return Ok(None);
        }
        seen.head.push_str(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            return Ok(Some(seen));
        }
        match line.split_once(':') {
            Some((name, value)) if !seen.method.is_empty() => seen.headers.push((name.into(), value.trim().into())),
            _ => (seen.method, seen.target) = request_line(line),
        }
    }
}

fn request_line(line: &str) -> (String, String) {
    let mut words = line.split(' ');
    (words.next().unwrap_or_default().into(), words.next().unwrap_or_default().into())
}

/// Reads the body that the head announces.
pub(super) async fn read_body(stream: &mut BufStream<TcpStream>, seen: &mut Seen) -> io::Result<()> {
    if seen.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return read_chunks(stream, seen).await;
    }
    let length = seen.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    read_exactly(stream, seen, length).await
}

async fn read_chunks(stream: &mut BufStream<TcpStream>, seen: &mut Seen) -> io::Result<()> {
    loop {
        let line = read_line(stream).await?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        if size == 0 {
            return read_trailers(stream, seen).await;
        }
        read_exactly(stream, seen, size).await?;
        read_line(stream).await?;
    }
}

async fn read_trailers(stream: &mut BufStream<TcpStream>, seen: &mut Seen) -> io::Result<()> {
    loop {
        let line = read_line(stream).await?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => seen.trailers.push((name.into(), value.trim().into())),
            None => return Ok(()),
        }
    }
}

async fn read_exactly(stream: &mut BufStream<TcpStream>, seen: &mut Seen, length: usize) -> io::Result<()> {
    let mut rest = length;
    let mut buffer = vec![0; 64 * 1024];
    while rest > 0 {
        let wanted = rest.min(buffer.len());
        let read = stream.read(&mut buffer[..wanted]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let room = KEPT.saturating_sub(seen.body.len()).min(read);
        seen.body.extend_from_slice(&buffer[..room]);
        seen.body_length += read;
        rest -= read;
    }
    Ok(())
}

/// One line with its end, each byte as the character of that number, so that nothing is lost.
async fn read_line(stream: &mut BufStream<TcpStream>) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.read_until(b'\n', &mut bytes).await?;
    Ok(bytes.into_iter().map(char::from).collect())
}
