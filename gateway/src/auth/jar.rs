//! The cookies that go out with an answer, gathered while the request is handled.
//!
//! Whatever else the answer becomes, these are sent. The last word on a cookie counts: a session that is extended and
//! then ended in one request leaves only the line that clears it.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, header, request::Parts};

use crate::{app::App, store::Session};

/// Cookies of one answer. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Jar(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    lines: Vec<HeaderValue>,
    /// Whether the browser has the mark of a session that ends with it.
    had_dont_remember: bool,
    /// The signed token, while a session is among the cookies.
    signed_token: Option<HeaderValue>,
}

impl Jar {
    /// An empty one for the answer to a request with these headers.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Self {
        let had_dont_remember = app.cookies.has_dont_remember(headers);
        Self(Arc::new(Mutex::new(Inner { had_dont_remember, ..Inner::default() })))
    }

    /// Hands the session to the browser.
    pub(crate) fn set_session(&self, app: &App, session: &Session, remember: bool) {
        let mut inner = self.inner();
        for line in app.cookies.set_session(session.token.expose(), remember) {
            inner.add(line);
        }
        if remember && inner.had_dont_remember {
            inner.add(app.cookies.clear_dont_remember());
        }
        if app.config.bearer.enabled {
            let signed = app.signer.signed(session.token.expose());
            inner.signed_token = HeaderValue::try_from(signed).ok();
        }
    }

    /// Hands the current session to the browser once more, for as long as it was to be remembered.
    pub(crate) fn renew_session(&self, app: &App, session: &Session) {
        let remember = !self.inner().had_dont_remember;
        self.set_session(app, session, remember);
    }

    /// Takes every cookie of a session away from the browser.
    pub(crate) fn clear_session(&self, app: &App) {
        let mut inner = self.inner();
        inner.signed_token = None;
        for line in app.cookies.clear_all() {
            inner.add(line);
        }
    }

    /// Adds one cookie.
    pub(crate) fn add(&self, line: HeaderValue) {
        self.inner().add(line);
    }

    /// Writes the cookies, and the token for clients without cookies, into the answer.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let mut inner = self.inner();
        for line in inner.lines.drain(..) {
            headers.append(header::SET_COOKIE, line);
        }
        if let Some(token) = inner.signed_token.take() {
            headers.insert("set-auth-token", token);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("set-auth-token"));
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, line: HeaderValue) {
        self.lines.retain(|other| name(other) != name(&line));
        self.lines.push(line);
    }
}

fn name(line: &HeaderValue) -> &[u8] {
    line.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default()
}

impl FromRequestParts<App> for Jar {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let jar = parts.extensions.get_or_insert_with(|| Self::of(app, &parts.headers));
        Ok(jar.clone())
    }
}
