//! GitLab, there or on a host of one's own (`issuer`). Accounts that are blocked, locked or waiting don't sign in.

use serde_json::Value;

use super::{PLAIN, at, string};
use crate::{
    auth::oauth::provider::{Endpoints, Facts, Person, flag, subject, text},
    config::ProviderConfig,
};

pub(super) const FACTS: Facts =
    Facts { id: "gitlab", name: "Gitlab", endpoints, scopes: &["read_user"], takes: &["login_hint"], person, ..PLAIN };

fn endpoints(config: &ProviderConfig) -> Endpoints {
    let base = match config.issuer.trim_end_matches('/') {
        "" => "https://gitlab.com",
        own => own,
    };
    at(&format!("{base}/oauth/authorize"), &format!("{base}/oauth/token"), &format!("{base}/api/v4/user"))
}

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    if profile["state"] != "active" || !matches!(profile["locked"], Value::Null | Value::Bool(false)) {
        tracing::warn!("an account of GitLab is not active");
        return None;
    }
    Some(Person {
        subject: subject(&profile["id"])?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["email_verified"]).unwrap_or(false),
        name: string(&profile["name"]).or_else(|| string(&profile["username"])).or(Some(String::new())),
        image: string(&profile["avatar_url"]),
    })
}
