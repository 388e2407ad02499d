//! Signing in with others: OAuth 2 and OpenID Connect.
//!
//! `authorize` and `state` lead there, `callback` and `exchange` back; `arrive` decides who it is here, `link` whose the
//! account becomes, `renewal` keeps the tokens fresh. What is peculiar to a provider is a table in `providers`.

mod arrive;
mod authorize;
mod brought;
mod callback;
mod discovery;
mod exchange;
mod generic;
mod grant;
mod id_token;
mod link;
pub(crate) mod logout;
mod older;
mod outbound;
pub(crate) mod provider;
mod providers;
mod registry;
mod renewal;
mod sessions;
pub(crate) mod social;
mod starts;
mod state;
mod tokens;

#[cfg(test)]
mod tests;

use http::StatusCode;

use super::{
    Flow,
    endpoint::{Routes, get, post},
    error,
};

pub(crate) use registry::Providers;

/// Always on: without providers everything is refused in the contract's words.
pub(crate) const FLOW: Flow = Flow { id: "oauth", enabled: |_| true, routes, limits: &[] };

fn routes() -> Routes {
    older(tokens(ways(Routes::new())))
}

/// There and back.
fn ways(routes: Routes) -> Routes {
    routes
        .route(
            "/sign-in/social",
            post(social::sign_in)
                .says("Leads to a provider, or signs in with an ID token from there.")
                .answers::<social::Way>()
                .refuses(&[
                    error::PROVIDER_NOT_FOUND,
                    error::ID_TOKEN_NOT_SUPPORTED,
                    error::INVALID_TOKEN.with(StatusCode::UNAUTHORIZED),
                    error::FAILED_TO_GET_USER_INFO.with(StatusCode::UNAUTHORIZED),
                    error::USER_EMAIL_NOT_FOUND,
                    error::EMAIL_NOT_VERIFIED,
                ]),
        )
        .route(
            "/callback/{provider}",
            get(callback::by_get)
                .says("Where providers send people back; leads on, signed in or with the reason why not.")
                .redirects()
                .post(callback::by_post)
                .says("Leads to the same by GET.")
                .redirects(),
        )
        .route(
            "/link-social",
            post(social::link)
                .says("Leads to a provider whose account is to be the user's too, or takes an ID token from there.")
                .answers::<social::Way>()
                .refuses(&[
                    error::PROVIDER_NOT_FOUND,
                    error::ID_TOKEN_NOT_SUPPORTED,
                    error::INVALID_TOKEN.with(StatusCode::UNAUTHORIZED),
                    error::FAILED_TO_GET_USER_INFO.with(StatusCode::UNAUTHORIZED),
                    error::USER_EMAIL_NOT_FOUND,
                    error::SOCIAL_ACCOUNT_ALREADY_LINKED,
                    error::LINKING_NOT_ALLOWED,
                    error::LINKING_DIFFERENT_EMAILS_NOT_ALLOWED,
                ]),
        )
        .route(
            "/oauth2/backchannel-logout/{provider}",
            post(logout::backchannel)
                .says("Where an OpenID provider says that somebody signed out there: the sessions end that began so.")
                .refuses(&[error::PROVIDER_NOT_FOUND, error::INVALID_LOGOUT_TOKEN]),
        )
}

/// What a provider gave.
fn tokens(routes: Routes) -> Routes {
    routes
        .route(
            "/get-access-token",
            post(tokens::access_token)
                .says("Gives the provider's access token of an account, renewed if it is about to end.")
                .answers::<serde_json::Value>()
                .refuses_silently(StatusCode::UNAUTHORIZED)
                .refuses(&[error::ACCOUNT_NOT_FOUND, error::FAILED_TO_GET_ACCESS_TOKEN]),
        )
        .route(
            "/refresh-token",
            post(tokens::refresh)
                .says("Has the provider renew the tokens of an account.")
                .answers::<serde_json::Value>()
                .refuses_silently(StatusCode::UNAUTHORIZED)
                .refuses(&[
                    error::ACCOUNT_NOT_FOUND,
                    error::REFRESH_TOKEN_NOT_FOUND,
                    error::FAILED_TO_REFRESH_ACCESS_TOKEN,
                ]),
        )
        .route(
            "/account-info",
            get(tokens::info)
                .says("Tells the user as the provider of an account knows them.")
                .answers::<serde_json::Value>()
                .refuses_silently(StatusCode::UNAUTHORIZED)
                .refuses(INFO)
                .post(tokens::info_by_post)
                .says("The same, for clients of 1.3.")
                .answers::<serde_json::Value>()
                .refuses_silently(StatusCode::UNAUTHORIZED)
                .refuses(INFO),
        )
}

/// How the profile may be refused.
const INFO: &[error::Code] = &[
    error::ACCOUNT_NOT_FOUND,
    error::PROVIDER_NOT_CONFIGURED,
    error::ACCESS_TOKEN_NOT_FOUND,
    error::FAILED_TO_GET_ACCESS_TOKEN,
    error::FAILED_TO_GET_USER_INFO.with(StatusCode::UNAUTHORIZED),
];

/// What clients of 1.3 to 1.6 call for providers without a name.
fn older(routes: Routes) -> Routes {
    routes
        .route(
            "/sign-in/oauth2",
            post(older::sign_in).says("Leads to a provider, for clients up to 1.6.").answers::<social::Way>(),
        )
        .route(
            "/oauth2/link",
            post(older::link)
                .says("Leads to a provider whose account is to be the user's too, for clients up to 1.6.")
                .answers::<social::Way>()
                .refuses(&[error::PROVIDER_NOT_FOUND]),
        )
        .route(
            "/oauth2/callback/{provider}",
            get(callback::by_old_get).says("Where providers sent people back up to 1.6.").redirects(),
        )
}
