//! Hands a request to the in-process axum router and its answer back: no socket, no copy of the body.

use std::time::Duration;

use axum::{Router, body::Body};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, StatusCode, Uri, Version, header};
use http_body_util::BodyExt;
use pingora::{Error, ErrorType, Result, http::ResponseHeader, proxy::Session};
use tower::Service;

use super::answer::{self, Answer};
use crate::app::{Client, RequestId};

/// Largest body of a request to the auth API and the pages.
const MOST_BODY: usize = 1 << 20;
/// How long a client may take to send it.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Answers the request through the router, under the canonical `uri`. Returns the status.
pub async fn answer(
    router: &Router,
    session: &mut Session,
    uri: Uri,
    client: Client,
    id: &RequestId,
) -> Result<StatusCode> {
    let body = match read_body(session).await? {
        Some(body) => body,
        None => {
            session.set_keepalive(None);
            let refusal =
                Answer::json(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "The request body is too large");
            answer::send(session, refusal).await?;
            return Ok(StatusCode::PAYLOAD_TOO_LARGE);
        }
    };
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = session.req_header().method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = session.req_header().headers.clone();
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(id.clone());
    let response = match router.clone().call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    send(session, response, id).await
}

/// The whole body; `None` when it is larger than allowed.
async fn read_body(session: &mut Session) -> Result<Option<Bytes>> {
    if session.is_body_empty() {
        return Ok(Some(Bytes::new()));
    }
    let declared = session.req_header().headers.get(header::CONTENT_LENGTH);
    let declared: Option<usize> = declared.and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length| length > MOST_BODY) {
        return Ok(None);
    }
    if expects_continue(&session.req_header().headers) {
        session.downstream_session.write_continue_response().await?;
    }
    let reading = async {
        let mut body = BytesMut::with_capacity(declared.unwrap_or_default());
        while let Some(bytes) = session.downstream_session.read_request_body().await? {
            if body.len() + bytes.len() > MOST_BODY {
                return Ok(None);
            }
            body.extend_from_slice(&bytes);
        }
        Ok(Some(body.freeze()))
    };
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(read) => read.map_err(|error: Box<Error>| error.more_context("reading the body")),
        Err(_) => Err(Error::explain(ErrorType::HTTPStatus(408), "the body took too long").into_down()),
    }
}

fn expects_continue(headers: &HeaderMap) -> bool {
    headers.get(header::EXPECT).is_some_and(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

async fn send(session: &mut Session, response: Response<Body>, id: &RequestId) -> Result<StatusCode> {
    let (head, mut body) = response.into_parts();
    let status = head.status;
    let mut out = ResponseHeader::build(status, Some(head.headers.len() + 2))?;
    for (name, value) in &head.headers {
        let is_length_of_nothing = name == header::CONTENT_LENGTH && !answer::has_body(status);
        if !is_length_of_nothing {
            out.append_header(name.clone(), value.clone())?;
        }
    }
    out.insert_header("x-request-id", id.value())?;
    let is_http1 = session.req_header().version <= Version::HTTP_11;
    if is_http1 && answer::has_body(status) && !out.headers.contains_key(header::CONTENT_LENGTH) {
        out.insert_header(header::TRANSFER_ENCODING, "chunked")?;
    }
    let is_head = session.req_header().method == http::Method::HEAD;
    let ends_here = is_head || !answer::has_body(status);
    session.write_response_header(Box::new(out), ends_here).await?;
    if ends_here {
        return Ok(status);
    }
    while let Some(bytes) = next_chunk(session, &mut body).await? {
        session.write_response_body(Some(bytes), false).await?;
    }
    session.write_response_body(None, true).await?;
    Ok(status)
}

/// The next piece of the answer; ends early when the client has left, so that the handler's stream is dropped.
async fn next_chunk(session: &mut Session, body: &mut Body) -> Result<Option<Bytes>> {
    loop {
        tokio::select! {
            biased;
            frame = body.frame() => match frame {
                None => return Ok(None),
                Some(Ok(frame)) => if let Ok(data) = frame.into_data() { return Ok(Some(data)) },
                Some(Err(error)) => return Err(Error::because(ErrorType::InternalError, "the answer broke off", error)),
            },
            gone = session.downstream_session.read_body_or_idle(true) => { gone?; }
        }
    }
}
