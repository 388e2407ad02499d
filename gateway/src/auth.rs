//! The auth API and the pages, as one router that the proxy calls in-process.
//!
//! The order of checks, which the contract fixes: limit → route → media type and syntax of the body → origin →
//! addresses to be sent to → fields → session → the flow itself. The first two are here, the next four are
//! [`extract::Input`], the session is an extractor that stands behind it in a handler's parameters.
//! Knows nothing of proxying.

mod account;
mod admin;
mod after;
mod anonymous;
mod body;
mod cors;
mod device;
pub(crate) mod email;
mod email_otp;
mod email_password;
mod endpoint;
mod error;
mod extract;
mod fields;
mod first_admin;
mod issue;
mod jar;
mod jwt;
mod last_method;
mod limit;
mod links;
mod magic_link;
mod mailbox;
mod mailing;
mod multi_session;
mod new_device;
mod newcomer;
mod oauth;
mod one_time_token;
pub mod openapi;
mod origin_check;
mod pages;
mod session;
mod session_copy;
mod sessions;
mod status;
mod username;
mod verification;
mod view;
mod visitor;
mod welcome;

#[cfg(test)]
mod tests;

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{app::App, config::Config};
use endpoint::Routes;
use error::Error;
use limit::Limit;

/// A part of the API: its name, when it is on, its routes and the limits of these.
pub(crate) struct Flow {
    /// Its name in `gateway routes`.
    pub(crate) id: &'static str,
    /// Whether the configuration has it.
    pub(crate) enabled: fn(&Config) -> bool,
    /// Its routes, below the base path.
    pub(crate) routes: fn() -> Routes,
    /// Limits that are narrower than the general one.
    pub(crate) limits: &'static [Limit],
}

/// Everything the API can do. Of limits for the same path the first counts: narrower ones stand before `/sign-in*`.
pub(crate) const FLOWS: &[Flow] = &[
    magic_link::FLOW,
    email_otp::FLOW,
    email_password::FLOW,
    verification::FLOW,
    sessions::FLOW,
    account::FLOW,
    admin::FLOW,
    oauth::FLOW,
    jwt::FLOW,
    username::FLOW,
    anonymous::FLOW,
    multi_session::FLOW,
    one_time_token::FLOW,
    status::FLOW,
];

/// Answers everything below `auth.base_path` and `auth.ui_path`.
pub fn router(app: App) -> Router {
    let mut api = Router::new();
    for flow in FLOWS.iter().filter(|flow| (flow.enabled)(&app.config)) {
        tracing::debug!(flow = flow.id, "answering");
        api = api.merge((flow.routes)().into_router());
    }
    let api = api
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(middleware::from_fn_with_state(app.clone(), answer_api));
    let pages = pages::routes()
        .fallback(pages::no_such_page)
        .method_not_allowed_fallback(pages::no_such_page)
        .layer(middleware::from_fn_with_state(app.clone(), answer_page));
    let (base_path, ui_path) = (&app.config.auth.base_path, &app.config.auth.ui_path);
    let start_page = format!("{ui_path}/");
    let everything = Router::new()
        .nest(base_path, api)
        .nest(ui_path, pages)
        .route(&start_page, get(pages::start))
        .fallback(nothing_here)
        .layer(Extension(oauth::Providers::new(&app.config)))
        .with_state(app);
    // A layer of its own, because routes add `Allow` after their layers have run.
    Router::new().fallback_service(everything).layer(middleware::map_response(without_allow))
}

/// What the contract answers to unknown paths and wrong methods: nothing at all.
async fn nothing_here() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// The contract tells no methods.
async fn without_allow(mut response: Response) -> Response {
    response.headers_mut().remove(header::ALLOW);
    response
}

/// Around every request of the API: other origins, limits, the body's size, cookies, caching.
async fn answer_api(State(app): State<App>, request: Request, next: Next) -> Response {
    let caller = cors::Caller::of(&app, request.headers());
    if let Some(preflight) = caller.preflight(&app, &request) {
        return preflight;
    }
    let mut response = match limit::check_request(&app, &request).await {
        Err(error) => error.into_response(),
        // axum would answer HEAD wherever it answers GET.
        Ok(()) if request.method() == Method::HEAD => StatusCode::NOT_FOUND.into_response(),
        Ok(()) => answer(&app, request, next).await,
    };
    caller.allow(response.headers_mut());
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Around every request of a page: the same, and refusals as pages.
async fn answer_page(State(app): State<App>, request: Request, next: Next) -> Response {
    let facts = pages::Facts::of(&request);
    let response = match limit::check_request(&app, &request).await {
        Err(error) => error.into_response(),
        Ok(()) => answer(&app, request, next).await,
    };
    pages::dress(&app, &facts, response)
}

/// Reads the body, lets the route answer, and sends the cookies that were gathered on the way.
async fn answer(app: &App, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let jar = jar::Jar::of(app, &parts.headers);
    parts.extensions.insert(jar.clone());
    let before = after::Before::of(app, &mut parts).await;
    let mut response = match read_body(&parts, body).await {
        Err(error) => error.into_response(),
        Ok(bytes) => {
            parts.extensions.insert(body::Read(bytes));
            next.run(Request::from_parts(parts, Body::empty())).await
        }
    };
    if let Some(before) = before {
        before.then(app, &jar).await;
    }
    jar.write(response.headers_mut());
    response
}

/// The body of a request that has a route and is not a mere GET.
async fn read_body(parts: &Parts, body: Body) -> error::Result<Bytes> {
    if parts.method == Method::GET || parts.extensions.get::<MatchedPath>().is_none() {
        return Ok(Bytes::new());
    }
    match Limited::new(body, body::MOST_BYTES).collect().await {
        Ok(read) => Ok(read.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(error::PAYLOAD_TOO_LARGE.into()),
        Err(_) => Err(Error::unreadable("The request body ended early")),
    }
}
