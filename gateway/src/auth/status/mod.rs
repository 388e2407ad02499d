//! Whether the API is there, and the page that says what went wrong in a flow of redirects.

mod error_page;

use axum::{Json, Router, routing::get};
use serde::Serialize;

use super::Flow;
use crate::app::App;

/// Always on.
pub(crate) const FLOW: Flow = Flow { id: "status", enabled: |_| true, routes, limits: &[] };

fn routes() -> Router<App> {
    Router::new().route("/ok", get(ok)).route("/error", get(error_page::answer))
}

#[derive(Serialize)]
struct Ok {
    ok: bool,
}

async fn ok() -> Json<Ok> {
    Json(Ok { ok: true })
}
