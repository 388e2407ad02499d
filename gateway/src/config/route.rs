//! `[upstreams.*]`, `[[routes]]`, `[identity_headers]`.

use serde::Deserialize;

use super::{
    admin::Actions,
    units::{Period, Size},
};

/// `[upstreams.<name>]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamConfig {
    /// `host:port`, `http://…`, `https://…`, `h2c://…`, `unix:/…` or `builtin:whoami`.
    pub servers: Vec<String>,
    /// How a server is chosen.
    pub balance: Balance,
    /// Asks each server whether it is well; none: all are taken for well.
    pub health: Option<HealthConfig>,
    /// How long connecting may take.
    pub connect_timeout: Period,
    /// How long a silent upstream is waited for.
    pub read_timeout: Period,
    /// How long a write may be stuck.
    pub write_timeout: Period,
    /// How long an idle connection is kept for the next request.
    pub idle_timeout: Period,
    /// How often another connection is tried before giving up; only when nothing has been sent.
    pub retries: usize,
    /// Name checked in the upstream's certificate and sent as SNI; empty: the server's host.
    pub tls_name: String,
    /// Accept any certificate of the upstream. For tests.
    pub tls_insecure: bool,
    /// Whom assertions are for that it receives; empty: its name.
    pub audience: String,
}

impl Default for UpstreamConfig {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            balance: Balance::RoundRobin,
            health: None,
            connect_timeout: Period::seconds(5),
            read_timeout: Period::seconds(60),
            write_timeout: Period::seconds(60),
            idle_timeout: Period::seconds(30),
            retries: 1,
            tls_name: String::new(),
            tls_insecure: false,
            audience: String::new(),
        }
    }
}

/// How a server is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// One after the other.
    RoundRobin,
}

/// `health` of an upstream.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthConfig {
    /// Asked with GET; any 2xx or 3xx is well.
    pub path: String,
    /// How often.
    pub interval: Period,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self { path: "/healthz".into(), interval: Period::seconds(5) }
    }
}

/// `[[routes]]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteConfig {
    /// Name in logs and metrics; empty: its path.
    pub name: String,
    /// Host it is for, `*.example.com` for any below; empty: every host.
    pub host: String,
    /// Exact `/health` or prefix `/api/*`.
    pub path: String,
    /// Methods it is for; empty: all.
    pub methods: Vec<String>,
    /// Upstream it leads to.
    pub upstream: String,
    /// Who may use it.
    pub access: Access,
    /// Roles of which the user must have one; empty: any.
    pub roles: Vec<String>,
    /// Roles of which the user must have none.
    pub not_roles: Vec<String>,
    /// What one of the user's roles must permit: resource → actions, as in `admin.roles`.
    pub permissions: Actions,
    /// The user's address must be verified.
    pub verified: bool,
    /// The session must be fresh, or have begun so lately.
    pub fresh: Freshness,
    /// Whether tokens of `/token` are accepted in place of a session token.
    pub jwt: bool,
    /// Whom assertions are for that go this way; empty: the upstream's.
    pub audience: String,
    /// Largest body; none: `server.max_body_size`.
    pub max_body_size: Option<Size>,
    /// Whether the gateway answers pages of other origins in the upstream's place.
    pub cors: CorsSwitch,
}

/// `fresh` of a route: a switch, or how old a session may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a duration such as \"10m\"")]
pub enum Freshness {
    /// As fresh as `session.fresh_age` says, or of any age.
    Flag(bool),
    /// Begun so lately.
    Within(Period),
}

impl Default for Freshness {
    fn default() -> Self {
        Self::Flag(false)
    }
}

/// `cors` of a route: a switch, or the origins, which switch it on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a list of origins")]
pub enum CorsSwitch {
    /// On for the origins of `[cors]`, or off.
    Flag(bool),
    /// On for these.
    Origins(Vec<String>),
}

impl Default for CorsSwitch {
    fn default() -> Self {
        Self::Flag(false)
    }
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everybody; no identity is looked up.
    Public,
    /// Everybody; the identity goes along if there is one.
    Optional,
    /// Signed-in users.
    #[default]
    User,
}

/// `[identity_headers]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityHeadersConfig {
    /// Set of names to start from.
    pub preset: HeaderPreset,
    /// Name of the header with the user's id.
    pub user_id: Option<String>,
    /// … the role.
    pub role: Option<String>,
    /// … the address.
    pub email: Option<String>,
    /// … the display name.
    pub name: Option<String>,
    /// … the session's id.
    pub session_id: Option<String>,
    /// Send the signed assertion: `true`/`false`, or the header's name.
    pub assertion: AssertionSwitch,
    /// Pass our own session cookie and bearer token on.
    pub forward_credentials: bool,
}

/// `identity_headers.assertion`: a switch, or a header name, which switches it on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a header name")]
pub enum AssertionSwitch {
    /// On or off, under the default name.
    Flag(bool),
    /// On, under this name.
    Named(String),
}

impl Default for AssertionSwitch {
    fn default() -> Self {
        Self::Flag(false)
    }
}

/// Named sets of identity headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderPreset {
    /// `X-User-Id`, `X-User-Role`, `X-User-Email`, `X-User-Name`, `X-Session-Id`.
    #[default]
    Default,
    /// `Remote-User`, `Remote-Groups`, `Remote-Email`, `Remote-Name`.
    Remote,
    /// `X-Forwarded-User`, `X-Forwarded-Groups`, `X-Forwarded-Email`, `X-Forwarded-Preferred-Username`.
    Forwarded,
    /// `X-Auth-Request-User`, `…-Groups`, `…-Email`, `…-Preferred-Username`.
    AuthRequest,
}
