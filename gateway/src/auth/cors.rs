//! Answers to pages of other origins: exact origins, never a wildcard, since cookies go along.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

use crate::app::App;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
const HEADERS: HeaderValue = HeaderValue::from_static("content-type, authorization, x-captcha-response");
const EXPOSED: HeaderValue = HeaderValue::from_static("set-auth-token, set-auth-jwt, X-Retry-After");

/// The origin a request comes from, if it is one that may read answers.
pub(crate) struct Caller {
    allowed: Option<HeaderValue>,
}

impl Caller {
    /// Looks at the request's origin.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Self {
        let origin = headers.get(ORIGIN).filter(|origin| origin.to_str().is_ok_and(|origin| may_read(app, origin)));
        Self { allowed: origin.cloned() }
    }

    /// The answer to a browser that asks before it sends the real request.
    pub(crate) fn preflight(&self, app: &App, request: &Request) -> Option<Response> {
        let asks = request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || self.allowed.is_none() {
            return None;
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        self.allow(headers);
        headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(app.config.cors.max_age.0.as_secs()));
        Some(response)
    }

    /// Lets the page read the answer.
    pub(crate) fn allow(&self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = &self.allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

/// Exactly an origin as browsers write it, and one of those configured; without any, a trusted one.
fn may_read(app: &App, origin: &str) -> bool {
    if url::Url::parse(origin).map(|url| url.origin().ascii_serialization()).as_deref() != Ok(origin) {
        return false;
    }
    let listed = &app.config.cors.origins;
    if listed.is_empty() { app.origins.trusts(origin) } else { listed.iter().any(|listed| listed == origin) }
}
