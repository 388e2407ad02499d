//! The explanation that an admin gets with the answer who asks by `X-Gateway-Explain: 1`. For everybody else the field is as
//! if it had not been sent.

use http::{HeaderMap, HeaderValue, Method};
use pingora::http::RequestHeader;

use super::{
    Gateway, entrance,
    explain::{EXPLAIN, Rulebook},
    path::Target,
    request::Ctx,
};

/// Why this request is decided as it is, if an admin asks for that.
pub(super) async fn for_admin(gateway: &Gateway, request: &RequestHeader, ctx: &Ctx) -> Option<HeaderValue> {
    if !request.headers.contains_key(EXPLAIN) {
        return None;
    }
    let head = entrance::Head {
        method: &request.method,
        version: request.version,
        headers: &request.headers,
        uri: &request.uri,
        raw_target: request.raw_path(),
    };
    let admitted = entrance::check(&head).ok()?;
    let target = Target::parse(admitted.target).ok()?;
    let told = gateway.trusted.origin(ctx.socket, &request.headers).host;
    line(gateway, &request.headers, &told.unwrap_or(admitted.host), &target, &request.method).await
}

/// The same for a request that another proxy describes.
pub(super) async fn line(
    gateway: &Gateway,
    headers: &HeaderMap,
    host: &str,
    target: &Target<'_>,
    method: &Method,
) -> Option<HeaderValue> {
    headers.get(EXPLAIN).filter(|value| *value == "1")?;
    let known = gateway.app.identity.resolve(headers).await.ok()??;
    let facts = known.facts(gateway.app.clock.now());
    let permissions = &gateway.app.permissions;
    if !gateway.app.config.admin.enabled || !permissions.is_admin(facts.user_id, facts.role) {
        return None;
    }
    let rulebook = Rulebook { config: &gateway.app.config, routes: &gateway.routes, permissions };
    HeaderValue::try_from(rulebook.explain(host, target, method, Some(facts)).line()).ok()
}
