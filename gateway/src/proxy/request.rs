//! What is known of a request on its way, and the request that the upstream gets to see.

use std::{borrow::Cow, sync::Arc, time::Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request};
use pingora::{Result, http::RequestHeader, proxy::Session};

use super::{
    Gateway,
    caller::Caller,
    client_addr::{Peer, Socket, TrustedProxies},
    conn::ConnState,
    denial::{Asker, Denial},
    forward_auth::Asking,
    headers::ConnectionFix,
    route::Route,
    streams,
};
use crate::{
    app::{Client, RequestId, readers::Readers},
    config::IdentityField,
    identity::{
        Known,
        credential::{Stripped, strip_own},
        policy::Policy,
    },
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What a request asks for.
pub(super) enum Place<'g> {
    /// The auth API or a page, under this canonical target.
    Auth(Uri),
    /// A forward-auth check.
    ForwardAuth(Asking),
    /// The well-known address at which password managers look for the account page.
    ChangePassword,
    /// A browser asks before a page of another origin sends a request to a route whose answers these may read.
    Preflight(&'g Readers),
    /// This route, to be judged by this policy, which is its own or a stricter one.
    Route(&'g Route, &'g Policy),
}

/// One request on its way.
pub struct Ctx {
    /// Its id.
    pub id: RequestId,
    /// Its client.
    pub client: Client,
    /// Whether the peer's word on client, scheme and host is believed.
    pub is_trusted: bool,
    /// The route it takes.
    pub route: Option<usize>,
    /// Who sent it.
    pub known: Option<Arc<Known>>,
    /// What its upstream is told of them under a signature, where that is wanted.
    pub assertion: Option<HeaderValue>,
    /// The canonical target, where the client wrote another.
    pub rewritten: Option<Uri>,
    /// Cookie lines of an extended session.
    pub refreshed: Vec<HeaderValue>,
    /// How the decision was asked for: `proxy`, `forward-auth`, or `auth` where the API decides.
    pub mode: &'static str,
    /// Status of the answer.
    pub status: StatusCode,
    /// The decision in one word.
    pub result: &'static str,
    /// What went wrong with the upstream or the client.
    pub failure: Option<&'static str>,
    /// Bytes of the body so far.
    pub body_bytes: u64,
    /// Connections tried.
    pub tries: usize,
    /// Whether the connection has become a tunnel (WebSocket).
    pub upgraded: bool,
    /// When its head was complete.
    pub started: Instant,
    /// The route whose policy it was judged by.
    pub judged: Option<usize>,
    /// Its place among the answers that last.
    pub(super) place: Option<streams::Place>,
    /// Why it was let through, if an admin asked.
    pub explained: Option<HeaderValue>,
    /// The connection it came on.
    pub socket: Socket,
    forwarded_for: Option<HeaderValue>,
}

impl Ctx {
    /// Before anything is known.
    pub fn new() -> Self {
        Self {
            id: RequestId::next(),
            client: Client { address: None, https: false, uid: None },
            is_trusted: false,
            route: None,
            known: None,
            assertion: None,
            rewritten: None,
            refreshed: Vec::new(),
            mode: "proxy",
            status: StatusCode::OK,
            result: "refused",
            failure: None,
            body_bytes: 0,
            tries: 0,
            upgraded: false,
            started: Instant::now(),
            judged: None,
            place: None,
            explained: None,
            socket: Socket { peer: Peer::Unix, tls: false },
            forwarded_for: None,
        }
    }

    /// Takes over what the connection and a trusted proxy say of the client.
    pub fn begin(&mut self, state: &ConnState, request: &RequestHeader, trusted: &TrustedProxies) {
        self.socket = state.socket;
        self.forwarded_for = state.forwarded_for.clone();
        let origin = trusted.origin(state.socket, &request.headers);
        self.is_trusted = origin.peer_is_trusted;
        self.client = Client { address: origin.client, https: origin.https, uid: state.uid };
        if self.is_trusted
            && let Some(id) = request.headers.get(&REQUEST_ID).and_then(RequestId::given)
        {
            self.id = id;
        }
    }

    /// Notes the answer.
    pub fn answered(&mut self, status: StatusCode, result: &'static str) {
        self.status = status;
        self.result = result;
    }

    /// Who asks, for denials through the proxy.
    pub fn asker<'r>(&'r self, request: &'r RequestHeader, readers: &'r Readers) -> Asker<'r> {
        let is_safe = matches!(request.method, Method::GET | Method::HEAD);
        let return_to = match &self.rewritten {
            _ if !is_safe => Cow::Borrowed(""),
            Some(uri) => Cow::Owned(uri.to_string()),
            None => String::from_utf8_lossy(request.raw_path()),
        };
        Asker {
            caller: Caller::of(&request.method, &request.headers),
            method: &request.method,
            headers: &request.headers,
            readers,
            return_to: if return_to.starts_with('/') { return_to } else { Cow::Borrowed("") },
            id: &self.id,
        }
    }
}

