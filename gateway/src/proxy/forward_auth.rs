//! Forward-auth: another proxy asks whether a request may pass. Same routes, same decision, same identity headers.
//!
//! Only trusted proxies may ask, since the method, host and path of the original request come from their headers.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use pingora::http::RequestHeader;

use super::{
    Gateway,
    answer::Answer,
    caller::Caller,
    denial::{self, Asker, Denial},
    entrance,
    explain::EXPLAIN,
    explaining,
    host::normal_host,
    path::Target,
    refusal::Refusal,
    request::{self, Ctx},
    route::Found,
    websocket,
};
use crate::identity::Verdict;

/// Which proxy asks; it decides which headers describe the original request and which answers can be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// nginx `auth_request`: `X-Original-URL` and `X-Original-Method`; only 2xx, 401 and 403 can be carried.
    Nginx,
    /// Traefik `forwardAuth`: `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri`.
    Traefik,
    /// Caddy `forward_auth`: the same headers as Traefik.
    Caddy,
    /// Either, by the headers that are there.
    Any,
}

impl Asking {
    /// The endpoint at this path, if it is one.
    pub fn at(path: &str, ui_path: &str) -> Option<Self> {
        match path.strip_prefix(ui_path)?.strip_prefix("/forward")? {
            "" => Some(Self::Any),
            "/nginx" => Some(Self::Nginx),
            "/traefik" => Some(Self::Traefik),
            "/caddy" => Some(Self::Caddy),
            _ => None,
        }
    }

    fn carries_only_401_and_403(self, headers: &HeaderMap) -> bool {
        self == Self::Nginx || (self == Self::Any && headers.contains_key(ORIGINAL_URL))
    }
}

const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

/// The request that the asking proxy holds back.
struct Original<'h> {
    method: Method,
    https: bool,
    host: Cow<'h, str>,
    /// Host with its port, for the way back.
    authority: &'h str,
    uri: &'h str,
}

/// Answers a check.
pub async fn check(gateway: &Gateway, request: &RequestHeader, asking: Asking, ctx: &mut Ctx) -> Answer {
    if !ctx.is_trusted {
        tracing::warn!(
            client.address = ctx.client.address.map(tracing::field::display),
            "a forward-auth check came from a peer that is not in server.trusted_proxies"
        );
        ctx.result = "untrusted_peer";
        return Answer::json(
            StatusCode::FORBIDDEN,
            "UNTRUSTED_PROXY",
            "This peer may not ask. Add it to server.trusted_proxies.",
        );
    }
    let original = match original(&request.headers, asking) {
        Ok(original) => original,
        Err(refusal) => return refuse(gateway, request, asking, ctx, None, &refusal.into()),
    };
    let explained = explain(gateway, request, &original).await;
    let answer = match judge(gateway, request, &original, ctx).await {
        Ok(()) => allow(gateway, ctx),
        Err(denial) => refuse(gateway, request, asking, ctx, Some(&original), &denial),
    };
    answer.explained(explained)
}

/// Why it is decided as it is, if an admin asks for that.
async fn explain(gateway: &Gateway, request: &RequestHeader, original: &Original<'_>) -> Option<HeaderValue> {
    if !request.headers.contains_key(EXPLAIN) {
        return None;
    }
    let target = Target::parse(original.uri).ok()?;
    explaining::line(gateway, &request.headers, &original.host, &target, &original.method).await
}

/// The same way as through the proxy: canonical path, route, decision.
async fn judge(
    gateway: &Gateway,
    request: &RequestHeader,
    original: &Original<'_>,
    ctx: &mut Ctx,
) -> Result<(), Denial> {
    let target = Target::parse(original.uri)?;
    if !is_forwarded_as_judged(original.uri, &target) {
        return Err(Refusal::NotCanonical.into());
    }
    let (route, policy) = match gateway.routes.find(&original.host, &target, &original.method) {
        Found::Route { route, policy } => (route, policy),
        Found::Nothing => return Err(Denial::NotFound),
        Found::Ambiguous => return Err(Refusal::AmbiguousRoute.into()),
    };
    ctx.route = Some(route.index);
    match gateway.app.identity.authorize(&request.headers, policy).await {
        Verdict::Allow(known) => {
            if known.is_some()
                && websocket::is_foreign(&request.headers, Some(original.authority), &gateway.app.origins)
            {
                return Err(Denial::ForeignOrigin);
            }
            ctx.known = known;
            request::assert(gateway, route, ctx).await?;
            ctx.result = "allow";
            gateway.extend_if_due(request, ctx);
            Ok(())
        }
        refused => Err(Denial::of(refused).unwrap_or(Denial::Internal)),
    }
}

/// Whether the path that the asking proxy forwards, which is the one that was sent, is the one that is judged: they may
/// differ in their escapes, but not by segments that were resolved or merged.
pub(super) fn is_forwarded_as_judged(sent: &str, target: &Target<'_>) -> bool {
    let path = sent.split('?').next().unwrap_or_default();
    target.is_canonical_as_sent() || percent_decode_str(path).eq(percent_decode_str(target.path()))
}

