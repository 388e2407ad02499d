//! What users do with their own account: its fields, its end, and the ways to sign in that belong to it.

pub(crate) mod delete_user;
pub(crate) mod list;
pub(crate) mod selection;
pub(crate) mod unlink;
pub(crate) mod update_user;

use http::StatusCode;

use super::{
    Flow,
    endpoint::{Routes, get, post},
    error, view,
};

/// Always on.
pub(crate) const FLOW: Flow = Flow { id: "account", enabled: |_| true, routes, limits: &[] };

fn routes() -> Routes {
    Routes::new()
        .route(
            "/update-user",
            post(update_user::answer).says("Changes the name, the picture and the user name of the user.").refuses(&[
                error::EMAIL_CAN_NOT_BE_UPDATED,
                error::USERNAME_IS_ALREADY_TAKEN,
                error::USERNAME_TOO_SHORT,
                error::USERNAME_TOO_LONG,
                error::INVALID_USERNAME,
                error::INVALID_DISPLAY_USERNAME,
                error::USERNAME_IS_IMMUTABLE,
            ]),
        )
        .route(
            "/delete-user",
            post(delete_user::answer).says("Deletes the user, or mails a link that does.").refuses(&[
                error::PASSWORD_TOO_LONG,
                error::CREDENTIAL_ACCOUNT_NOT_FOUND,
                error::INVALID_PASSWORD,
                error::INVALID_TOKEN.with(StatusCode::NOT_FOUND),
                error::SESSION_EXPIRED,
            ]),
        )
        .route(
            "/delete-user/callback",
            get(delete_user::follow)
                .says("Deletes the user, whom a mailed link led here.")
                .answers::<delete_user::Answer>()
                .redirects()
                .refuses(&[
                    error::NOT_FOUND,
                    error::FAILED_TO_GET_USER_INFO,
                    error::INVALID_TOKEN.with(StatusCode::NOT_FOUND),
                ]),
        )
        .route(
            "/list-accounts",
            get(list::answer).says("Lists the ways in which the user can sign in.").answers::<Vec<view::Account<'_>>>(),
        )
        .route(
            "/unlink-account",
            post(unlink::answer)
                .says("Takes one way to sign in away, but never the last one.")
                .refuses(&[error::FAILED_TO_UNLINK_LAST_ACCOUNT, error::ACCOUNT_NOT_FOUND]),
        )
}
