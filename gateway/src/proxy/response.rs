//! What is added to the upstream's answer, and the one line that is logged of each request.

use http::{HeaderValue, header};
use pingora::{
    Result,
    http::{RequestHeader, ResponseHeader},
};

use super::{Gateway, explain::EXPLAIN, request::Ctx};

/// Keeps answers to signed-in users out of shared caches, unless the upstream itself says that they may store them;
/// adds the refreshed session cookie and the request's id.
pub(super) fn guard(head: &mut ResponseHeader, ctx: &Ctx) -> Result<()> {
    drop_nominated(head);
    head.insert_header("x-request-id", ctx.id.value())?;
    if let Some(line) = &ctx.explained {
        // For this admin alone, whatever the upstream allows.
        head.insert_header(EXPLAIN, line.clone())?;
        head.insert_header(header::CACHE_CONTROL, "no-store")?;
    }
    if ctx.known.is_none() {
        return Ok(());
    }
    for line in &ctx.refreshed {
        head.append_header(header::SET_COOKIE, line.clone())?;
    }
    if let Some(value) = kept_private(head, !ctx.refreshed.is_empty()) {
        head.insert_header(header::CACHE_CONTROL, value)?;
    }
    Ok(())
}

/// Takes out the fields that the upstream's `Connection` names: they are for this connection only (RFC 9110 §7.6.1).
fn drop_nominated(head: &mut ResponseHeader) {
    if !head.headers.contains_key(header::CONNECTION) {
        return;
    }
    let lines: Vec<HeaderValue> = head.headers.get_all(header::CONNECTION).iter().cloned().collect();
    let names = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).map(str::trim);
    let kept = ["close", "keep-alive", "upgrade", "content-length", "transfer-encoding", "set-cookie", "cache-control"];
    for name in names.filter(|name| !kept.iter().any(|kept| name.eq_ignore_ascii_case(kept))) {
        head.remove_header(name);
    }
}

/// The `Cache-Control` that the answer needs in place of its own; `None` when it is safe as it is.
fn kept_private(head: &ResponseHeader, sets_cookie: bool) -> Option<HeaderValue> {
    if !head.headers.contains_key(header::CACHE_CONTROL) {
        return Some(HeaderValue::from_static("private"));
    }
    let lines: Vec<&str> =
        head.headers.get_all(header::CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok()).collect();
    let directives = || lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|word| !word.is_empty());
    let says = |names: &[&str]| {
        directives().any(|word| {
            names.iter().any(|name| word.split('=').next().unwrap_or(word).trim().eq_ignore_ascii_case(name))
        })
    };
    if says(&["private", "no-store"]) {
        return None;
    }
    if !sets_cookie && says(&["public", "s-maxage"]) {
        return None;
    }
    let shared = ["public", "s-maxage"];
    let kept = directives().filter(|word| !shared.iter().any(|name| word.to_ascii_lowercase().starts_with(name)));
    let value = std::iter::once("private").chain(kept).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(value).ok()
}

/// One line per decision. Never the query, a header or anything a token could be in.
pub(super) fn log(gateway: &Gateway, request: &RequestHeader, ctx: &Ctx) {
    let elapsed = ctx.started.elapsed();
    let metrics = &gateway.app.metrics;
    metrics.answered(ctx.status.as_u16(), elapsed);
    metrics.decided(ctx.mode, ctx.result);
    let route = ctx.route.map_or("-", |index| &*gateway.routes.all()[index].name);
    tracing::info!(
        request.id = ctx.id.as_str(),
        http.method = %request.method,
        http.status = ctx.status.as_u16(),
        route.name = route,
        user.id = ctx.known.as_deref().map_or("-", |known| known.user_id()),
        mode = ctx.mode,
        result = ctx.result,
        failure = ctx.failure,
        elapsed_ms = elapsed.as_micros() as f64 / 1e3,
        "request"
    );
}
