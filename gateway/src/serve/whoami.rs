//! The built-in upstream `builtin:whoami`: shows what an upstream gets to see. For trying the gateway out.

use std::net::SocketAddr;

use anyhow::Context;
use axum::{Json, Router, extract::Request, http::HeaderMap, response::IntoResponse};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How a server list names it.
pub(super) const NAME: &str = "builtin:whoami";

/// Starts it on a loopback port that the system picks.
///
/// # Errors
/// When no port can be opened.
pub(super) async fn start(tasks: &TaskTracker, stop: CancellationToken) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("opening a port for builtin:whoami")?;
    let address = listener.local_addr().context("reading the port of builtin:whoami")?;
    tasks.spawn(async move {
        let serving = axum::serve(listener, Router::new().fallback(show));
        if let Err(error) = serving.with_graceful_shutdown(stop.cancelled_owned()).await {
            tracing::error!(%error, "builtin:whoami broke off");
        }
    });
    Ok(address)
}

async fn show(request: Request) -> impl IntoResponse {
    Json(serde_json::json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": request.uri().query(),
        "headers": fields(request.headers()),
    }))
}

/// Fields in the order received; one that came several times is a list.
fn fields(headers: &HeaderMap) -> serde_json::Map<String, serde_json::Value> {
    let values =
        |name| headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let fields = headers.keys().map(|name| {
        let mut values: Vec<serde_json::Value> = values(name).map(Into::into).collect();
        let value = if values.len() == 1 { values.remove(0) } else { values.into() };
        (name.as_str().to_owned(), value)
    });
    fields.collect()
}
