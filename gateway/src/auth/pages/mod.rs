//! The pages: sign-in, sign-up, the account, and what the browser needs to show them.
//!
//! They work without scripts: plain forms that end in a redirect. Behind each form is the same function as behind the
//! API's endpoint, and the same check of where the form came from.

mod account;
mod by_mail;
mod check_mail;
mod forgot_password;
mod provider;
mod reset_password;
mod return_to;
mod sign_in;
mod sign_out;
mod sign_up;

use auth_ui::{CONTENT_SECURITY_POLICY, Page, REFERRER_POLICY, Site};
use axum::{
    Router,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::error::{self, Error, Refusal, Result};
use crate::app::{App, RequestId};
use return_to::ReturnTo;

/// How long a browser may keep a file whose name carries a hash of its content.
const ASSET_LIFETIME: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// For how many seconds, half a year, a browser comes by https only.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=15552000");

/// The routes below `auth.ui_path`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(start))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-up", get(sign_up::show).post(sign_up::submit))
        .route("/continue/{provider}", get(provider::go))
        .route("/sign-out", get(sign_out::show).post(sign_out::submit))
        .route("/forgot-password", get(forgot_password::show).post(forgot_password::submit))
        .route("/reset-password", get(reset_password::show).post(reset_password::submit))
        .route("/magic-link", get(by_mail::back).post(by_mail::send_link))
        .route("/email-code", get(by_mail::back).post(by_mail::send_code))
        .route("/email-code/enter", get(by_mail::back).post(by_mail::enter_code))
        .route("/check-mail", get(check_mail::show))
        .route("/resend-verification", post(check_mail::resend))
        .route("/account", get(account::show))
        .route("/account/name", post(account::forms::name))
        .route("/account/password", post(account::forms::password))
        .route("/account/unlink", post(account::forms::unlink))
        .route("/account/delete", post(account::forms::delete))
        .route("/sessions/revoke", post(account::forms::revoke))
        .route("/assets/{name}", get(asset))
}

/// What the pages say is at `app`.
pub(super) fn site(app: &App) -> Site<'_> {
    let auth = &app.config.auth;
    Site { app_name: &auth.app_name, ui_path: &auth.ui_path, base_path: &auth.base_path }
}

/// A page with the headers that every page has.
pub(super) fn html<P: Page>(app: &App, status: StatusCode, page: &P) -> Response {
    let mut response = (status, auth_ui::render(page)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    protect(app, response.headers_mut());
    response
}

/// A page with a form after which the browser may go to `return_to`.
fn form_page<P: Page>(app: &App, status: StatusCode, page: &P, return_to: &ReturnTo) -> Response {
    let mut response = html(app, status, page);
    return_to.allow_redirect(app, response.headers_mut());
    response
}

/// The headers that keep a page from being framed, sniffed, stored, or loaded with anything from elsewhere.
fn protect(app: &App, headers: &mut HeaderMap) {
    let always: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, REFERRER_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in always {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.public_url.scheme() == "https" {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
}

/// What the answer to a request needs to know of it.
pub(super) struct Facts {
    request_id: String,
}

impl Facts {
    /// Takes them from the request.
    pub(super) fn of(request: &Request) -> Self {
        let id = request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned());
        Self { request_id: id.unwrap_or_default() }
    }
}

/// Shows a refusal as a page, and gives every answer the headers of pages.
pub(super) fn dress(app: &App, facts: &Facts, mut response: Response) -> Response {
    let Some(refusal) = response.extensions().get::<Refusal>().cloned() else {
        protect(app, response.headers_mut());
        return response;
    };
    let (title, message) = wording(&refusal);
    let page = auth_ui::pages::Problem {
        site: site(app),
        status: refusal.status.as_u16(),
        title,
        message,
        detail: None,
        request_id: &facts.request_id,
        sign_in: refusal.status == StatusCode::UNAUTHORIZED,
    };
    let mut shown = html(app, refusal.status, &page);
    for name in [header::SET_COOKIE, header::RETRY_AFTER] {
        for value in response.headers().get_all(&name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    shown
}

/// A heading and a sentence about a refusal.
fn wording(refusal: &Refusal) -> (&'static str, &str) {
    match refusal.status {
        StatusCode::NOT_FOUND => ("Page not found", "There is nothing at this address."),
        StatusCode::TOO_MANY_REQUESTS => ("Too many tries", "Wait a little, then try again."),
        StatusCode::SERVICE_UNAVAILABLE => ("Busy right now", "Try again in a moment."),
        StatusCode::INTERNAL_SERVER_ERROR => ("Something went wrong", "This is our fault, not yours. Try again later."),
        StatusCode::FORBIDDEN => (
            "That was not allowed",
            "The form seems to have been sent from another site. Open the page again and send it from there.",
        ),
        _ => ("That did not work", &refusal.message),
    }
}

/// Sends the browser on with a GET.
fn see_other(target: &str) -> Response {
    let location = percent_encoding::utf8_percent_encode(target, percent_encoding::CONTROLS).to_string();
    match HeaderValue::try_from(location) {
        Ok(location) => {
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(error) => Error::Internal(error.into()).into_response(),
    }
}

/// An address below `auth.ui_path`, with parameters that are not empty.
fn own_address(app: &App, page: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{}{page}{separator}{query}", app.config.auth.ui_path)
}

/// The start page: the account.
pub(super) async fn start(State(app): State<App>) -> Response {
    see_other(&own_address(&app, "/account", &[]))
}

/// Unknown addresses and methods.
pub(super) async fn no_such_page() -> Error {
    error::NOT_FOUND.into()
}

async fn asset(Path(name): Path<String>) -> Result<Response> {
    let asset = auth_ui::asset(&name).ok_or(error::NOT_FOUND)?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)), (header::CACHE_CONTROL, ASSET_LIFETIME)];
    Ok((headers, asset.bytes.into_owned()).into_response())
}
