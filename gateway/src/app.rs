//! `App`: the one handle that proxy and auth share. Knows neither of them.

pub mod audit;
pub mod origins;
pub mod post;
pub mod readers;
pub mod usernames;

use std::{
    net::IpAddr,
    ops::Deref,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use http::HeaderValue;
use url::Url;

use crate::{
    clock::Clock,
    config::{Config, Keyring, VersionedSecret},
    crypto::{
        jwe::Sealer,
        password::Passwords,
        seal::{self, AtRest},
        sign::Signer,
    },
    identity::{
        Identity, Rules,
        cache::SessionCache,
        cookie::{BadCookie, Cookies},
        keys::{KeyRules, Keys},
        permissions::Permissions,
        tokens::Tokens,
    },
    rate_limit::RateLimiter,
    store::{SessionToken, Store},
    telemetry::Metrics,
};
use origins::TrustedOrigins;
use post::Bell;
use readers::Readers;
use usernames::Usernames;

/// Everything a request may need. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] leads to.
pub struct Inner {
    /// As configured.
    pub config: Config,
    /// The origin that browsers see.
    pub public_url: Url,
    /// Accounts and sessions.
    pub store: Store,
    /// Who is behind a request.
    pub identity: Identity,
    /// Names and bytes of our cookies.
    pub cookies: Cookies,
    /// Signs cookies and tokens.
    pub signer: Signer,
    /// Encrypts copies of sessions.
    pub sealer: Sealer,
    /// Encrypts what is kept in the database.
    pub at_rest: AtRest,
    /// Which user names are taken, and how they are stored.
    pub usernames: Usernames,
    /// Encrypts the sessions that linking an account began in.
    links_at_rest: AtRest,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// What roles permit.
    pub permissions: Permissions,
    /// Whom browsers may come from and be sent to.
    pub origins: TrustedOrigins,
    /// Whose pages may read answers.
    pub readers: Readers,
    /// Counts requests of the auth API.
    pub limits: RateLimiter,
    /// Entries of the audit log on their way.
    writing: audit::Writing,
    /// Rings when a mail was posted.
    bell: Bell,
    /// The time.
    pub clock: Clock,
    /// What `/metrics` shows.
    pub metrics: Metrics,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// What the parts of an [`App`] are made of.
pub struct Parts {
    /// As configured.
    pub config: Config,
    /// The origin that browsers see.
    pub public_url: Url,
    /// Keys of all signatures.
    pub secrets: Keyring,
    /// Opened, with `cache` as its watcher.
    pub store: Store,
    /// Sessions in memory.
    pub cache: Arc<SessionCache>,
    /// The time.
    pub clock: Clock,
    /// What `/metrics` shows.
    pub metrics: Metrics,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When cookies can't be named as configured.
    pub fn new(parts: Parts) -> Result<Self, BadCookie> {
        let Parts { config, public_url, secrets, store, cache, clock, metrics } = parts;
        let (signer, sealer, at_rest) = (signer(&secrets), sealer(&secrets), AtRest::from(&secrets));
        let links_at_rest = links_at_rest(&secrets);
        let secure = config.cookies_are_secure(&public_url);
        let cookies = Cookies::new(&config.cookie, secure, config.session.expires_in, signer.clone())?;
        let rules = Rules::new(&config.session, &config.bearer, &config.admin);
        let tokens = config.jwt.enabled.then(|| {
            let keys = Keys::new(store.clone(), at_rest.clone(), KeyRules::new(&config.jwt), clock.clone());
            let origin = public_url.origin().ascii_serialization();
            Arc::new(Tokens::new(keys, &config, &origin, store.clone(), clock.clone()))
        });
        let identity = Identity::new(store.clone(), cache, signer.clone(), cookies.clone(), rules, clock.clone());
        let identity = identity.issuing(tokens);
        Ok(Self(Arc::new(Inner {
            origins: TrustedOrigins::new(&public_url, &config.auth.trusted_origins),
            readers: Readers::new(&public_url, &[&config.cors.origins, &config.auth.trusted_origins]),
            permissions: Permissions::new(&config.admin),
            usernames: Usernames::new(&config.username),
            passwords: Passwords::new(&config.password),
            limits: RateLimiter::default(),
            writing: audit::Writing::default(),
            bell: Bell::default(),
            config,
            public_url,
            store,
            identity,
            cookies,
            at_rest,
            links_at_rest,
            sealer,
            signer,
            clock,
            metrics,
        })))
    }
}

impl Inner {
    /// A text encrypted for keeping in the database, in Better Auth's form.
    pub fn seal(&self, text: &str) -> String {
        self.at_rest.seal(text)
    }

    /// The text behind what [`Inner::seal`] or Better Auth made of it under one of our secrets; `None` for all else.
    pub fn unseal(&self, sealed: &str) -> Option<String> {
        self.at_rest.unseal(sealed)
    }
}

impl Inner {
    /// The token of a session in which linking an account began, encrypted for the time that the user is away.
    pub fn seal_link(&self, token: &SessionToken) -> String {
        self.links_at_rest.seal(token.expose())
    }

    /// The token behind what [`Inner::seal_link`] or Better Auth made of it.
    pub fn unseal_link(&self, sealed: &str) -> Option<SessionToken> {
        self.links_at_rest.unseal(sealed).map(SessionToken::from)
    }
}

/// What Better Auth derives the key of sessions in links for.
const LINK_PURPOSE: &str = "oauth-link-session-token";

fn links_at_rest(secrets: &Keyring) -> AtRest {
    let derived =
        |entry: &VersionedSecret| (entry.version, seal::purpose_secret(entry.secret.expose().as_bytes(), LINK_PURPOSE));
    let (newest, older) = (derived(&secrets.newest), secrets.older.iter().map(derived).collect::<Vec<_>>());
    AtRest::new((newest.0, newest.1.as_bytes()), older.iter().map(|(version, secret)| (*version, secret.as_bytes())))
}

/// What Better Auth derives the key of encrypted copies for.
const COPY_PURPOSE: &str = "better-auth-session";

fn sealer(secrets: &Keyring) -> Sealer {
    let older = secrets.older.iter().map(|entry| entry.secret.expose().as_bytes());
    Sealer::new(COPY_PURPOSE, secrets.newest.secret.expose().as_bytes(), older)
}

fn signer(secrets: &Keyring) -> Signer {
    let older = secrets.older.iter().map(|entry| entry.secret.expose().as_bytes());
    Signer::new(secrets.newest.secret.expose().as_bytes()).accepting(older)
}

/// The client of a request, as the proxy found it; put into each request that is answered in-process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its address; none over a unix socket without a forwarded one.
    pub address: Option<IpAddr>,
    /// Whether it speaks TLS to us or to a trusted proxy.
    pub https: bool,
    /// The user at the other end of a unix socket.
    pub uid: Option<u32>,
}

fn random_start() -> u64 {
    let mut bytes = [0; 8];
    crate::crypto::token::fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

/// The id that a request carries through logs, upstream and answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// An id that a trusted proxy gave; `None` unless it is 1 to 128 letters, digits, dashes, underscores or dots.
    pub fn given(value: &HeaderValue) -> Option<Self> {
        let legal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let bytes = value.as_bytes();
        ((1..=128).contains(&bytes.len()) && bytes.iter().all(legal)).then(|| Self(value.clone()))
    }

    /// A new one: unique in this process by counting, and among processes by a random start.
    pub fn next() -> Self {
        static START: LazyLock<u64> = LazyLock::new(random_start);
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut text = [0; 24];
        let mut digits = u128::from(*START) << 48 | u128::from(COUNT.fetch_add(1, Ordering::Relaxed));
        for place in text.iter_mut().rev() {
            *place = b"0123456789abcdef"[(digits & 0xf) as usize];
            digits >>= 4;
        }
        Self(HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("0")))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// As a header field's value.
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }
}