/// The connection's state, put there by the listener.
pub(super) fn connection(session: &Session) -> Option<&Arc<ConnState>> {
    session.digest()?.proxy_digest.as_ref()?.user_data.as_ref()?.downcast_ref()
}

/// The host and port that the client named.
pub(super) fn authority(request: &RequestHeader) -> Option<&str> {
    let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.or_else(|| request.uri.authority().map(http::uri::Authority::as_str))
}

/// The length of the body, if it was said in advance.
pub(super) fn declared_length(request: &RequestHeader) -> Option<u64> {
    request.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Fields that are set on every forwarded request, at most.
const SET_FIELDS: usize = 12;

/// Turns the client's request into the one that the upstream sees. Nothing set here can be removed by the client:
/// what `Connection` nominates is gone already.
///
/// The fields are changed in the bare map, which is taken out and put back: keeping the client's letter case of names,
/// which mean the same in every case, would cost more than the decision itself.
pub(super) fn forward(gateway: &Gateway, session: &Session, out: &mut RequestHeader, ctx: &Ctx) {
    let placeholder = RequestHeader::from(http::Request::new(()).into_parts().0);
    let mut parts = request::Parts::from(std::mem::replace(out, placeholder));
    if let Some(uri) = &ctx.rewritten {
        parts.uri = uri.clone();
    }
    let headers = &mut parts.headers;
    headers.reserve(SET_FIELDS);
    strip(gateway, headers, ctx.is_trusted);
    if !gateway.app.config.identity_headers.forward_credentials {
        take_out_credentials(gateway, session, headers, ctx);
    }
    for (name, value) in identity(gateway, ctx) {
        headers.insert(name.clone(), value);
    }
    tell_origin(gateway, session.req_header(), headers, ctx);
    headers.insert(REQUEST_ID, ctx.id.value());
    *out = parts.into();
}

/// The identity headers of a request: each exactly once, empty for nobody.
pub(super) fn identity<'a>(gateway: &'a Gateway, ctx: &'a Ctx) -> impl Iterator<Item = (&'a HeaderName, HeaderValue)> {
    let plain = gateway.headers.identity(ctx.known.as_deref().map(|known| &known.header_values));
    let assertion = gateway.headers.name_of(IdentityField::Assertion).map(|name| {
        let value = ctx.assertion.clone().unwrap_or(HeaderValue::from_static(""));
        (name, value)
    });
    plain.chain(assertion)
}

/// Gets the assertion on who sent the request, where upstreams are sent one. Without it the request doesn't go on.
pub(super) async fn assert(gateway: &Gateway, route: &Route, ctx: &mut Ctx) -> std::result::Result<(), Denial> {
    if let Some(known) = ctx.known.as_deref().filter(|_| gateway.headers.name_of(IdentityField::Assertion).is_some()) {
        let assertion = gateway.app.identity.assertion(known, &route.audience).await;
        ctx.assertion = Some(assertion.map_err(|_| Denial::Unavailable)?);
    }
    Ok(())
}

