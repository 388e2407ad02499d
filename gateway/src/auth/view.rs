//! Users and sessions as JSON: exactly the keys of the contract, `null` where nothing is set.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::last_method;
use crate::{app::App, store};

/// A user as clients see it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User<'a> {
    name: &'a str,
    email: &'a str,
    email_verified: bool,
    image: Option<&'a str>,
    #[serde(serialize_with = "date")]
    #[schemars(with = "DateTime<Utc>")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "date")]
    #[schemars(with = "DateTime<Utc>")]
    updated_at: DateTime<Utc>,
    #[serde(flatten)]
    standing: Option<Standing<'a>>,
    #[serde(flatten)]
    names: Option<Names<'a>>,
    #[serde(rename = "isAnonymous", skip_serializing_if = "Option::is_none")]
    anonymity: Option<Option<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login_method: Option<Option<&'a str>>,
    id: &'a str,
}

/// What the admin part adds to a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Standing<'a> {
    role: Option<&'a str>,
    banned: Option<bool>,
    ban_reason: Option<&'a str>,
    #[serde(serialize_with = "date_or_null")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    ban_expires: Option<DateTime<Utc>>,
}

/// What the part with user names adds to a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Names<'a> {
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_username: Option<Option<&'a str>>,
}

impl<'a> Names<'a> {
    fn of(app: &App, user: &'a store::User) -> Option<Self> {
        let rules = &app.config.username;
        rules.enabled.then(|| Self {
            username: user.username.as_deref(),
            display_username: rules.display_username.then_some(user.display_username.as_deref()),
        })
    }
}

impl<'a> User<'a> {
    /// The view of a stored user.
    pub(crate) fn of(app: &App, user: &'a store::User) -> Self {
        Self {
            name: &user.name,
            email: &user.email,
            email_verified: user.email_verified,
            image: user.image.as_deref(),
            created_at: user.created_at,
            updated_at: user.updated_at,
            standing: app.config.admin.enabled.then_some(Standing {
                role: user.role.as_deref(),
                banned: user.banned,
                ban_reason: user.ban_reason.as_deref(),
                ban_expires: user.ban_expires,
            }),
            names: Names::of(app, user),
            anonymity: app.config.anonymous.enabled.then_some(user.is_anonymous),
            last_login_method: last_method::is_stored(app).then_some(user.last_login_method.as_deref()),
            id: user.id.as_str(),
        }
    }
}

/// A session as its owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session<'a> {
    #[serde(serialize_with = "date")]
    #[schemars(with = "DateTime<Utc>")]
    expires_at: DateTime<Utc>,
    token: &'a str,
    #[serde(serialize_with = "date")]
    #[schemars(with = "DateTime<Utc>")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "date")]
    #[schemars(with = "DateTime<Utc>")]
    updated_at: DateTime<Utc>,
    ip_address: &'a str,
    user_agent: &'a str,
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonated_by: Option<Option<&'a str>>,
    id: &'a str,
}

impl<'a> Session<'a> {
    /// The view of a stored session.
    pub(crate) fn of(app: &App, session: &'a store::Session) -> Self {
        Self {
            expires_at: session.expires_at,
            token: session.token.expose(),
            created_at: session.created_at,
            updated_at: session.updated_at,
            ip_address: session.ip_address.as_deref().unwrap_or_default(),
            user_agent: session.user_agent.as_deref().unwrap_or_default(),
            user_id: session.user_id.as_str(),
            impersonated_by: app.config.admin.enabled.then_some(session.impersonated_by.as_deref()),
            id: session.id.as_str(),
        }
    }
}

/// A way to sign in as its owner sees it: neither tokens nor passwords.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account<'a> {
    account_id: &'a str,
    provider_id: &'a str,
    user_id: &'a str,
    #[serde(serialize_with = "date")]
    #[schemars(with = "DateTime<Utc>")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "date")]
    #[schemars(with = "DateTime<Utc>")]
    updated_at: DateTime<Utc>,
    id: &'a str,
    scopes: Vec<&'a str>,
}

impl<'a> Account<'a> {
    /// The view of a stored account.
    pub(crate) fn of(account: &'a store::Account) -> Self {
        let scopes = account.scope.as_deref().unwrap_or_default().split(',').map(str::trim);
        Self {
            account_id: &account.account_id,
            provider_id: &account.provider_id,
            user_id: account.user_id.as_str(),
            created_at: account.created_at,
            updated_at: account.updated_at,
            id: &account.id,
            scopes: scopes.filter(|scope| !scope.is_empty()).collect(),
        }
    }
}

/// `{"status": true}`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Status {
    status: bool,
}

impl Status {
    /// It is done.
    pub(crate) const DONE: Self = Self { status: true };
}

/// `{"success": true}`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Success {
    success: bool,
}

impl Success {
    /// It is done.
    pub(crate) const DONE: Self = Self { success: true };
}

fn date<S: Serializer>(date: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&date.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn date_or_null<S: Serializer>(date: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(present) => self::date(present, serializer),
        None => serializer.serialize_none(),
    }
}
