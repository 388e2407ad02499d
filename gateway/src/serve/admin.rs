//! The admin listener: `/healthz`, `/readyz`, `/metrics`. Never reachable through the public listeners.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::bind::bind_tcp;
use crate::{app::App, config::Config};

/// Opens it, unless it is turned off.
///
/// # Errors
/// When the address can't be opened.
pub(super) async fn bind(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    match config.server.admin_listen.as_str() {
        "" => Ok(None),
        listen => bind_tcp(listen, "server.admin_listen").await.map(Some),
    }
}

#[derive(Clone)]
struct Admin {
    app: App,
    stopping: CancellationToken,
}

/// Answers until the gateway has drained; from the moment it stops it reports "not ready".
pub(super) async fn serve(listener: TcpListener, app: App, stopping: CancellationToken, end: CancellationToken) {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Admin { app, stopping });
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(end.cancelled_owned()).await {
        tracing::error!(%error, "the admin listener broke off");
    }
}

/// Whether requests can be served: the database answers, its schema is current, its changes are heard, no stop is
/// under way.
async fn ready(State(admin): State<Admin>) -> impl IntoResponse {
    let schema = admin.app.store.schema().await;
    let database = if schema.is_ok() { "ok" } else { "unreachable" };
    let migrations = match &schema {
        Ok(schema) if schema.is_current() => "ok",
        Ok(_) => "pending",
        Err(_) => "unknown",
    };
    let listener = if admin.app.identity.is_listening() { "ok" } else { "disconnected" };
    let stopping = admin.stopping.is_cancelled();
    let ready = [database, migrations, listener] == ["ok"; 3] && !stopping;
    let report = serde_json::json!({
        "ready": ready,
        "database": database,
        "migrations": migrations,
        "listener": listener,
        "stopping": stopping,
    });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, no_store(), Json(report))
}

async fn metrics(State(admin): State<Admin>) -> impl IntoResponse {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    (no_store(), [(header::CONTENT_TYPE, text)], admin.app.metrics.render())
}

fn no_store() -> [(HeaderName, HeaderValue); 1] {
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}
