//! Addresses: proving that one is the user's, and moving the account to another.
//!
//! Both go by a signed link in a mail. Nothing of it is stored: the link says whose address it proves and until when,
//! and what it does is bound to the address that the user had when it was made. So it may be followed again without
//! effect, and a link that moves the account works once.

mod change_email;
mod link;
mod moving;
pub(crate) mod send;
mod verify;

use super::{
    Flow,
    endpoint::{Routes, get, post},
    error,
    limit::Limit,
};

pub(crate) use link::{mail_link, pretend_link};

/// Always on: there is always a way for mails to leave.
pub(crate) const FLOW: Flow = Flow { id: "verification", enabled: |_| true, routes, limits: LIMITS };

const LIMITS: &[Limit] = &[Limit::new("/send-verification-email", 60, 3), Limit::new("/change-email*", 10, 3)];

fn routes() -> Routes {
    Routes::new()
        .route(
            "/send-verification-email",
            post(send::answer)
                .says("Mails a link that proves an address. For an unknown address the answer is the same.")
                .refuses(&[error::EMAIL_MISMATCH, error::EMAIL_ALREADY_VERIFIED]),
        )
        .route(
            "/verify-email",
            get(verify::answer)
                .says("Where the link in a mail leads: proves an address, or moves an account to it.")
                .answers::<verify::Answer<'_>>()
                .redirects()
                .refuses(&[
                    error::TOKEN_EXPIRED,
                    verify::INVALID_TOKEN,
                    verify::USER_NOT_FOUND,
                    error::INVALID_USER,
                    error::BANNED_USER,
                ]),
        )
        .route(
            "/change-email",
            post(change_email::answer)
                .says("Begins to move the account to another address. For a taken address the answer is the same.")
                .refuses(&[error::CHANGE_EMAIL_DISABLED]),
        )
}
