//! WebSocket handshakes of foreign pages. Browsers let every page open one, with the user's cookies, so the origin is
//! checked here. Knows nothing of sessions.

use http::{
    HeaderMap,
    header::{AUTHORIZATION, HOST, ORIGIN, SEC_WEBSOCKET_KEY},
};

use super::caller::Caller;
use crate::app::origins::TrustedOrigins;

/// Whether a page of an untrusted origin opens a WebSocket. `own` is the host, with its port, that the browser asked.
///
/// A proxy that asks by forward-auth may have taken `Upgrade` out; the key of the handshake is still there.
pub(super) fn is_foreign(headers: &HeaderMap, own: Option<&str>, origins: &TrustedOrigins) -> bool {
    let is_handshake =
        headers.contains_key(SEC_WEBSOCKET_KEY) || Caller::of(&http::Method::GET, headers) == Caller::WebSocket;
    // Browsers can't send a bearer token along with a handshake.
    if !is_handshake || headers.contains_key(AUTHORIZATION) {
        return false;
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let Ok(origin) = origin.to_str() else { return true };
    let is_own = own.is_some_and(|own| origin.split_once("://").is_some_and(|(_, origin)| origin == own));
    !is_own && !origins.trusts(origin)
}

/// The host of a request, as it was sent.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}
