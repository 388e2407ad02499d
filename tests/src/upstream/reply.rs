//! What goes out: scripted bytes, pauses and ends.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{handshake::derive_accept_key, protocol::Role};

use super::message::Seen;

/// An answer as a list of steps.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    steps: Vec<Step>,
}

/// One step of an answer.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes at once.
    Send(Vec<u8>),
    /// Does nothing for a while.
    Pause(Duration),
    /// Closes the connection.
    Close,
    /// Switches to WebSocket and sends every message back.
    WebSocket,
}

impl Reply {
    /// What the upstream has seen, as JSON.
    pub(super) fn echo(seen: &Seen) -> Self {
        let body = seen.json().to_string();
        let reply =
            Self::head(200, &[("content-type", "application/json"), ("content-length", &body.len().to_string())]);
        if seen.method == "HEAD" { reply } else { reply.then(Step::Send(body.into())) }
    }

    /// A whole answer with its length.
    pub fn text(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let length = body.len().to_string();
        let headers: Vec<_> = headers.iter().copied().chain([("content-length", length.as_str())]).collect();
        Self::head(status, &headers).then(Step::Send(body.into()))
    }

    /// Status line and headers only.
    pub fn head(status: u16, headers: &[(&str, &str)]) -> Self {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        Self::default().then(Step::Send(format!("HTTP/1.1 {status} Scripted\r\n{lines}\r\n").into()))
    }

    /// A chunked answer, one chunk per part, with a pause before each.
    pub fn chunks(headers: &[(&str, &str)], parts: &[&str], pause: Duration) -> Self {
        let headers: Vec<_> = headers.iter().copied().chain([("transfer-encoding", "chunked")]).collect();
        let mut reply = Self::head(200, &headers);
        for part in parts {
            let chunk = format!("{:x}\r\n{part}\r\n", part.len());
            reply = reply.then(Step::Pause(pause)).then(Step::Send(chunk.into()));
        }
        reply.then(Step::Send(b"0\r\n\r\n".to_vec()))
    }

    /// An answer that comes only after a while.
    pub fn slow(pause: Duration) -> Self {
        let mut reply = Self::text(200, &[], "late");
        reply.steps.insert(0, Step::Pause(pause));
        reply
    }

    /// No answer: the connection is closed.
    pub fn close() -> Self {
        Self::default().then(Step::Close)
    }

    /// A WebSocket that sends every message back.
    pub fn websocket() -> Self {
        Self::default().then(Step::WebSocket)
    }

    /// The same with one more step.
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// Plays it; gives the connection back when it is still of use.
pub(super) async fn play(reply: Reply, mut stream: BufStream<TcpStream>, seen: &Seen) -> Option<BufStream<TcpStream>> {
    for step in reply.steps {
        match step {
            Step::Send(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                stream.flush().await.ok()?;
            }
            Step::Pause(pause) => tokio::time::sleep(pause).await,
            Step::Close => return None,
            Step::WebSocket => {
                echo_messages(stream, seen).await;
                return None;
            }
        }
    }
    let closes = seen.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    (!closes).then_some(stream)
}

async fn echo_messages(mut stream: BufStream<TcpStream>, seen: &Seen) {
    let accept = derive_accept_key(seen.header("sec-websocket-key").unwrap_or_default().as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    if stream.write_all(head.as_bytes()).await.is_err() || stream.flush().await.is_err() {
        return;
    }
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            return;
        }
    }
}
