//! Who acts, and whether they may.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};

use crate::{
    app::{App, audit::What},
    auth::{
        endpoint::{Need, Operation, Taken},
        error::{self, Code, Error, Result},
        extract::{Current, StoredSession},
        fields::{Fields, Form},
        visitor::Visitor,
    },
    config::Actions,
    identity::permissions,
    store::{User, UserId},
};

/// The resources that this API is about. Other ones belong to the apps behind the gateway.
const OWN: [&str; 2] = ["user", "session"];

/// The session of whoever acts, read from the database. Without one the contract says nothing but 401.
pub(super) struct Acting {
    current: StoredSession,
    visitor: Visitor,
}

impl Acting {
    /// Whether they may do all of this.
    pub(super) fn may(&self, app: &App, wanted: &Actions) -> bool {
        let led = self.session.impersonated_by.is_some();
        if led && OWN.iter().any(|own| wanted.contains_key(*own)) {
            return false;
        }
        app.permissions.allow_user(self.user.id.as_str(), self.user.role.as_deref(), wanted)
    }

    /// Refuses them if they may not.
    pub(super) fn must(&self, app: &App, resource: &str, action: &str, refusal: Code) -> Result<()> {
        if self.may(app, &permissions::one(resource, action)) { Ok(()) } else { Err(refusal.into()) }
    }

    /// Whether it is their own account.
    pub(super) fn is(&self, user: &UserId) -> bool {
        self.user.id == *user
    }

    /// From where they act.
    pub(super) fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// Notes what they did to a user.
    pub(super) async fn note(&self, app: &App, what: What, subject: &UserId) {
        app.note(self.visitor.act_in(&self.session, what).about(subject)).await;
    }
}

impl Deref for Acting {
    type Target = Current;

    fn deref(&self) -> &Current {
        &self.current
    }
}

impl FromRequestParts<App> for Acting {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let current = StoredSession::from_request_parts(parts, app).await.map_err(wordless)?;
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        Ok(Self { current, visitor })
    }
}

impl Taken for Acting {
    fn describe(operation: &mut Operation) {
        operation.session = Need::Session;
        operation.silent.push(StatusCode::UNAUTHORIZED);
    }
}

/// The same refusal without a word, if it is that nobody is signed in.
fn wordless(refusal: Error) -> Error {
    match refusal {
        Error::Refused(error::UNAUTHORIZED) => Error::Bare(StatusCode::UNAUTHORIZED),
        other => other,
    }
}

/// The user with this id.
pub(super) async fn user(app: &App, id: &UserId) -> Result<User> {
    app.store.user_by_id(id).await?.ok_or_else(|| super::USER_NOT_FOUND.into())
}

/// A body that names a user and nothing else.
pub(super) struct OfUser {
    /// Whom.
    pub(super) user_id: UserId,
}

impl Form for OfUser {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { user_id: fields.as_text("userId").into() }
    }
}
