//! The state of a sign-in while the user is at the provider: a row of `verification` in Better Auth's form, and a cookie
//! that binds it to the browser.
//!
//! The cookie is Better Auth's `state`, but one cookie serves every flow of a browser: whoever has it already keeps its
//! value, and the states of later flows begin with a code of that value. So tabs don't take the cookie from each other,
//! and it does not grow. A browser that begins several flows before it has any cookie gets one more for each but the
//! first: `state-` and the beginning of the state. A state is good once, in that browser, with that provider.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{provider::Provider, starts::Starts};
use crate::{
    app::App,
    auth::{error::Result, jar::Jar, visitor::Visitor},
    crypto::token::{self, Alphabet},
    store::{NewVerification, Session, User},
};

/// How long somebody may be away.
const AWAY: TimeDelta = TimeDelta::minutes(10);
/// How long the cookie stays, in seconds.
const COOKIE_AGE: u64 = 300;
/// Characters of a state.
const LENGTH: usize = 32;
/// How many of them are the code of the browser's cookie.
const CODE: usize = 16;
/// How many of them name a cookie of its own.
const NAMED: usize = 8;
/// What rows of states are kept under, before the state.
const ROW: &str = "auth-state:";
/// What only we put into a row; a client's own data can't.
const OURS: [&str; 10] = [
    "callbackURL",
    "codeVerifier",
    "errorURL",
    "newUserURL",
    "expiresAt",
    "oauthState",
    "link",
    "requestSignUp",
    "idTokenNonce",
    "serverContext",
];

/// A flow that is to begin.
#[derive(Default)]
pub(super) struct Plan {
    /// Where the user goes in the end.
    pub(super) callback_url: Option<String>,
    /// Where a new user goes.
    pub(super) new_user_url: Option<String>,
    /// Where the user goes when it fails.
    pub(super) error_url: Option<String>,
    /// Whether an account may be made where that has to be said.
    pub(super) request_sign_up: Option<bool>,
    /// What the client wants to have kept.
    pub(super) additional: Map<String, Value>,
    /// Whose account is to be linked, in which session.
    pub(super) link: Option<(Session, User)>,
    /// Whether an ID token must carry a nonce.
    pub(super) nonce: bool,
}

/// A flow that has begun.
pub(super) struct Begun {
    /// What the provider gives back.
    pub(super) state: String,
    /// What PKCE is about.
    pub(super) verifier: String,
    /// What an ID token must carry.
    pub(super) nonce: Option<String>,
}

/// A flow whose user has come back.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub(super) callback_url: String,
    pub(super) verifier: String,
    pub(super) error_url: Option<String>,
    pub(super) new_user_url: Option<String>,
    pub(super) link: Option<Link>,
    pub(super) request_sign_up: bool,
    pub(super) nonce: Option<String>,
}

/// Whose account is to be linked.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// The user's id.
    pub(super) user_id: String,
    /// The address when it began.
    pub(super) email: String,
    /// The session in which it began, encrypted.
    pub(super) session: Option<String>,
}

/// Why a state is not good, and where to say so if that is known.
pub(super) struct Mismatch(pub(super) Option<String>);

/// Whoever begins a flow.
pub(super) struct Browser<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) visitor: &'a Visitor,
    pub(super) jar: &'a Jar,
}

/// Begins a flow with a provider.
pub(super) async fn begin(
    app: &App,
    starts: &Starts,
    (provider, plan): (&Provider, Plan),
    browser: Browser<'_>,
) -> Result<Begun> {
    let main = app.cookies.name("state");
    let known = app.cookies.signed_value(browser.headers, &main).filter(|value| is_state(value));
    let start = known.is_none().then(|| starts.begin(browser.visitor));
    let state = match &known {
        Some(value) => code_of(value) + &token::text(LENGTH - CODE, Alphabet::URL_SAFE),
        None => token::text(LENGTH, Alphabet::URL_SAFE),
    };
    let verifier = token::text(128, Alphabet::URL_SAFE);
    let nonce = plan.nonce.then(|| token::text(LENGTH, Alphabet::URL_SAFE));
    let begun = Begun { state, verifier, nonce };
    let row = NewVerification {
        id: token::id(),
        identifier: format!("{ROW}{}", begun.state),
        value: row(app, provider, plan, &begun).to_string(),
        expires_at: app.clock.now() + AWAY,
    };
    app.store.create_verification(&row).await?;
    let is_first = start.as_ref().is_none_or(|start| start.is_first);
    if let Some(start) = start {
        start.linger().await;
    }
    let name = if is_first { main } else { own_cookie(app, &begun.state) };
    browser.jar.add(app.cookies.set_signed(&name, known.as_ref().unwrap_or(&begun.state), Some(COOKIE_AGE)));
    Ok(begun)
}

