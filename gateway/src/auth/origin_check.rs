//! Where a request that changes something may come from: the checks against posts forged by other sites.
//!
//! Contract: security, section 1. Knows which header counts; which origins are trusted is decided by the app.

use http::{HeaderMap, Method, header, request::Parts};
use serde_json::Value;

use super::{
    error::{self, Error, Result},
    fields::is_truthy,
};
use crate::app::App;

/// How much is asked of the request's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Only requests with cookies are checked.
    Cookies,
    /// Requests without cookies too, if a browser sent them: they would sign somebody in.
    SignsIn,
}

/// Refuses a request that another site may have forged. Reading requests pass.
pub(crate) fn check(app: &App, parts: &Parts, care: Care) -> Result<()> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let headers = &parts.headers;
    if headers.contains_key(header::COOKIE) {
        return from_trusted_origin(app, headers);
    }
    if care == Care::Cookies {
        return Ok(());
    }
    if text(headers, "sec-fetch-site") == Some("cross-site") && text(headers, "sec-fetch-mode") == Some("navigate") {
        return Err(error::CROSS_SITE_NAVIGATION_LOGIN_BLOCKED.into());
    }
    let by_browser = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "origin", "referer"];
    if by_browser.iter().any(|name| text(headers, name).is_some()) {
        return from_trusted_origin(app, headers);
    }
    Ok(())
}

fn from_trusted_origin(app: &App, headers: &HeaderMap) -> Result<()> {
    let origin = text(headers, "origin").or_else(|| text(headers, "referer"));
    match origin {
        // A page of our own with a strict referrer policy.
        Some("null") if text(headers, "sec-fetch-site") == Some("same-origin") => Ok(()),
        None | Some("null") => Err(error::MISSING_OR_NULL_ORIGIN.into()),
        Some(origin) if app.origins.trusts(origin) => Ok(()),
        Some(_) => Err(error::INVALID_ORIGIN.into()),
    }
}

/// The header's text; `None` when it is missing or empty. What is no text is never trusted.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let value = headers.get(name)?;
    Some(value.to_str().unwrap_or("?")).filter(|text| !text.is_empty())
}

/// Refuses addresses to be sent to, in body or query, that are not ours or trusted.
pub(crate) fn check_targets(app: &App, parts: &Parts, body: Option<&Value>) -> Result<()> {
    let given = |name: &str| body.and_then(|body| body.get(name)).filter(|value| is_truthy(value)).cloned();
    let callback = given("callbackURL").or_else(|| from_query(parts, "callbackURL"));
    let targets = [
        (callback, "callbackURL", error::INVALID_CALLBACK_URL),
        (given("redirectTo"), "redirectURL", error::INVALID_REDIRECT_URL),
        (given("errorCallbackURL"), "errorCallbackURL", error::INVALID_ERROR_CALLBACK_URL),
        (given("newUserCallbackURL"), "newUserCallbackURL", error::INVALID_NEW_USER_CALLBACK_URL),
    ];
    for (target, label, refusal) in targets {
        match target {
            None => {}
            Some(Value::String(target)) if app.origins.allows_target(&target) => {}
            Some(Value::String(_)) => return Err(refusal.into()),
            Some(_) => return Err(Error::address_is_no_text(label)),
        }
    }
    Ok(())
}

/// A parameter of the query; one that is repeated is a list, as in the contract.
fn from_query(parts: &Parts, name: &str) -> Option<Value> {
    let query = parts.uri.query()?;
    let mut values =
        url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name).map(|(_, value)| value);
    let first = values.next()?.into_owned();
    let value = if values.next().is_some() { Value::Array(Vec::new()) } else { Value::String(first) };
    Some(value).filter(is_truthy)
}
