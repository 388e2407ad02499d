//! The copy of a session and its user in a cookie of its own (`session_data`), for programs that read it there instead
//! of asking: Better Auth's `getCookieCache`, its server, and its frameworks' middlewares.
//!
//! Contract: sessions-cookies, section 4. The gateway itself never answers from it: a good copy only means that no new
//! one is sent and the session isn't extended this time.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::view;
use crate::{
    app::App,
    config::CookieCacheStrategy,
    crypto::token,
    store::{Session, User},
};

/// The version that copies carry; one of another version is not good.
const VERSION: &str = "1";

/// How long a copy is good that ends with the browser, in seconds: signed JSON, and tokens.
const NOT_REMEMBERED: (i64, i64) = (60, 300);

/// What a cookie is to hold.
pub(super) struct Written {
    /// Letters, digits, `-`, `_` and dots.
    pub(super) value: String,
    /// How long the browser keeps it, in seconds; `None`: until it is closed.
    pub(super) max_age: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    session: view::Session<'a>,
    user: view::User<'a>,
    updated_at: i64,
    version: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    #[serde(flatten)]
    content: Content<'a>,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

/// The outer form of signed JSON. The content is kept as it was written, since that is what is signed.
#[derive(Serialize, Deserialize)]
struct Compact<'a> {
    #[serde(borrow)]
    session: &'a RawValue,
    #[serde(rename = "expiresAt")]
    expires_at: i64,
    signature: String,
}

/// What is read of a copy.
#[derive(Deserialize)]
struct Read {
    session: ReadSession,
    #[serde(rename = "user")]
    _user: BTreeMap<String, IgnoredAny>,
    #[serde(rename = "updatedAt")]
    _updated_at: f64,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadSession {
    token: String,
    expires_at: DateTime<Utc>,
}

impl<'a> Claims<'a> {
    fn new(content: Content<'a>, now: DateTime<Utc>, seconds: i64, jti: Option<String>) -> Self {
        Self { content, iat: now.timestamp(), exp: now.timestamp() + seconds, jti }
    }
}

/// A new copy, if copies are made.
pub(super) fn write(app: &App, session: &Session, user: &User, remember: bool) -> Option<Written> {
    let config = &app.config.session.cookie_cache;
    if !config.enabled {
        return None;
    }
    let now = app.clock.now();
    let content = Content {
        session: view::Session::of(app, session),
        user: view::User::of(app, user),
        updated_at: now.timestamp_millis(),
        version: VERSION,
    };
    let max_age = config.max_age.0.as_secs();
    let lasts = |brief| if remember { config.max_age.delta().num_seconds() } else { brief };
    let value = match config.strategy {
        CookieCacheStrategy::Jwt => app.signer.jwt(&Claims::new(content, now, lasts(NOT_REMEMBERED.1), None)),
        CookieCacheStrategy::Jwe => app.sealer.seal(&Claims::new(content, now, lasts(NOT_REMEMBERED.1), Some(uuid()))),
        CookieCacheStrategy::Compact => {
            compact(app, &content, now.timestamp_millis() + 1_000 * lasts(NOT_REMEMBERED.0))?
        }
    };
    Some(Written { value, max_age: remember.then_some(max_age) })
}

/// Whether a copy is one of ours, still good, and of the session with this token.
pub(super) fn is_good(app: &App, value: &str, token: &str) -> bool {
    let now = app.clock.now();
    let read = match app.config.session.cookie_cache.strategy {
        CookieCacheStrategy::Jwt => app.signer.read_jwt(value, now).ok(),
        CookieCacheStrategy::Jwe => app.sealer.open(value, now).ok(),
        CookieCacheStrategy::Compact => read_compact(app, value, now),
    };
    read.is_some_and(|read: Read| {
        read.session.token == token
            && read.session.expires_at >= now
            && read.version.is_none_or(|version| version.is_empty() || version == VERSION)
    })
}

fn compact(app: &App, content: &Content<'_>, expires_at: i64) -> Option<String> {
    let content = serde_json::value::to_raw_value(content).ok()?;
    let signature = app.signer.url_safe_code(&signed_text(content.get(), expires_at)?);
    let whole = Compact { session: &content, expires_at, signature };
    Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&whole).ok()?))
}

fn read_compact(app: &App, value: &str, now: DateTime<Utc>) -> Option<Read> {
    let whole = URL_SAFE_NO_PAD.decode(value).ok()?;
    let whole: Compact<'_> = serde_json::from_slice(&whole).ok()?;
    let signed = signed_text(whole.session.get(), whole.expires_at)?;
    if whole.expires_at < now.timestamp_millis() || !app.signer.accepts_url_safe_code(&signed, &whole.signature) {
        return None;
    }
    serde_json::from_str(whole.session.get()).ok()
}

/// The content with its end as one more member: that is the text that is signed.
fn signed_text(content: &str, expires_at: i64) -> Option<String> {
    Some(format!("{},\"expiresAt\":{expires_at}}}", content.strip_suffix('}')?))
}

/// A random UUID, which makes every token another one.
fn uuid() -> String {
    let mut bytes = [0; 16];
    token::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
