//! Addresses in links: of our own endpoints in mails, and where a browser goes that followed one.
//!
//! Ours are made of the configured public address, never of what a request says. Where a browser is sent was checked
//! before; here it is only completed.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::{Error, Result};
use crate::app::App;

/// What JavaScript's `encodeURIComponent` escapes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The address of an endpoint of ours.
pub(crate) fn endpoint(app: &App, path: &str) -> String {
    let origin = app.public_url.as_str().trim_end_matches('/');
    format!("{origin}{}{path}", app.config.auth.base_path)
}

/// A text as the value of a parameter.
pub(crate) fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// Sends the browser on, in the contract's form. The address it comes from may hold a secret and is told to nobody.
pub(crate) fn found(target: &str) -> Result<Response> {
    let location = utf8_percent_encode(target, CONTROLS).to_string();
    let location = HeaderValue::try_from(location).map_err(|error| Error::Internal(error.into()))?;
    let headers = [
        (header::LOCATION, location),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

/// The target as an absolute address.
pub(crate) fn absolute(app: &App, target: &str) -> Result<String> {
    let url = app.public_url.join(target).map_err(|error| Error::Internal(error.into()))?;
    Ok(url.into())
}

/// The target as an absolute address, with one parameter set: another value of it is replaced.
pub(crate) fn with_parameter(app: &App, target: &str, name: &str, value: &str) -> Result<String> {
    let mut url = app.public_url.join(target).map_err(|error| Error::Internal(error.into()))?;
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    match pairs.iter().position(|(known, _)| known == name) {
        Some(at) => {
            value.clone_into(&mut pairs[at].1);
            let mut place = 0..;
            pairs.retain(|(known, _)| place.next() == Some(at) || known != name);
        }
        None => pairs.push((name.to_owned(), value.to_owned())),
    }
    url.query_pairs_mut().clear().extend_pairs(pairs);
    Ok(url.into())
}

/// The target with one parameter behind those that it has; a path stays a path.
pub(crate) fn with_more(app: &App, target: &str, name: &str, value: &str) -> Result<String> {
    with_query(app, target, &format!("{name}={value}"))
}

/// The target with more parameters, encoded already, behind those that it has; a path stays a path.
pub(crate) fn with_query(app: &App, target: &str, more: &str) -> Result<String> {
    let mut url = app.public_url.join(target).map_err(|error| Error::Internal(error.into()))?;
    let query = match url.query().filter(|query| !query.is_empty()) {
        None => more.to_owned(),
        Some(query) if query.ends_with('&') => format!("{query}{more}"),
        Some(query) => format!("{query}&{more}"),
    };
    url.set_query(Some(&query));
    Ok(if target.starts_with('/') { url[url::Position::BeforePath..].to_owned() } else { url.into() })
}
