//! Pages of other origins, on routes whose upstreams know nothing of them (`cors` of a route): preflights are answered
//! here, before anybody has to be signed in, and what an upstream says on the matter is replaced.
//!
//! And, on every route: a page of a foreign origin can't act with a cookie that browsers send from everywhere.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN, SET_COOKIE, VARY,
    },
};
use pingora::http::{RequestHeader, ResponseHeader};

use super::{answer::Answer, websocket};
use crate::{
    app::{
        App,
        origins::TrustedOrigins,
        readers::{Readers, allow},
    },
    config::SameSite,
};

/// What only the gateway says on such a route.
const OURS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// The method that a browser asks for before it sends the real request.
pub(super) fn preflight(method: &Method, headers: &HeaderMap) -> Option<Method> {
    if method != Method::OPTIONS || !headers.contains_key(ORIGIN) {
        return None;
    }
    Method::from_bytes(headers.get(ACCESS_CONTROL_REQUEST_METHOD)?.as_bytes()).ok()
}

/// The answer to that: yes to a page that may read answers, to whatever it wants to send; else nothing, which browsers
/// take for no.
pub(super) fn answer(readers: &Readers, headers: &HeaderMap, max_age: u64) -> Answer {
    let vary = HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    let answer = Answer::new(StatusCode::NO_CONTENT).with(VARY, vary);
    let Some(origin) = readers.reader(headers) else { return answer };
    let echoes = [
        (ACCESS_CONTROL_ALLOW_METHODS, headers.get(ACCESS_CONTROL_REQUEST_METHOD)),
        (ACCESS_CONTROL_ALLOW_HEADERS, headers.get(ACCESS_CONTROL_REQUEST_HEADERS)),
    ];
    let answer = answer
        .with(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone())
        .with(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"))
        .with(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(max_age));
    echoes.into_iter().fold(answer, |answer, (name, value)| match value {
        Some(value) => answer.with(name, value.clone()),
        None => answer,
    })
}

/// Puts our word in place of the upstream's. A page that may read the answer may read all of its fields.
pub(super) fn replace(head: &mut ResponseHeader, readers: &Readers, request: &HeaderMap) -> pingora::Result<()> {
    for name in &OURS {
        head.remove_header(name);
    }
    let mut ours = HeaderMap::new();
    allow(&mut ours, readers.reader(request), fields(&head.headers));
    for (name, value) in ours.iter() {
        head.append_header(name.clone(), value.clone())?;
    }
    Ok(())
}

/// The names of an answer's fields.
fn fields(headers: &HeaderMap) -> HeaderValue {
    let names: Vec<&str> = headers.keys().filter(|name| **name != SET_COOKIE).map(HeaderName::as_str).collect();
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static("x-request-id"))
}

/// Whether a page of a foreign origin sends the request with somebody's cookie: opens a WebSocket, which browsers always
/// allow, or changes something, which they allow with `SameSite=None`.
pub(super) fn is_foreign(app: &App, request: &RequestHeader, readers: Option<&Readers>) -> bool {
    let (method, headers) = (&request.method, &request.headers);
    let own = websocket::host(headers);
    websocket::is_foreign(headers, own, &app.origins)
        || app.config.cookie.same_site == SameSite::None && is_forged(method, headers, own, &app.origins, readers)
}

fn is_forged(
    method: &Method,
    headers: &HeaderMap,
    own: Option<&str>,
    origins: &TrustedOrigins,
    readers: Option<&Readers>,
) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || headers.contains_key(AUTHORIZATION) {
        return false;
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let text = origin.to_str().unwrap_or_default();
    let is_own = own.is_some_and(|own| text.split_once("://").is_some_and(|(_, origin)| origin == own));
    !is_own && !origins.trusts(text) && readers.is_none_or(|readers| readers.reader(headers).is_none())
}