/// 200 with every identity header, empty where there is no value, so that the proxy overwrites what the client sent.
fn allow(gateway: &Gateway, ctx: &Ctx) -> Answer {
    let mut answer = Answer::new(StatusCode::OK);
    for (name, value) in request::identity(gateway, ctx) {
        answer.headers.insert(name.clone(), value);
    }
    for line in &ctx.refreshed {
        answer.headers.append(header::SET_COOKIE, line.clone());
    }
    answer.with(HeaderName::from_static("x-request-id"), ctx.id.value())
}

#[expect(clippy::too_many_arguments, reason = "all that is known of a question without a yes")]
fn refuse(
    gateway: &Gateway,
    request: &RequestHeader,
    asking: Asking,
    ctx: &mut Ctx,
    original: Option<&Original<'_>>,
    denial: &Denial,
) -> Answer {
    ctx.result = denial.name();
    let method = original.map_or(&Method::GET, |original| &original.method);
    let asker = Asker {
        // gRPC has its denials under status 200, which would mean "allowed" here; its clients know 401, 403 and 503 too.
        caller: match Caller::of(method, &request.headers) {
            Caller::Grpc => Caller::Fetch,
            caller => caller,
        },
        method,
        headers: &request.headers,
        readers: &gateway.app.readers,
        return_to: original.map_or(Cow::Borrowed(""), |original| return_to(gateway, original)),
        id: &ctx.id,
    };
    let answer = denial.answer(&gateway.app, &asker);
    if asking.carries_only_401_and_403(&request.headers) { for_nginx(answer, denial, &asker, gateway) } else { answer }
}

/// What `auth_request` can carry: 401 with the sign-in page's address for navigations, 403, or a 5xx.
fn for_nginx(mut answer: Answer, denial: &Denial, asker: &Asker<'_>, gateway: &Gateway) -> Answer {
    let is_page = matches!(asker.caller, Caller::Page { .. });
    answer.status = match denial {
        Denial::SignIn => StatusCode::UNAUTHORIZED,
        Denial::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::FORBIDDEN,
    };
    answer.headers.remove(header::LOCATION);
    if matches!(denial, Denial::SignIn) && is_page {
        return answer.with_text(denial::AUTH_LOCATION, &denial::sign_in_url(&gateway.app, &asker.return_to));
    }
    answer.headers.remove(denial::AUTH_LOCATION);
    answer
}

/// The address to come back to after signing in: absolute, and only on a host that we know.
fn return_to<'h>(gateway: &Gateway, original: &Original<'h>) -> Cow<'h, str> {
    if !matches!(original.method, Method::GET | Method::HEAD) {
        return Cow::Borrowed("");
    }
    let scheme = if original.https { "https" } else { "http" };
    let origin = format!("{scheme}://{}", original.authority);
    if origin == gateway.app.public_url.origin().ascii_serialization() {
        return Cow::Borrowed(original.uri);
    }
    let url = format!("{origin}{}", original.uri);
    if gateway.app.origins.allows_target(&url) { Cow::Owned(url) } else { Cow::Borrowed("") }
}

fn original(headers: &HeaderMap, asking: Asking) -> Result<Original<'_>, Refusal> {
    let from_nginx = match asking {
        Asking::Nginx => true,
        Asking::Traefik | Asking::Caddy => false,
        Asking::Any => headers.contains_key(ORIGINAL_URL),
    };
    if from_nginx {
        let url = once(headers, &ORIGINAL_URL)?;
        let (scheme, rest) = url.split_once("://").ok_or(Refusal::TargetForm)?;
        let slash = rest.find('/').ok_or(Refusal::TargetForm)?;
        let (authority, uri) = rest.split_at(slash);
        return build(once(headers, &ORIGINAL_METHOD)?, scheme, authority, uri);
    }
    let scheme = once(headers, &FORWARDED_PROTO)?;
    build(once(headers, &FORWARDED_METHOD)?, scheme, once(headers, &FORWARDED_HOST)?, once(headers, &FORWARDED_URI)?)
}

fn build<'h>(method: &str, scheme: &str, authority: &'h str, uri: &'h str) -> Result<Original<'h>, Refusal> {
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Refusal::MethodOdd)?;
    entrance::check_method(&method)?;
    let https = match scheme {
        "https" | "wss" => true,
        "http" | "ws" => false,
        _ => return Err(Refusal::Scheme),
    };
    if !uri.starts_with('/') {
        return Err(Refusal::TargetForm);
    }
    Ok(Original { method, https, host: normal_host(authority)?, authority, uri })
}

/// The value of a field that must be there exactly once. A list is not taken apart: what is in it fails to be a method,
/// scheme, host or path by itself.
pub(super) fn once<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(HeaderValue::to_str), values.next()) {
        (Some(Ok(value)), None) if !value.is_empty() => Ok(value),
        _ => Err(Refusal::TargetForm),
    }
}
