//! Denials in the caller's language: a page, JSON, a refused handshake, a gRPC status; through the proxy or through
//! a forward-auth answer.

use std::borrow::Cow;

use auth_ui::{Site, pages::Problem};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use pingora::{Error, ErrorSource, ErrorType};

use super::{answer::Answer, caller::Caller, refusal::Refusal};
use crate::{
    app::{
        App, RequestId,
        readers::{Readers, allow},
    },
    identity::{Verdict, policy::Why},
};

/// Where a caller can sign in; for programs that can't follow a redirect.
pub const AUTH_LOCATION: HeaderName = HeaderName::from_static("x-auth-location");
/// Seconds after which a caller may ask again when the database can't be reached.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// What a page may read of a denial.
const EXPOSED: HeaderValue = HeaderValue::from_static("WWW-Authenticate, X-Auth-Location, X-Request-Id, Retry-After");

/// Why a request is not served.
#[derive(Debug, Clone)]
pub enum Denial {
    /// Nobody is signed in.
    SignIn,
    /// The user may not.
    Forbidden(Why),
    /// The browser came from an origin that may not open connections.
    ForeignOrigin,
    /// It can't be checked now.
    Unavailable,
    /// No route leads there.
    NotFound,
    /// The upstream can't be reached or breaks off.
    BadUpstream,
    /// The upstream is too slow.
    SlowUpstream,
    /// The body is larger than the route allows.
    BodyTooLarge,
    /// The client was too slow.
    ClientTooSlow,
    /// Malformed or ambiguous: status, code and what is wrong.
    Malformed(StatusCode, &'static str, &'static str),
    /// Something broke here.
    Internal,
}

/// Who asks, for what.
pub struct Asker<'a> {
    /// What kind of program it is.
    pub caller: Caller,
    /// Its method.
    pub method: &'a Method,
    /// Its header fields.
    pub headers: &'a HeaderMap,
    /// Whose pages may read the answer.
    pub readers: &'a Readers,
    /// Where it should come back to after signing in: path and query, or an absolute URL on another host.
    pub return_to: Cow<'a, str>,
    /// Id of its request.
    pub id: &'a RequestId,
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Malformed(refusal.status(), refusal.code(), refusal.message())
    }
}

impl Denial {
    /// What the caller is told about a failure; `None` when the client itself is gone.
    pub fn of_failure(error: &Error) -> Option<Self> {
        match (error.etype(), error.esource()) {
            (ErrorType::HTTPStatus(413), _) => Some(Self::BodyTooLarge),
            (ErrorType::HTTPStatus(408), _) => Some(Self::ClientTooSlow),
            (
                ErrorType::ConnectTimedout | ErrorType::ReadTimedout | ErrorType::WriteTimedout,
                ErrorSource::Upstream,
            ) => Some(Self::SlowUpstream),
            (_, ErrorSource::Upstream) => Some(Self::BadUpstream),
            (ErrorType::ReadTimedout, ErrorSource::Downstream) => Some(Self::ClientTooSlow),
            (ErrorType::WriteError | ErrorType::ReadError | ErrorType::ConnectionClosed, ErrorSource::Downstream) => {
                None
            }
            (_, ErrorSource::Downstream) => {
                Some(Self::Malformed(StatusCode::BAD_REQUEST, "body", "The request body is malformed."))
            }
            _ => Some(Self::Internal),
        }
    }

