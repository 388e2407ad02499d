//! What each kind of parameter tells of the endpoint whose handler takes it.

use axum::extract::{Path, State};
use http::{HeaderMap, Uri, request::Parts};

use super::{BodyForm, Need, Operation};
use crate::{
    app::App,
    auth::{
        error,
        extract::{AnySession, Bodiless, FreshSession, Input, LiveSession, Query, StoredSession},
        fields::{self, Form, Presence},
        jar::Jar,
        visitor::Visitor,
    },
};

/// A parameter of a handler.
pub(crate) trait Taken {
    /// Writes down what it tells; nothing for what clients don't see.
    fn describe(_: &mut Operation) {}
}

impl Taken for State<App> {}
impl Taken for HeaderMap {}
impl Taken for Uri {}
impl Taken for Parts {}
impl Taken for Jar {}
impl Taken for Visitor {}
impl<T> Taken for Path<T> {}

impl<T: Taken, E> Taken for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl<F: Form> Taken for Input<F> {
    fn describe(operation: &mut Operation) {
        let required = !matches!(F::PRESENCE, Presence::Optional | Presence::Ignored);
        operation.body = Some(BodyForm { media: F::MEDIA, required, schema: fields::schema::<F>() });
        operation.refusals.extend([
            error::MISSING_OR_NULL_ORIGIN,
            error::INVALID_ORIGIN,
            error::INVALID_CALLBACK_URL,
            error::INVALID_REDIRECT_URL,
            error::INVALID_ERROR_CALLBACK_URL,
            error::INVALID_NEW_USER_CALLBACK_URL,
            error::PAYLOAD_TOO_LARGE,
        ]);
        if F::SIGNS_IN {
            operation.refusals.push(error::CROSS_SITE_NAVIGATION_LOGIN_BLOCKED);
        }
    }
}

impl<F: Form> Taken for Query<F> {
    fn describe(operation: &mut Operation) {
        operation.query = fields::asked_by::<F>();
        operation.refusals.push(error::INVALID_CALLBACK_URL);
    }
}

impl Taken for Bodiless {
    fn describe(operation: &mut Operation) {
        operation.refusals.extend([error::MISSING_OR_NULL_ORIGIN, error::INVALID_ORIGIN, error::INVALID_CALLBACK_URL]);
    }
}

impl Taken for AnySession {
    fn describe(operation: &mut Operation) {
        operation.session = Need::Optional;
    }
}

impl Taken for LiveSession {
    fn describe(operation: &mut Operation) {
        operation.session = Need::Session;
        operation.refusals.push(error::UNAUTHORIZED);
    }
}

impl Taken for StoredSession {
    fn describe(operation: &mut Operation) {
        operation.session = Need::Session;
        operation.refusals.push(error::UNAUTHORIZED);
    }
}

impl Taken for FreshSession {
    fn describe(operation: &mut Operation) {
        operation.session = Need::Session;
        operation.refusals.extend([error::UNAUTHORIZED, error::SESSION_NOT_FRESH]);
    }
}
