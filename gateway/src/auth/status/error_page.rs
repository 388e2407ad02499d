//! `GET /error?error=&error_description=`: where flows that go through other sites end when they fail.

use axum::{extract::State, response::Response};
use http::{StatusCode, Uri};

use crate::{app::App, auth::pages};

/// Most characters of a description that are shown.
const MOST_DESCRIPTION: usize = 300;

pub(super) async fn answer(State(app): State<App>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let value =
        |name: &str| url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value);
    let code = value("error").filter(|code| is_code(code)).unwrap_or("UNKNOWN".into());
    let description: String = value("error_description").unwrap_or_default().chars().take(MOST_DESCRIPTION).collect();
    let message =
        if description.is_empty() { "Something unexpected happened. Go back and try again." } else { &description };
    let page = auth_ui::pages::Problem {
        site: pages::site(&app),
        status: StatusCode::BAD_REQUEST.as_u16(),
        title: "That did not work",
        message,
        detail: Some(&format!("Code: {code}")),
        request_id: "",
        sign_in: true,
    };
    // The contract has 200: the page itself was found.
    pages::html(&app, StatusCode::OK, &page)
}

/// Codes are plain words; anything else isn't repeated.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'\'' | b'_' | b'-'))
}
