//! The set of guarded header names and its lookup, which runs for every header of every request.

use super::MAX_NAME;

/// Whose copies of a header are not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// May be sent by everybody, but not be named in `Connection`.
    Nomination,
    /// Everybody's but trusted proxies'.
    Untrusted,
    /// Everybody's.
    Always,
}

/// Overrides of what was judged, headers that carry identity elsewhere, and headers that are rebuilt.
const ALWAYS: &[&str] = &[
    "forwarded",
    "proxy",
    "x-accel-redirect",
    "x-auth-assertion",
    "x-auth-user",
    "x-authenticated-user",
    "x-authenticated-userid",
    "x-forwarded",
    "x-forwarded-access-token",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-id-token",
    "x-forwarded-method",
    "x-forwarded-path",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-forwarded-uri",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-remote-email",
    "x-remote-group",
    "x-remote-groups",
    "x-remote-name",
    "x-remote-role",
    "x-remote-user",
    "x-user",
    "x-user-groups",
    "x-user-roles",
    "x-userid",
    "x-username",
];

const ALWAYS_PREFIXES: &[&str] = &[
    "remote-",
    "x-auth-request-",
    "x-envoy-original-",
    "x-goog-authenticated-user-",
    "x-middleware-",
    "x-original-",
    "x-rewrite-",
];

/// Addresses, hosts, schemes, prefixes and certificates as proxies and CDNs tell them.
const UNTRUSTED: &[&str] = &[
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-connecting-o2o",
    "cf-ew-via",
    "cf-ipcountry",
    "cf-pseudo-ipv4",
    "cf-visitor",
    "cf-worker",
    "client-ip",
    "do-connecting-ip",
    "fastly-client",
    "fastly-client-ip",
    "fastly-ssl",
    "fly-client-ip",
    "front-end-https",
    "http-client-ip",
    "http-x-forwarded-for",
    "incap-client-ip",
    "proxy-client-ip",
    "real-ip",
    "script-name",
    "true-client-ip",
    "wl-proxy-client-ip",
    "x-appengine-user-ip",
    "x-arr-clientcert",
    "x-arr-ssl",
    "x-backend-host",
    "x-client-addr",
    "x-client-ip",
    "x-client-port",
    "x-cluster-client-ip",
    "x-coming-from",
    "x-custom-ip-authorization",
    "x-env-ssl-client-certificate",
    "x-forward-for",
    "x-forwarder-for",
    "x-gateway-host",
    "x-host",
    "x-http-destinationurl",
    "x-http-host-override",
    "x-nf-client-connection-ip",
    "x-originating-ip",
    "x-proto",
    "x-proxyuser-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-scheme",
    "x-script-name",
    "x-sucuri-clientip",
    "x-true-client-ip",
    "x-true-ip",
    "x-url-scheme",
    "x-vercel-forwarded-for",
];

const UNTRUSTED_PREFIXES: &[&str] = &[
    "akamai-client-",
    "client-cert",
    "forwarded-",
    "ssl-client-",
    "x-amzn-mtls-",
    "x-amzn-oidc-",
    "x-azure-",
    "x-client-cert",
    "x-envoy-",
    "x-forwarded-",
    "x-ms-client-principal",
    "x-proxy-",
    "x-real-",
    "x-ssl-",
    "x-tls-client-",
];

/// What a request can't do without, besides the above.
const FRAMING: &[&str] = &[
    "authorization",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "origin",
    "set-cookie",
    "traceparent",
    "transfer-encoding",
    "via",
    "x-api-key",
    "x-request-id",
];

/// Headers with a meaning of their own that can't carry an identity either.
const CONNECTION: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
    "user-agent",
    "accept",
];

/// Guarded names with their scopes.
#[derive(Debug)]
pub(super) struct Names {
    /// Sorted by name.
    exact: Vec<(Box<str>, Scope)>,
    prefixes: Vec<(Box<str>, Scope)>,
    /// By first byte, the second bytes that any name has: most headers are done after two look-ups.
    starts: [u32; 256],
}

impl Names {
    /// The built-in names and these folded identity names.
    pub(super) fn with_identity(identity: &[String]) -> Self {
        let scoped = |names: &[&str], scope| {
            names.iter().map(|name| ((*name).into(), scope)).collect::<Vec<(Box<str>, Scope)>>()
        };
        let mut exact = scoped(ALWAYS, Scope::Always);
        exact.extend(identity.iter().map(|name| (name.as_str().into(), Scope::Always)));
        exact.extend(scoped(UNTRUSTED, Scope::Untrusted));
        exact.extend(scoped(FRAMING, Scope::Nomination));
        // Of two scopes the wider one stays: it comes first in this order.
        exact.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        exact.dedup_by(|later, earlier| later.0 == earlier.0);
        let mut prefixes = scoped(ALWAYS_PREFIXES, Scope::Always);
        prefixes.extend(scoped(UNTRUSTED_PREFIXES, Scope::Untrusted));
        let mut starts = [0; 256];
        for (name, _) in exact.iter().chain(&prefixes) {
            if let [first, second, ..] = name.as_bytes() {
                starts[usize::from(*first)] |= bit(*second);
            }
        }
        Self { exact, prefixes, starts }
    }

    /// How a header of this name, in whatever spelling, is guarded.
    pub(super) fn scope(&self, name: &[u8]) -> Option<Scope> {
        let [first, second, ..] = name else { return None };
        if self.starts[usize::from(folded(*first))] & bit(folded(*second)) == 0 {
            return None;
        }
        let mut buffer = [0; MAX_NAME];
        let length = name.len().min(MAX_NAME);
        for (slot, b) in buffer.iter_mut().zip(name) {
            *slot = folded(*b);
        }
        let start = &buffer[..length];
        let exact = if name.len() <= MAX_NAME { self.exact_scope(start) } else { None };
        let by_prefix = || {
            self.prefixes
                .iter()
                .filter(|(prefix, _)| start.starts_with(prefix.as_bytes()))
                .map(|(_, scope)| *scope)
                .max()
        };
        match exact {
            Some(Scope::Always) => exact,
            _ => exact.max(by_prefix()),
        }
    }

    fn exact_scope(&self, folded: &[u8]) -> Option<Scope> {
        let at = self.exact.binary_search_by(|(name, _)| name.as_bytes().cmp(folded)).ok()?;
        Some(self.exact[at].1)
    }
}

/// Whether an identity can't travel under this folded name.
pub(super) fn is_reserved(folded: &str) -> bool {
    FRAMING.contains(&folded)
        || CONNECTION.contains(&folded)
        || matches!(
            folded,
            "forwarded" | "x-forwarded-for" | "x-forwarded-host" | "x-forwarded-proto" | "x-forwarded-port"
        )
        || folded.starts_with("sec-")
}

/// A letter in lower case, a digit, or a dash for everything else.
pub(super) const fn folded(b: u8) -> u8 {
    match b {
        b'a'..=b'z' | b'0'..=b'9' => b,
        b'A'..=b'Z' => b + 32,
        _ => b'-',
    }
}

const fn bit(folded: u8) -> u32 {
    match folded {
        b'a'..=b'z' => 1 << (folded - b'a'),
        b'0'..=b'9' => 1 << 26,
        _ => 1 << 27,
    }
}
