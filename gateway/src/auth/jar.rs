//! The cookies that go out with an answer, gathered while the request is handled.
//!
//! Whatever else the answer becomes, these are sent. The last word on a cookie counts: a session that is extended and
//! then ended in one request leaves only the line that clears it. A cookie that is cleared because it was bad and then
//! set has both lines, in this order, as in the contract.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, header, request::Parts};

use super::session_copy;
use crate::{
    app::App,
    identity::cookie::Copies,
    store::{Session, User},
};

/// Cookies of one answer. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Jar(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    lines: Vec<HeaderValue>,
    /// Whether the browser has the mark of a session that ends with it.
    had_dont_remember: bool,
    /// The copy of the session that the browser has.
    copies: Copies,
    /// The signed token, while a session is among the cookies.
    signed_token: Option<HeaderValue>,
    /// A token for services.
    jwt: Option<HeaderValue>,
    /// The session that was begun, or begun anew.
    begun: Option<Begun>,
    /// A token that hands the session on.
    one_time_token: Option<HeaderValue>,
}

/// A session that a request began, or began anew.
#[derive(Clone)]
pub(crate) struct Begun {
    /// The session.
    pub(crate) session: Session,
    /// Whether its user is anonymous.
    pub(crate) is_anonymous: bool,
}

impl Jar {
    /// An empty one for the answer to a request with these headers.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Self {
        let had_dont_remember = app.cookies.has_dont_remember(headers);
        let copies = app.cookies.copies(headers);
        Self(Arc::new(Mutex::new(Inner { had_dont_remember, copies, ..Inner::default() })))
    }

    /// Hands the session to the browser, with a copy of it where these are configured.
    pub(crate) fn set_session(&self, app: &App, session: &Session, user: &User, remember: bool) {
        let mut inner = self.inner();
        inner.add_session(app, session, app.cookies.set_session(session.token.expose(), remember));
        if remember && inner.had_dont_remember {
            inner.add(app.cookies.clear_dont_remember());
        }
        inner.add_copy(app, session, user, remember);
        inner.begun = Some(Begun { session: session.clone(), is_anonymous: user.is_anonymous == Some(true) });
    }

    /// The session that was begun, if one was and has not been ended since.
    pub(crate) fn begun(&self) -> Option<Begun> {
        self.inner().begun.clone()
    }

    /// A cookie that a flow sets or clears by itself.
    pub(crate) fn add(&self, line: HeaderValue) {
        self.inner().add(line);
    }

    /// A token that hands the session on, for clients that can read headers.
    pub(crate) fn set_one_time_token(&self, token: Option<HeaderValue>) {
        self.inner().one_time_token = token;
    }

    /// Hands the browser the session that it has, under today's signature.
    pub(crate) fn sign_anew(&self, app: &App, session: &Session) {
        let mut inner = self.inner();
        let seconds = (session.expires_at - app.clock.now()).num_seconds();
        let left = u64::try_from(seconds).ok().filter(|_| !inner.had_dont_remember);
        inner.add_session(app, session, app.cookies.sign_anew(session.token.expose(), left));
    }

    /// The copy of the session that the browser sent.
    pub(crate) fn sent_copy(&self) -> Option<String> {
        self.inner().copies.value().map(str::to_owned)
    }

    /// Whether the browser has the mark of a session that ends with it.
    pub(crate) fn had_dont_remember(&self) -> bool {
        self.inner().had_dont_remember
    }

    /// Gives the browser a new copy of its session.
    pub(crate) fn set_copy(&self, app: &App, session: &Session, user: &User) {
        self.inner().add_copy(app, session, user, true);
    }

    /// Gives the browser a new copy of its session for as long as that was to be remembered.
    pub(crate) fn renew_copy(&self, app: &App, session: &Session, user: &User) {
        let mut inner = self.inner();
        let remember = !inner.had_dont_remember;
        inner.add_copy(app, session, user, remember);
    }

    /// Sets a cookie that is no secret: neither signed nor hidden from scripts.
    pub(crate) fn set_readable(&self, app: &App, name: &str, value: &str, max_age: u64) {
        self.inner().add(app.cookies.set_readable(name, value, max_age));
    }

    /// Takes back a copy that isn't good.
    pub(crate) fn clear_copy(&self, app: &App) {
        self.inner().add(app.cookies.clear_copy());
    }

    /// Takes away all that is left of a copy.
    pub(crate) fn clear_copies(&self, app: &App) {
        let mut inner = self.inner();
        for line in app.cookies.clear_copies(&inner.copies) {
            inner.add(line);
        }
    }

    /// Hands the current session to the browser once more, for as long as it was to be remembered.
    pub(crate) fn renew_session(&self, app: &App, session: &Session, user: &User) {
        let remember = !self.inner().had_dont_remember;
        self.set_session(app, session, user, remember);
    }

    /// Takes every cookie of a session away from the browser.
    pub(crate) fn clear_session(&self, app: &App) {
        let mut inner = self.inner();
        (inner.signed_token, inner.begun) = (None, None);
        let lines = app.cookies.clear_all(&inner.copies);
        inner.lines.retain(|earlier| lines.iter().all(|line| name(earlier) != name(line)));
        inner.lines.extend(lines);
    }

    /// Puts the admin's session aside while the admin acts as somebody else.
    pub(crate) fn put_aside(&self, app: &App, admin: &Session) {
        self.clear_session(app);
        let mut inner = self.inner();
        let remember = !inner.had_dont_remember;
        inner.add(app.cookies.set_admin_session(admin.token.expose(), remember));
    }

    /// Forgets the session that was put aside.
    pub(crate) fn clear_put_aside(&self, app: &App) {
        self.inner().add(app.cookies.clear_admin_session());
    }

    /// Lets a token for services go out with the answer.
    pub(crate) fn set_jwt(&self, token: HeaderValue) {
        self.inner().jwt = Some(token);
    }

    /// Writes the cookies, and the tokens for clients without cookies and for services, into the answer.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let mut inner = self.inner();
        for line in inner.lines.drain(..) {
            headers.append(header::SET_COOKIE, line);
        }
        let tokens = [
            ("set-auth-token", inner.signed_token.take()),
            ("set-auth-jwt", inner.jwt.take()),
            ("set-ott", inner.one_time_token.take()),
        ];
        for (name, token) in tokens {
            if let Some(token) = token {
                headers.insert(name, token);
                expose(headers, name);
            }
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A line that clears replaces every earlier one for its cookie, a line that sets every earlier one that sets.
    fn add(&mut self, line: HeaderValue) {
        let clears = is_clearing(&line);
        self.lines.retain(|earlier| name(earlier) != name(&line) || !clears && is_clearing(earlier));
        self.lines.push(line);
    }

    fn add_session(&mut self, app: &App, session: &Session, lines: Vec<HeaderValue>) {
        for line in lines {
            self.add(line);
        }
        if app.config.bearer.enabled {
            let signed = app.signer.signed(session.token.expose());
            self.signed_token = HeaderValue::try_from(signed).ok();
        }
    }

    fn add_copy(&mut self, app: &App, session: &Session, user: &User, remember: bool) {
        let Some(copy) = session_copy::write(app, session, user, remember) else { return };
        for line in app.cookies.set_copy(&self.copies, &copy.value, copy.max_age) {
            self.add(line);
        }
    }
}

/// Lets pages of other origins read a header, beside those that they may read already.
fn expose(headers: &mut HeaderMap, name: &'static str) {
    let earlier = headers.get(header::ACCESS_CONTROL_EXPOSE_HEADERS).and_then(|earlier| earlier.to_str().ok());
    let names = earlier
        .map_or(Ok(HeaderValue::from_static(name)), |earlier| HeaderValue::try_from(format!("{earlier}, {name}")));
    if let Ok(names) = names {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
    }
}

fn name(line: &HeaderValue) -> &[u8] {
    line.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default()
}

fn is_clearing(line: &HeaderValue) -> bool {
    line.as_bytes()[name(line).len()..].starts_with(b"=;")
}

impl FromRequestParts<App> for Jar {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let jar = parts.extensions.get_or_insert_with(|| Self::of(app, &parts.headers));
        Ok(jar.clone())
    }
}
