//! What the type of a handler tells of its endpoint.

use axum::{Json, response::Response};
use http::StatusCode;
use schemars::JsonSchema;

use super::{Operation, Taken};

/// A handler whose parameters and result tell what it takes and answers; `T` is axum's list of the parameters.
pub(crate) trait Described<T> {
    /// Writes it down.
    fn describe(operation: &mut Operation);
}

/// What a handler results in.
pub(crate) trait Outcome {
    /// Writes down what it tells.
    fn describe(operation: &mut Operation);
}

impl Outcome for Response {
    fn describe(_: &mut Operation) {}
}

impl Outcome for StatusCode {
    fn describe(_: &mut Operation) {}
}

impl<T: JsonSchema> Outcome for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.answer = Some(|schemas| schemas.subschema_for::<T>());
    }
}

impl<T: Outcome, E> Outcome for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl<F, A, R> Described<((),)> for F
where
    F: FnOnce() -> A,
    A: Future<Output = R>,
    R: Outcome,
{
    fn describe(operation: &mut Operation) {
        R::describe(operation);
    }
}

macro_rules! handlers {
    ($([$($parameter:ident),+])+) => {
        $(
            impl<F, A, R, M, $($parameter),+> Described<(M, $($parameter,)+)> for F
            where
                F: FnOnce($($parameter),+) -> A,
                A: Future<Output = R>,
                R: Outcome,
                $($parameter: Taken,)+
            {
                fn describe(operation: &mut Operation) {
                    $($parameter::describe(operation);)+
                    R::describe(operation);
                }
            }
        )+
    };
}

handlers! {
    [P1]
    [P1, P2]
    [P1, P2, P3]
    [P1, P2, P3, P4]
    [P1, P2, P3, P4, P5]
    [P1, P2, P3, P4, P5, P6]
    [P1, P2, P3, P4, P5, P6, P7]
}
