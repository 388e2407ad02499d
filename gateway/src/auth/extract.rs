//! What handlers ask for: a checked body, and the session of whoever asks.
//!
//! In a handler's list of parameters the body stands before the session, because a wrong body is told before a missing
//! session. A session can't be had for a request that changes something unless its origin was checked.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRequestParts;
use http::{Method, request::Parts};

use super::{
    body,
    error::{self, Error, Result},
    fields::{self, Form},
    jar::Jar,
    origin_check::{self, Care},
    session::{self, Reading},
};
use crate::{
    app::App,
    identity::Known,
    store::{Session, User},
};

/// A body of the form `F`, in this order: media type and syntax, origin, addresses to be sent to, fields.
pub(crate) struct Input<F>(pub(crate) F);

/// A request whose origin is fine; its body is not even parsed.
pub(crate) struct Bodiless;

impl FromRequestParts<App> for Bodiless {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        origin_check::check(app, parts, Care::Cookies)?;
        origin_check::check_targets(app, parts, None)?;
        parts.extensions.insert(OriginChecked);
        Ok(Self)
    }
}

/// A query of the form `F`, then the address in it to be sent to.
pub(crate) struct Query<F>(pub(crate) F);

impl<F: Form> FromRequestParts<App> for Query<F> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let form = fields::read_query(parts.uri.query())?;
        origin_check::check_targets(app, parts, None)?;
        Ok(Self(form))
    }
}

/// Left on a request whose origin was checked.
#[derive(Clone)]
struct OriginChecked;

impl<F: Form> FromRequestParts<App> for Input<F> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let body = body::parse(parts, F::MEDIA)?;
        let care = if F::SIGNS_IN { Care::SignsIn } else { Care::Cookies };
        origin_check::check(app, parts, care)?;
        origin_check::check_targets(app, parts, body.as_ref())?;
        parts.extensions.insert(OriginChecked);
        F::before(app, parts, body.as_ref()).await?;
        fields::read(body.as_ref()).map(Self)
    }
}

/// The session of whoever asks.
pub(crate) struct LiveSession(Current);

/// The session of whoever asks, read from the database and not from memory.
pub(crate) struct StoredSession(Current);

/// The session of whoever asks, begun not long ago.
pub(crate) struct FreshSession(Current);

/// The session of whoever asks, or none.
pub(crate) struct AnySession(pub(crate) Option<Current>);

/// A live session and its user.
pub(crate) struct Current {
    /// As it lies in memory.
    pub(crate) known: Arc<Known>,
    /// The user, as read.
    pub(crate) user: User,
    /// The session as it is now, that is, after it was extended.
    pub(crate) session: Session,
}

macro_rules! levels {
    ($($level:ident: $reading:expr, $check:expr;)+) => {
        $(impl Deref for $level {
            type Target = Current;

            fn deref(&self) -> &Current {
                &self.0
            }
        }

        impl FromRequestParts<App> for $level {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
                let current = current(parts, app, $reading).await?;
                let check: fn(&App, &Current) -> Result<()> = $check;
                check(app, &current)?;
                Ok(Self(current))
            }
        })+
    };
}

levels! {
    LiveSession: Reading::Cached, |_, _| Ok(());
    StoredSession: Reading::Stored, |_, _| Ok(());
    FreshSession: Reading::Cached, is_fresh;
}

fn is_fresh(app: &App, current: &Current) -> Result<()> {
    let fresh = app.identity.rules().is_fresh(current.session.created_at, app.clock.now());
    if fresh { Ok(()) } else { Err(error::SESSION_NOT_FRESH.into()) }
}

impl FromRequestParts<App> for AnySession {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        find(parts, app, Reading::Cached).await.map(Self)
    }
}

async fn current(parts: &mut Parts, app: &App, reading: Reading) -> Result<Current> {
    find(parts, app, reading).await?.ok_or_else(|| error::UNAUTHORIZED.into())
}

async fn find(parts: &mut Parts, app: &App, reading: Reading) -> Result<Option<Current>> {
    let reads_only = matches!(parts.method, Method::GET | Method::HEAD);
    if !reads_only && parts.extensions.get::<OriginChecked>().is_none() {
        return Err(Error::Internal(anyhow::anyhow!(
            "{} asks for a session without checking its origin",
            parts.uri.path()
        )));
    }
    let Ok(jar) = Jar::from_request_parts(parts, app).await;
    session::find(app, parts, &jar, reading).await
}
