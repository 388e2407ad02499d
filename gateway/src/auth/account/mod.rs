//! What users do with their own account: its fields, its end, and the ways to sign in that belong to it.

pub(crate) mod list;
mod selection;
mod social;
mod tokens;
mod unlink;
pub(crate) mod update_user;

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
            post(update_user::answer)
                .says("Changes the name and the picture of the user.")
                .refuses(&[error::EMAIL_CAN_NOT_BE_UPDATED]),
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
        .route(
            "/sign-in/social",
            post(social::sign_in)
                .says("Refused: no provider is configured in this version.")
                .refuses(&[error::PROVIDER_NOT_FOUND]),
        )
        .route(
            "/link-social",
            post(social::link)
                .says("Refused: no provider is configured in this version.")
                .refuses(&[error::PROVIDER_NOT_FOUND]),
        )
        .route(
            "/get-access-token",
            post(tokens::access_token)
                .says("Refused: no provider is configured in this version.")
                .refuses(&[error::ACCOUNT_NOT_FOUND]),
        )
        .route(
            "/refresh-token",
            post(tokens::refresh)
                .says("Refused: no provider is configured in this version.")
                .refuses(&[error::ACCOUNT_NOT_FOUND]),
        )
        .route(
            "/account-info",
            get(tokens::info)
                .says("Refused: no provider is configured in this version.")
                .refuses(&[error::ACCOUNT_NOT_FOUND, error::PROVIDER_NOT_CONFIGURED])
                .post(tokens::info_by_post)
                .says("Refused: no provider is configured in this version. For clients of 1.3.")
                .refuses(&[error::ACCOUNT_NOT_FOUND, error::PROVIDER_NOT_CONFIGURED]),
        )
}