/// Takes out what only the gateway may say.
fn strip(gateway: &Gateway, headers: &mut HeaderMap, is_trusted: bool) {
    let must_go = |name: &&HeaderName| gateway.headers.must_strip(name.as_str(), is_trusted);
    let names: Vec<HeaderName> = headers.keys().filter(must_go).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// `X-Forwarded-*`, and `Forwarded` where a trusted proxy began one.
fn tell_origin(gateway: &Gateway, request: &RequestHeader, headers: &mut HeaderMap, ctx: &Ctx) {
    if !ctx.is_trusted {
        return tell_direct_origin(request, headers, ctx);
    }
    let origin = gateway.trusted.origin(ctx.socket, &request.headers);
    let told = origin.outgoing(ctx.socket, &request.headers, authority(request).unwrap_or_default());
    headers.insert(FORWARDED_PROTO, told.forwarded_proto);
    let rest = [
        (FORWARDED_FOR, told.forwarded_for),
        (FORWARDED_HOST, told.forwarded_host),
        (header::FORWARDED, told.forwarded),
    ];
    for (name, value) in rest {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}

/// The same for a client that comes without a trusted proxy, from what its connection knows already.
fn tell_direct_origin(request: &RequestHeader, headers: &mut HeaderMap, ctx: &Ctx) {
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(if ctx.socket.tls { "https" } else { "http" }));
    if let Some(address) = &ctx.forwarded_for {
        headers.insert(FORWARDED_FOR, address.clone());
    }
    let host = request.headers.get(header::HOST).cloned();
    let named = || authority(request).and_then(|authority| HeaderValue::from_str(authority).ok());
    if let Some(host) = host.or_else(named) {
        headers.insert(FORWARDED_HOST, host);
    }
}

/// Takes our session cookie and the bearer token that we accepted out of the request.
fn take_out_credentials(gateway: &Gateway, session: &Session, headers: &mut HeaderMap, ctx: &Ctx) {
    let identity = &gateway.app.identity;
    let takes_jwt = ctx.route.is_some_and(|index| gateway.routes.all()[index].policy.jwt);
    if headers.contains_key(header::AUTHORIZATION)
        && (identity.owns_bearer(&session.req_header().headers, ctx.known.as_deref())
            || takes_jwt && identity.owns_jwt(&session.req_header().headers))
    {
        headers.remove(header::AUTHORIZATION);
    }
    let prefix = gateway.app.cookies.prefix();
    let mut cookies = headers.get_all(header::COOKIE).iter();
    if let (Some(line), None) = (cookies.next(), cookies.next()) {
        match strip_own(line, prefix) {
            Stripped::Unchanged => {}
            Stripped::Empty => drop(headers.remove(header::COOKIE)),
            Stripped::Rewritten(kept) => drop(headers.insert(header::COOKIE, kept)),
        }
        return;
    }
    let lines: Vec<Stripped> = headers.get_all(header::COOKIE).iter().map(|line| strip_own(line, prefix)).collect();
    if lines.iter().all(|line| matches!(line, Stripped::Unchanged)) {
        return;
    }
    let original: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    headers.remove(header::COOKIE);
    for (line, stripped) in original.into_iter().zip(lines) {
        match stripped {
            Stripped::Unchanged => headers.append(header::COOKIE, line),
            Stripped::Rewritten(kept) => headers.append(header::COOKIE, kept),
            Stripped::Empty => true,
        };
    }
}

/// Keeps a client from having guarded headers removed on the way by naming them in `Connection`.
pub(super) fn mend_connection(gateway: &Gateway, request: &mut RequestHeader) -> Result<()> {
    match gateway.headers.connection(&request.headers) {
        ConnectionFix::AsIs => {}
        ConnectionFix::Remove => {
            request.remove_header(&header::CONNECTION);
        }
        ConnectionFix::Replace(value) => request.insert_header(header::CONNECTION, value)?,
    }
    Ok(())
}
