//! The set of guarded header names and its lookup, which runs for every header of every request.

use super::MAX_NAME;

/// Whose copies of a header are not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
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
    "x-gateway-explain",
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
    /// By length.
    exact: Vec<Vec<(Box<str>, Scope)>>,
    /// By third byte, see [`slot`]; no prefix is shorter.
    prefixes: [Vec<(Box<str>, Scope)>; SLOTS],
    /// By first byte, the second bytes that any name has: most headers are done after two look-ups.
    starts: [u32; 256],
}

impl Names {
    /// The built-in names and these folded identity names.
    pub(super) fn with_identity(identity: &[String]) -> Self {
        let identity = identity.iter().map(String::as_str);
        let always = ALWAYS.iter().copied().chain(identity).map(|name| (name, Scope::Always));
        let untrusted = UNTRUSTED.iter().map(|name| (*name, Scope::Untrusted));
        let mut names =
            Self { exact: vec![Vec::new(); MAX_NAME + 1], prefixes: [const { Vec::new() }; SLOTS], starts: [0; 256] };
        for (name, scope) in always.chain(untrusted) {
            names.note_start(name);
            names.exact[name.len()].push((name.into(), scope));
        }
        let always = ALWAYS_PREFIXES.iter().map(|prefix| (*prefix, Scope::Always));
        let untrusted = UNTRUSTED_PREFIXES.iter().map(|prefix| (*prefix, Scope::Untrusted));
        for (prefix, scope) in always.chain(untrusted) {
            names.note_start(prefix);
            names.prefixes[slot(prefix.as_bytes()[2])].push((prefix.into(), scope));
        }
        names
    }

    fn note_start(&mut self, name: &str) {
        if let [first, second, ..] = name.as_bytes() {
            self.starts[usize::from(*first)] |= 1 << slot(*second);
        }
    }

    /// How a header of this name, in whatever spelling, is guarded. The strongest reason counts.
    pub(super) fn scope(&self, name: &[u8]) -> Option<Scope> {
        let [first, second, rest @ ..] = name else { return None };
        if self.starts[usize::from(folded(*first))] & (1 << slot(folded(*second))) == 0 {
            return None;
        }
        let exact = self.exact.get(name.len()).into_iter().flatten();
        let third = rest.first().map(|third| &self.prefixes[slot(folded(*third))]);
        exact
            .chain(third.into_iter().flatten())
            .filter(|(start, _)| begins_with(name, start))
            .map(|(_, scope)| *scope)
            .max()
    }
}

/// Whether the name, once folded, begins with this. Looked at from the third byte on first: `x-` tells little.
fn begins_with(name: &[u8], start: &str) -> bool {
    let same = |(b, wanted): (&u8, &u8)| folded(*b) == *wanted;
    let start = start.as_bytes();
    name.len() >= start.len() && name.iter().zip(start).skip(2).all(same) && name.iter().zip(start).take(2).all(same)
}

/// Whether a request can't do without the header of this name, in whatever spelling.
pub(super) fn is_framing(name: &[u8]) -> bool {
    FRAMING.iter().any(|framing| framing.len() == name.len() && begins_with(name, framing))
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
pub(super) fn folded(b: u8) -> u8 {
    FOLDED[usize::from(b)]
}

const FOLDED: [u8; 256] = {
    let mut table = [b'-'; 256];
    let mut b = b'0';
    while b <= b'z' {
        if b.is_ascii_alphanumeric() {
            table[b as usize] = b.to_ascii_lowercase();
        }
        b += 1;
    }
    table
};

/// Letters, digits and dashes.
const SLOTS: usize = 28;

/// A place for a folded byte; all digits share one.
fn slot(folded: u8) -> usize {
    match folded {
        b'a'..=b'z' => usize::from(folded - b'a'),
        b'0'..=b'9' => 26,
        _ => 27,
    }
}
