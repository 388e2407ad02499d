//! Whether the API is there, and the page that says what went wrong in a flow of redirects.

mod error_page;

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Flow,
    endpoint::{Routes, get},
};

/// Always on.
pub(crate) const FLOW: Flow = Flow { id: "status", enabled: |_| true, routes, limits: &[] };

fn routes() -> Routes {
    Routes::new()
        .route("/ok", get(ok).says("Tells that the API is there."))
        .route("/error", get(error_page::answer).says("Shows what went wrong in a flow of redirects.").shows_page())
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Ok {
    ok: bool,
}

async fn ok() -> Json<Ok> {
    Json(Ok { ok: true })
}
