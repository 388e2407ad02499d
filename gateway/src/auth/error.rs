//! What the API answers when it refuses: `{"message", "code"}` with the contract's statuses and words.
//!
//! A refusal is an answer. An internal error is logged once, here, and says nothing to the client.

use std::{borrow::Cow, time::Duration};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    crypto::password::Busy,
    identity::{Unavailable, keys::NoKey},
    store::StoreError,
};

mod codes;

#[cfg(test)]
mod tests;

pub(crate) use codes::*;

/// Result of a handler.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// How long to wait before asking again when the database did not answer, in seconds.
const RETRY_STORE: u64 = 1;

/// A refusal with a fixed status, code and wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    /// What clients compare.
    pub(crate) name: &'static str,
    /// The status it is sent with.
    pub(crate) status: StatusCode,
    /// What people may read.
    pub(crate) message: &'static str,
}

impl Code {
    /// The same with another status: the contract has some codes with several.
    pub(crate) const fn with(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

/// Why a request of the auth API is not answered as asked.
#[derive(Debug)]
pub(crate) enum Error {
    /// A refusal from the table.
    Refused(Code),
    /// A refusal whose words depend on the request.
    Said(Said),
    /// A refusal of which the contract tells nothing but the status.
    Bare(StatusCode),
    /// Too many requests; how long to wait.
    TooMany(Duration),
    /// It can't be done now; how long to wait.
    Unavailable(Duration),
    /// A fault of ours.
    Internal(anyhow::Error),
}

/// A refusal whose words depend on the request.
#[derive(Debug)]
pub(crate) struct Said {
    status: StatusCode,
    code: Option<&'static str>,
    message: String,
}

/// What a refusal says; left on the answer for the pages, which show it as HTML.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The status.
    pub(crate) status: StatusCode,
    /// What people may read; empty for a fault of ours.
    pub(crate) message: Cow<'static, str>,
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl Error {
    /// A body or query that does not have the expected form.
    pub(crate) fn validation(message: String) -> Self {
        Self::Said(Said { status: StatusCode::BAD_REQUEST, code: Some("VALIDATION_ERROR"), message })
    }

    /// A body that can't be read at all.
    pub(crate) fn unreadable(message: &str) -> Self {
        Self::Said(Said { status: StatusCode::BAD_REQUEST, code: Some("BAD_REQUEST"), message: message.to_owned() })
    }

    /// A body of a type that is not taken.
    pub(crate) fn media_type(message: String) -> Self {
        Self::Said(Said { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, code: Some("UNSUPPORTED_MEDIA_TYPE"), message })
    }

    /// A field that a client may not set.
    pub(crate) fn field_not_allowed(field: &str) -> Self {
        let message = format!("{field} is not allowed to be set");
        Self::Said(Said { status: StatusCode::BAD_REQUEST, code: Some("FIELD_NOT_ALLOWED"), message })
    }

    /// An address that is no text.
    pub(crate) fn address_is_no_text(label: &str) -> Self {
        Self::without_code(format!("Invalid {label}: expected a string"))
    }

    /// A bad request to which the contract gives no code.
    pub(crate) fn without_code(message: String) -> Self {
        Self::Said(Said { status: StatusCode::BAD_REQUEST, code: None, message })
    }

    /// What a banned user is told, in the operator's words if there are any.
    pub(crate) fn banned(words: &str) -> Self {
        if words.is_empty() {
            return Self::Refused(BANNED_USER);
        }
        let Code { name, status, .. } = BANNED_USER;
        Self::Said(Said { status, code: Some(name), message: words.to_owned() })
    }

    /// Something that should be there is not, which the contract calls a fault of the server.
    pub(crate) fn lost(message: &str) -> Self {
        Self::Said(Said { status: StatusCode::INTERNAL_SERVER_ERROR, code: None, message: message.to_owned() })
    }

    /// A provider of other accounts that is not configured.
    pub(crate) fn provider_not_supported(provider: &str) -> Self {
        let message = format!("Provider {provider} is not supported.");
        Self::Said(Said { status: StatusCode::BAD_REQUEST, code: Some("PROVIDER_NOT_SUPPORTED"), message })
    }

    /// An account at a provider that did not become anybody's, in the contract's words.
    pub(crate) fn not_linked(reason: &str) -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Some("OAUTH_LINK_ERROR"));
        Self::Said(Said { status, code, message: reason.to_owned() })
    }

    /// What it says to the client.
    pub(crate) fn refusal(&self) -> Refusal {
        let (status, message) = match self {
            Self::Refused(code) => (code.status, Cow::Borrowed(code.message)),
            Self::Said(said) => (said.status, Cow::Owned(said.message.clone())),
            Self::Bare(status) => (*status, Cow::Borrowed("")),
            Self::TooMany(_) => {
                (StatusCode::TOO_MANY_REQUESTS, Cow::Borrowed("Too many requests. Please try again later."))
            }
            Self::Unavailable(_) => (SERVICE_UNAVAILABLE.status, Cow::Borrowed(SERVICE_UNAVAILABLE.message)),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, Cow::Borrowed("")),
        };
        Refusal { status, message }
    }

    /// What clients compare; too many requests have none in the contract.
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(code) => Some(code.name),
            Self::Said(said) => said.code,
            Self::Unavailable(_) => Some(SERVICE_UNAVAILABLE.name),
            Self::Bare(_) | Self::TooMany(_) | Self::Internal(_) => None,
        }
    }

    /// The reason in logs, where nothing goes without one.
    fn reason(&self) -> &'static str {
        match self {
            Self::TooMany(_) => "TOO_MANY_REQUESTS",
            Self::Bare(status) => status.canonical_reason().unwrap_or_default(),
            refused => refused.code().unwrap_or("BAD_REQUEST"),
        }
    }

    fn body(&self, refusal: &Refusal) -> Response {
        if matches!(self, Self::Bare(_)) {
            let json = HeaderValue::from_static("application/json");
            return (refusal.status, [(header::CONTENT_TYPE, json)]).into_response();
        }
        (refusal.status, Json(Body { message: &refusal.message, code: self.code() })).into_response()
    }

    fn retry_after(&self) -> Option<HeaderValue> {
        let (Self::TooMany(wait) | Self::Unavailable(wait)) = self else { return None };
        let seconds = wait.as_millis().div_ceil(1_000).max(1);
        HeaderValue::try_from(seconds.to_string()).ok()
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl From<Unavailable> for Error {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable(Duration::from_secs(RETRY_STORE))
    }
}

impl From<NoKey> for Error {
    fn from(error: NoKey) -> Self {
        match error {
            NoKey::Store(error) => error.into(),
            NoKey::Unusable(_) => Self::Internal(error.into()),
        }
    }
}

impl From<Busy> for Error {
    fn from(busy: Busy) -> Self {
        Self::Unavailable(busy.retry_after)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreachable(_) => {
                tracing::warn!(%error, "the database could not be asked");
                Self::Unavailable(Duration::from_secs(RETRY_STORE))
            }
            other => Self::Internal(other.into()),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let refusal = self.refusal();
        let mut response = match &self {
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a request of the auth API failed");
                refusal.status.into_response()
            }
            refused => {
                tracing::info!(
                    status = refusal.status.as_u16(),
                    reason = refused.reason(),
                    "a request of the auth API was refused"
                );
                refused.body(&refusal)
            }
        };
        if let Some(seconds) = self.retry_after() {
            if matches!(self, Self::TooMany(_)) {
                response.headers_mut().insert("x-retry-after", seconds.clone());
            }
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(refusal);
        response
    }
}
