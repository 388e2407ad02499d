//! Codes by mail: to sign in, to prove an address, to set a new password, to move to another address.
//!
//! A code works for a few minutes, once, and bears few wrong guesses, which are counted however many come at the same time. For an
//! address that nobody has, a code is kept that nobody can say, so that nothing looks different.

mod change_email;
mod check;
pub(crate) mod code;
mod reset;
pub(crate) mod send;
pub(crate) mod sign_in;
mod verify_email;

use super::{
    Flow,
    endpoint::{Routes, post},
    error::{self, Code},
    limit::Limit,
};
use crate::app::App;

/// Off unless enabled.
pub(crate) const FLOW: Flow =
    Flow { id: "email_otp", enabled: |config| config.email_otp.enabled, routes, limits: LIMITS };

const LIMITS: &[Limit] = &[
    Limit::new("/email-otp/*", 60, 3),
    Limit::new("/sign-in/email-otp", 60, 3),
    Limit::new("/forget-password/email-otp", 60, 3),
];

/// How a code may be refused.
const GUESSES: [Code; 3] = [error::INVALID_OTP, error::OTP_EXPIRED, error::TOO_MANY_ATTEMPTS];

fn routes() -> Routes {
    of_addresses(Routes::new())
        .route(
            "/sign-in/email-otp",
            post(sign_in::answer)
                .says("Signs in by a code, and makes an account for who has none.")
                .answers::<sign_in::Answer<'_>>()
                .refuses(&GUESSES)
                .refuses(&[error::BANNED_USER]),
        )
        .route(
            "/email-otp/request-password-reset",
            post(reset::request)
                .says("Mails a code for a new password. For an unknown address the answer is the same.")
                .refuses(&[error::INVALID_EMAIL]),
        )
        .route(
            "/forget-password/email-otp",
            post(reset::request)
                .says("As `/email-otp/request-password-reset`, by its older name.")
                .refuses(&[error::INVALID_EMAIL]),
        )
        .route(
            "/email-otp/reset-password",
            post(reset::answer).says("Sets the password of whoever the code was mailed to.").refuses(&GUESSES).refuses(
                &[
                    error::INVALID_EMAIL,
                    error::USER_NOT_FOUND,
                    error::PASSWORD_TOO_SHORT,
                    error::PASSWORD_TOO_LONG,
                    error::PASSWORD_COMPROMISED,
                ],
            ),
        )
}

fn of_addresses(routes: Routes) -> Routes {
    routes
        .route(
            "/email-otp/send-verification-otp",
            post(send::answer)
                .says("Mails a code. For an unknown address the answer is the same.")
                .refuses(&[error::INVALID_EMAIL]),
        )
        .route(
            "/email-otp/check-verification-otp",
            post(check::answer)
                .says("Tells whether a code is right; it can be used afterwards.")
                .refuses(&GUESSES)
                .refuses(&[error::INVALID_EMAIL, error::USER_NOT_FOUND]),
        )
        .route(
            "/email-otp/verify-email",
            post(verify_email::answer)
                .says("Proves an address by a code, and signs in where that is configured.")
                .answers::<verify_email::Answer<'_>>()
                .refuses(&GUESSES)
                .refuses(&[error::INVALID_EMAIL, error::USER_NOT_FOUND, error::BANNED_USER]),
        )
        .route(
            "/email-otp/request-email-change",
            post(change_email::request)
                .says("Mails a code to the address that the account is to move to. For a taken one the answer is the same.")
                .refuses(&GUESSES)
                .refuses(&[error::INVALID_EMAIL]),
        )
        .route(
            "/email-otp/change-email",
            post(change_email::answer)
                .says("Moves the account to the address that a code was mailed to.")
                .refuses(&GUESSES)
                .refuses(&[error::INVALID_EMAIL, error::USER_NOT_FOUND]),
        )
}

/// Whether codes are mailed wherever a link would be that proves an address.
pub(crate) fn replaces_links(app: &App) -> bool {
    app.config.email_otp.enabled && app.config.email_otp.override_default_email_verification
}

/// Whether signing up with a password has a code mailed.
pub(crate) fn is_sent_on_sign_up(app: &App) -> bool {
    let codes = &app.config.email_otp;
    codes.enabled && codes.send_verification_on_sign_up && !codes.override_default_email_verification
}