fn row(app: &App, provider: &Provider, plan: Plan, begun: &Begun) -> Value {
    let mut row = plan.additional;
    row.retain(|name, _| !OURS.contains(&name.as_str()));
    let origin = app.public_url.as_str().trim_end_matches('/').to_owned();
    let ends = (app.clock.now() + AWAY).timestamp_millis();
    let callback = plan.callback_url.filter(|url| !url.is_empty()).unwrap_or(origin);
    row.insert("callbackURL".into(), callback.into());
    row.insert("codeVerifier".into(), begun.verifier.as_str().into());
    let link = plan.link.map(|(session, user)| {
        json!({
            "userId": user.id.as_str(),
            "email": user.email,
            "encryptedSessionToken": app.seal_link(&session.token),
        })
    });
    let optional = [
        ("errorURL", plan.error_url.map(Value::from)),
        ("newUserURL", plan.new_user_url.map(Value::from)),
        ("link", link),
        ("serverContext", Some(json!({ "provider": provider.id }))),
        ("expiresAt", Some(ends.into())),
        ("requestSignUp", plan.request_sign_up.map(Value::from)),
        ("idTokenNonce", begun.nonce.as_deref().map(Value::from)),
        ("oauthState", Some(begun.state.as_str().into())),
    ];
    row.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(row)
}

/// Takes up the flow that a provider sent somebody back for, once.
pub(super) async fn resume(
    app: &App,
    (provider, state): (&str, &str),
    headers: &HeaderMap,
    jar: &Jar,
) -> Result<std::result::Result<Flow, Mismatch>> {
    if !is_state(state) {
        return Ok(Err(Mismatch(None)));
    }
    let identifier = format!("{ROW}{state}");
    let Some(stored) = app.store.verification(&identifier).await? else { return Ok(Err(Mismatch(None))) };
    let stored: Value = serde_json::from_str(&stored).unwrap_or_default();
    let flow = read(&stored);
    let refused = || Ok(Err(Mismatch(flow.error_url.clone())));
    let said = |pointer: &str| stored.pointer(pointer).and_then(Value::as_str);
    let same_state = said("/oauthState").is_none_or(|own| own == state);
    let same_provider = said("/serverContext/provider").is_none_or(|own| own == provider);
    let Some(cookie) = binding(app, headers, state).filter(|_| same_state && same_provider) else { return refused() };
    // Of several at once one gets it.
    if app.store.consume_verification(&identifier).await?.is_none() {
        return Ok(Err(Mismatch(None)));
    }
    if !is_needed(app, &cookie).await? {
        jar.add(app.cookies.clear(&cookie.name));
    }
    let ends = stored["expiresAt"].as_i64().unwrap_or_default();
    if ends < app.clock.now().timestamp_millis() { refused() } else { Ok(Ok(flow)) }
}

/// A cookie that binds a flow to its browser.
struct Binding {
    name: String,
    value: String,
    is_main: bool,
}

/// The cookie that shows that the flow began in this browser.
fn binding(app: &App, headers: &HeaderMap, state: &str) -> Option<Binding> {
    let (main, own) = (app.cookies.name("state"), own_cookie(app, state));
    let shown = |name: &str| app.cookies.signed_value(headers, name);
    let by_main = shown(&main).filter(|value| value == state || is_state(value) && state.starts_with(&code_of(value)));
    if let Some(value) = by_main {
        return Some(Binding { name: main, value, is_main: true });
    }
    let value = shown(&own).filter(|value| value == state)?;
    Some(Binding { name: own, value, is_main: false })
}

/// Whether other flows of the browser wait for the cookie.
async fn is_needed(app: &App, cookie: &Binding) -> Result<bool> {
    let (first, others) = (format!("{ROW}{}", cookie.value), format!("{ROW}{}", code_of(&cookie.value)));
    Ok(cookie.is_main && app.store.has_verification(&first, &others).await?)
}

fn own_cookie(app: &App, state: &str) -> String {
    app.cookies.name(&format!("state-{}", state.get(..NAMED).unwrap_or_default()))
}

/// What states of later flows begin with in a browser that has this cookie. It tells nothing about the cookie.
fn code_of(cookie: &str) -> String {
    let mut code = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("state of a browser: {cookie}")));
    code.truncate(CODE);
    code
}

fn is_state(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn read(row: &Value) -> Flow {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let link = &row["link"];
    Flow {
        callback_url: text(&row["callbackURL"]).unwrap_or_default(),
        verifier: text(&row["codeVerifier"]).unwrap_or_default(),
        error_url: text(&row["errorURL"]),
        new_user_url: text(&row["newUserURL"]),
        link: link.is_object().then(|| Link {
            user_id: text(&link["userId"]).unwrap_or_default(),
            email: text(&link["email"]).unwrap_or_default(),
            session: text(&link["encryptedSessionToken"]),
        }),
        request_sign_up: row["requestSignUp"] == true,
        nonce: text(&row["idTokenNonce"]),
    }
}
