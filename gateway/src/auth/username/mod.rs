//! Names to sign in with, beside the address: `/sign-in/username`, `/is-username-available`, and what sign-up and
//! `/update-user` do with them. Contract: plugins, section 7.
//!
//! A name is looked for before it is set, to say early that it is taken; whom it belongs to is decided by the database.

mod available;
mod check;
mod names;
pub(crate) mod sign_in;

pub(crate) use check::{check_new, sign_up, update};
pub(crate) use names::Names;

use http::StatusCode;

use super::{
    Flow, email_password,
    endpoint::{Routes, post},
    error::{self, Code},
};
use crate::app::usernames::Fault;

/// Off unless configured.
pub(crate) const FLOW: Flow = Flow { id: "username", enabled: |config| config.username.enabled, routes, limits: &[] };

fn routes() -> Routes {
    let faults =
        [Fault::TooShort, Fault::TooLong, Fault::Invalid].map(|fault| refusal(fault, StatusCode::UNPROCESSABLE_ENTITY));
    Routes::new()
        .route(
            "/sign-in/username",
            post(sign_in::answer)
                .says("Signs in with a user name and a password.")
                .answers::<email_password::sign_in::Answer<'_>>()
                .refuses(&faults)
                .refuses(&[
                    error::PASSWORD_TOO_LONG,
                    error::INVALID_USERNAME_OR_PASSWORD,
                    error::EMAIL_NOT_VERIFIED,
                    error::BANNED_USER,
                ]),
        )
        .route(
            "/is-username-available",
            post(available::answer).says("Tells whether nobody has a user name.").refuses(&faults),
        )
}

/// What a fault is told as; the endpoints of this flow have another status than those that set a name.
fn refusal(fault: Fault, status: StatusCode) -> Code {
    match fault {
        Fault::TooShort => error::USERNAME_TOO_SHORT,
        Fault::TooLong => error::USERNAME_TOO_LONG,
        Fault::Invalid => error::INVALID_USERNAME,
    }
    .with(status)
}
