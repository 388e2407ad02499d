//! Accounts with an e-mail address and a password.
//!
//! Known and unknown addresses take the same time and get the same answer at sign-in. At sign-up a taken address is told
//! unless nobody is signed in by signing up: then a taken one is answered as a new one.

pub(crate) mod change;
pub(crate) mod password;
pub(crate) mod request_reset;
pub(crate) mod reset;
pub(crate) mod sign_in;
pub(crate) mod sign_up;

use super::{
    Flow,
    endpoint::{Routes, get, post},
    error,
    limit::Limit,
};

/// Sign-up and sign-in by e-mail and password, and changing the password. Off or on, the routes exist and say which.
pub(crate) const FLOW: Flow = Flow { id: "email_password", enabled: |_| true, routes, limits: LIMITS };

const LIMITS: &[Limit] = &[
    Limit::new("/sign-in*", 10, 3),
    Limit::new("/sign-up*", 10, 3),
    Limit::new("/change-password*", 10, 3),
    Limit::new("/request-password-reset", 60, 3),
    Limit::new("/forget-password", 60, 3),
];

fn routes() -> Routes {
    Routes::new()
        .route(
            "/sign-up/email",
            post(sign_up::answer)
                .says("Makes an account with an address and a password, and signs it in unless configured otherwise.")
                .answers::<sign_up::Answer<'_>>()
                .refuses(&[
                    error::EMAIL_PASSWORD_SIGN_UP_DISABLED,
                    error::PASSWORD_TOO_SHORT,
                    error::PASSWORD_TOO_LONG,
                    error::PASSWORD_COMPROMISED,
                    error::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL,
                    error::USERNAME_IS_ALREADY_TAKEN,
                    error::USERNAME_TOO_SHORT,
                    error::USERNAME_TOO_LONG,
                    error::INVALID_USERNAME,
                    error::INVALID_DISPLAY_USERNAME,
                    error::FAILED_TO_CREATE_USER,
                ]),
        )
        .route(
            "/sign-in/email",
            post(sign_in::answer)
                .says("Signs in with an address and a password.")
                .answers::<sign_in::Answer<'_>>()
                .refuses(&[
                    error::EMAIL_PASSWORD_DISABLED,
                    error::INVALID_EMAIL,
                    error::PASSWORD_TOO_LONG,
                    error::INVALID_EMAIL_OR_PASSWORD,
                    error::EMAIL_NOT_VERIFIED,
                    error::BANNED_USER,
                ]),
        )        .route(
            "/request-password-reset",
            post(request_reset::answer)
                .says("Mails a link that lets its reader set a new password. For an unknown address the answer is the same.")
                .refuses(&[error::RESET_PASSWORD_DISABLED]),
        )
        .route(
            "/forget-password",
            post(request_reset::answer)
                .says("As `/request-password-reset`, by the name that clients of Better Auth 1.3 know.")
                .refuses(&[error::RESET_PASSWORD_DISABLED]),
        )
        .route(
            "/reset-password/{token}",
            get(reset::follow)
                .says("Where the link in a mail leads: redirects to the page that asks for the password.")
                .redirects(),
        )
        .route(
            "/reset-password",
            post(reset::answer).says("Sets the password of whoever the token was mailed to; it works once.").refuses(&[
                error::INVALID_TOKEN,
                error::USER_NOT_FOUND,
                error::PASSWORD_TOO_SHORT,
                error::PASSWORD_TOO_LONG,
                error::PASSWORD_COMPROMISED,
            ]),
        )
        .route(
            "/change-password",
            post(change::change)
                .says("Sets another password for whoever is signed in and knows the current one.")
                .answers::<change::Answer<'_>>()
                .refuses(&[
                    error::INVALID_PASSWORD,
                    error::CREDENTIAL_ACCOUNT_NOT_FOUND,
                    error::PASSWORD_TOO_SHORT,
                    error::PASSWORD_TOO_LONG,
                    error::PASSWORD_COMPROMISED,
                ]),
        )
        .route(
            "/verify-password",
            post(change::verify)
                .says("Tells whether a password is that of whoever is signed in.")
                .refuses(&[error::INVALID_PASSWORD, error::PASSWORD_TOO_LONG]),
        )
}
