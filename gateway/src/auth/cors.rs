//! Answers of the auth API to pages of other origins.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    },
};

use crate::app::{App, readers};

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
        Self { allowed: app.readers.reader(headers).cloned() }
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
        readers::allow(headers, self.allowed.as_ref(), EXPOSED);
    }
}
