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

/// The same with the tokens that come with new sessions.
const EXPOSED_WITH_TOKENS: HeaderValue =
    HeaderValue::from_static("set-auth-token, set-auth-jwt, set-ott, X-Retry-After");

/// The origin a request comes from, if it is one that may read answers.
pub(crate) struct Caller {
    allowed: Option<HeaderValue>,
    /// Whether new sessions come with a token.
    has_tokens: bool,
}

impl Caller {
    /// Looks at the request's origin.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Self {
        let tokens = &app.config.one_time_token;
        let has_tokens = tokens.enabled && tokens.set_ott_header_on_new_session;
        Self { allowed: app.readers.reader(headers).cloned(), has_tokens }
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
        let exposed = if self.has_tokens { EXPOSED_WITH_TOKENS } else { EXPOSED };
        readers::allow(headers, self.allowed.as_ref(), exposed);
    }
}
