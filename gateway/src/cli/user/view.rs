//! A user as JSON, with the API's names, and in words.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    cli::output::{Date, harmless, minute},
    store::User,
};

/// A user as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct UserView<'a> {
    id: &'a str,
    name: &'a str,
    email: &'a str,
    email_verified: bool,
    image: Option<&'a str>,
    role: Option<&'a str>,
    banned: Option<bool>,
    ban_reason: Option<&'a str>,
    ban_expires: Option<Date>,
    created_at: Date,
    updated_at: Date,
}

impl<'a> From<&'a User> for UserView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id.as_str(),
            name: &user.name,
            email: &user.email,
            email_verified: user.email_verified,
            image: user.image.as_deref(),
            role: user.role.as_deref(),
            banned: user.banned,
            ban_reason: user.ban_reason.as_deref(),
            ban_expires: user.ban_expires.map(Date),
            created_at: Date(user.created_at),
            updated_at: Date(user.updated_at),
        }
    }
}

/// Whether and until when a user is kept out; empty for everybody else.
pub(in crate::cli) fn ban(user: &User, now: DateTime<Utc>) -> String {
    match user.ban_expires {
        _ if !user.is_banned(now) => String::new(),
        Some(until) => format!("until {} UTC", minute(until)),
        None => "for good".to_owned(),
    }
}

/// The address, as part of a sentence.
pub(in crate::cli) fn address(user: &User) -> String {
    harmless(&user.email)
}
