//! Answers that the gateway gives itself, and how they are written to a Pingora session.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use pingora::{Result, http::ResponseHeader, proxy::Session};

use super::{explain::EXPLAIN, request::connection};

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its fields, besides the framing ones.
    pub headers: HeaderMap,
    /// Its body; left out for HEAD and for statuses that have none.
    pub body: Bytes,
}

impl Answer {
    /// An answer without a body that nobody may store.
    pub fn new(status: StatusCode) -> Self {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status, headers, body: Bytes::new() }
    }

    /// The JSON error of the contract: a code for programs, a message for people.
    pub fn json(status: StatusCode, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "code": code, "message": message });
        Self::new(status)
            .with(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .with_body(Bytes::from(body.to_string()))
    }

    /// Sets a field.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the body.
    pub fn with_body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// Adds the explanation that an admin asked for.
    pub fn explained(self, line: Option<HeaderValue>) -> Self {
        match line {
            Some(line) => self.with(EXPLAIN, line),
            None => self,
        }
    }

    /// Sets a field whose text may not be legal in a header; then it is left out.
    pub fn with_text(self, name: HeaderName, text: &str) -> Self {
        match HeaderValue::from_str(text) {
            Ok(value) => self.with(name, value),
            Err(_) => self,
        }
    }
}

/// Writes the answer. The connection is kept if the request's body has been read.
pub async fn send(session: &mut Session, answer: Answer) -> Result<()> {
    if !session.is_body_done() {
        connection(session).into_iter().for_each(|connection| connection.linger());
    }
    let is_head = session.req_header().method == http::Method::HEAD;
    let mut head = ResponseHeader::build(answer.status, Some(answer.headers.len() + 2))?;
    for (name, value) in &answer.headers {
        head.append_header(name.clone(), value.clone())?;
    }
    if has_body(answer.status) {
        head.insert_header(header::CONTENT_LENGTH, answer.body.len())?;
    }
    let ends_here = is_head || answer.body.is_empty() || !has_body(answer.status);
    session.write_response_header(Box::new(head), ends_here).await?;
    if !ends_here {
        session.write_response_body(Some(answer.body), true).await?;
    }
    Ok(())
}

/// Whether an answer of this status may have a body (RFC 9110 §6.4.1).
pub(super) fn has_body(status: StatusCode) -> bool {
    !status.is_informational() && status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED
}