    /// The denial of a verdict that is not "allow".
    pub fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Allow(_) => None,
            Verdict::SignIn => Some(Self::SignIn),
            Verdict::Forbidden(why) => Some(Self::Forbidden(why)),
            Verdict::Unavailable => Some(Self::Unavailable),
        }
    }

    /// Name in logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Forbidden(_) => "forbidden",
            Self::ForeignOrigin => "foreign_origin",
            Self::Unavailable => "unavailable",
            Self::NotFound => "no_route",
            Self::BadUpstream => "bad_upstream",
            Self::SlowUpstream => "slow_upstream",
            Self::BodyTooLarge => "body_too_large",
            Self::ClientTooSlow => "client_too_slow",
            Self::Malformed(_, code, _) => code,
            Self::Internal => "internal",
        }
    }

    fn facts(&self) -> (StatusCode, &'static str, Cow<'static, str>) {
        match self {
            Self::SignIn => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized".into()),
            Self::Forbidden(why) => (StatusCode::FORBIDDEN, code(why), why.to_string().into()),
            Self::ForeignOrigin => {
                (StatusCode::FORBIDDEN, "INVALID_ORIGIN", "Requests from this origin are not allowed.".into())
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                "Sessions can't be checked at the moment.".into(),
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this address.".into()),
            Self::BadUpstream => {
                (StatusCode::BAD_GATEWAY, "BAD_GATEWAY", "The application behind this gateway can't be reached.".into())
            }
            Self::SlowUpstream => (
                StatusCode::GATEWAY_TIMEOUT,
                "GATEWAY_TIMEOUT",
                "The application behind this gateway took too long to answer.".into(),
            ),
            Self::BodyTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "The request body is too large.".into())
            }
            Self::ClientTooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "The request took too long.".into())
            }
            Self::Malformed(status, _, message) => (*status, "BAD_REQUEST", (*message).into()),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", "Something went wrong here.".into())
            }
        }
    }

    /// The answer for who asks.
    pub fn answer(&self, app: &App, asker: &Asker<'_>) -> Answer {
        let (status, code, message) = self.facts();
        let answer = match asker.caller {
            Caller::Grpc => grpc(self, &message),
            Caller::Page { .. } if matches!(self, Self::SignIn) => {
                redirect(asker.method, &sign_in_url(app, &asker.return_to))
            }
            Caller::Page { .. } => page(app, status, &message, asker.id, matches!(self, Self::Forbidden(_))),
            Caller::Fetch | Caller::WebSocket => Answer::json(status, code, &message),
        };
        let answer = match self {
            Self::SignIn => answer
                .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"gateway\""))
                .with_text(AUTH_LOCATION, &sign_in_url(app, &asker.return_to)),
            Self::Unavailable => answer.with(header::RETRY_AFTER, RETRY_AFTER),
            _ => answer,
        };
        readable(answer, asker).with(HeaderName::from_static("x-request-id"), asker.id.value())
    }
}

/// The code of a refusal; those that Better Auth has are its own.
fn code(why: &Why) -> &'static str {
    match why {
        Why::Role(_) | Why::NotRole(_) | Why::Permission(_) => "FORBIDDEN",
        Why::Unverified => "EMAIL_NOT_VERIFIED",
        Why::NotFresh => "SESSION_NOT_FRESH",
    }
}

/// Where to sign in, and to come back from: relative when it is on the same host, else under the public URL.
pub fn sign_in_url(app: &App, return_to: &str) -> String {
    let back: String = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    let base = if return_to.starts_with('/') { "" } else { app.public_url.as_str().trim_end_matches('/') };
    let ui = &app.config.auth.ui_path;
    if return_to.is_empty() { format!("{base}{ui}/sign-in") } else { format!("{base}{ui}/sign-in?rd={back}") }
}

fn redirect(method: &Method, location: &str) -> Answer {
    let status =
        if method == Method::GET || method == Method::HEAD { StatusCode::FOUND } else { StatusCode::SEE_OTHER };
    Answer::new(status).with_text(header::LOCATION, location)
}

fn page(app: &App, status: StatusCode, message: &str, id: &RequestId, sign_in: bool) -> Answer {
    let auth = &app.config.auth;
    let problem = Problem {
        site: Site { app_name: &auth.app_name, ui_path: &auth.ui_path, base_path: &auth.base_path },
        status: status.as_u16(),
        title: title(status),
        message,
        detail: None,
        request_id: id.as_str(),
        sign_in,
    };
    Answer::new(status)
        .with(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))
        .with(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(auth_ui::CONTENT_SECURITY_POLICY))
        .with(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
        .with(header::REFERRER_POLICY, HeaderValue::from_static(auth_ui::REFERRER_POLICY))
        .with_body(Bytes::from(auth_ui::render(&problem)))
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "Please sign in",
        403 => "You may not see this",
        404 => "Nothing here",
        408 => "Too slow",
        413 => "Too large",
        502 => "The application can't be reached",
        503 => "Not available at the moment",
        504 => "The application took too long",
        500 => "Something went wrong",
        _ => "This request can't be served",
    }
}

/// A gRPC error: status 200 and the code in the fields (trailers-only form).
fn grpc(denial: &Denial, message: &str) -> Answer {
    let code = match denial {
        Denial::SignIn => "16",
        Denial::Forbidden(_) | Denial::ForeignOrigin => "7",
        Denial::NotFound => "12",
        Denial::Unavailable | Denial::BadUpstream => "14",
        Denial::SlowUpstream | Denial::ClientTooSlow => "4",
        Denial::BodyTooLarge => "8",
        Denial::Malformed(..) => "3",
        Denial::Internal => "13",
    };
    Answer::new(StatusCode::OK)
        .with(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"))
        .with(HeaderName::from_static("grpc-status"), HeaderValue::from_static(code))
        .with_text(HeaderName::from_static("grpc-message"), message)
}

/// Lets a page of a trusted origin read the denial; without this it would only see a network error.
fn readable(mut answer: Answer, asker: &Asker<'_>) -> Answer {
    if asker.headers.contains_key(header::ORIGIN) {
        allow(&mut answer.headers, asker.readers.reader(asker.headers), EXPOSED);
    }
    answer
}
