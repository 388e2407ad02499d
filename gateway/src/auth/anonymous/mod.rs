//! Accounts without an address, made by signing in: `/sign-in/anonymous`, `/delete-anonymous-user`, and their end when
//! their owner signs in with another account. Contract: plugins, section 12.

mod delete;
pub(crate) mod link;
mod sign_in;

use super::{
    Flow,
    endpoint::{Routes, post},
    error,
};

/// Off unless configured.
pub(crate) const FLOW: Flow = Flow { id: "anonymous", enabled: |config| config.anonymous.enabled, routes, limits: &[] };

fn routes() -> Routes {
    Routes::new()
        .route(
            "/sign-in/anonymous",
            post(sign_in::answer)
                .says("Makes an account without an address and signs it in.")
                .answers::<sign_in::Answer<'_>>()
                .refuses(&[error::ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY]),
        )
        .route(
            "/delete-anonymous-user",
            post(delete::answer)
                .says("Deletes the user, who must be anonymous.")
                .refuses(&[error::DELETE_ANONYMOUS_USER_DISABLED, error::USER_IS_NOT_ANONYMOUS]),
        )
}
