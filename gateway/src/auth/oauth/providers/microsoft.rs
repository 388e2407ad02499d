//! Microsoft Entra ID. People are known by `oid`, and every directory is an issuer of its own, named by `tid`. The
//! picture is fetched from Graph and kept as a data URI, because its address can't be shown to a browser.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{MOST_AGE, PLAIN, at, rs256, scopes, string};
use crate::{
    auth::oauth::{
        id_token,
        provider::{Asking, Endpoints, Facts, Gathering, Person, Profile, flag, text},
    },
    config::ProviderConfig,
};

/// The directory of private accounts.
const PRIVATE_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
/// Most bytes of a picture: it is stored with the user and goes along in copies of the session.
const MOST_PICTURE: usize = 64 << 10;

pub(super) const FACTS: Facts = Facts {
    id: "microsoft",
    name: "Microsoft EntraID",
    endpoints,
    scopes: &["openid", "profile", "email", "User.Read", "offline_access"],
    takes: &["login_hint", "prompt"],
    refresh_extra: |config| vec![("scope", scopes(&FACTS, config))],
    profile: Profile::Gathered(gather),
    person,
    id_token: Some(|config, endpoints| super::IdTokenRules {
        issuers: issuers(config),
        max_age: Some(MOST_AGE),
        claims: Some(is_of_directory),
        ..rs256(config, endpoints, &[])
    }),
    brought: Some(gather),
    ..PLAIN
};

fn authority(config: &ProviderConfig) -> &str {
    match config.authority.trim_end_matches('/') {
        "" => "https://login.microsoftonline.com",
        own => own,
    }
}

/// The directory, or the kind of accounts.
fn tenant(config: &ProviderConfig) -> &str {
    if config.tenant_id.is_empty() { "common" } else { &config.tenant_id }
}

fn endpoints(config: &ProviderConfig) -> Endpoints {
    let base = format!("{}/{}", authority(config), tenant(config));
    Endpoints {
        jwks: format!("{base}/discovery/v2.0/keys"),
        ..at(
            &format!("{base}/oauth2/v2.0/authorize"),
            &format!("{base}/oauth2/v2.0/token"),
            "https://graph.microsoft.com/v1.0/me",
        )
    }
}

/// Of a single directory the issuer is known; of all others the claims must agree.
fn issuers(config: &ProviderConfig) -> Vec<String> {
    match tenant(config) {
        "common" | "organizations" | "consumers" => Vec::new(),
        directory => vec![format!("{}/{directory}/v2.0", authority(config))],
    }
}

fn is_of_directory(claims: &Value, config: &ProviderConfig) -> bool {
    let Some(directory) = claims["tid"].as_str() else { return false };
    let issuer = format!("{}/{directory}/v2.0", authority(config));
    let fits = match tenant(config) {
        "organizations" => directory != PRIVATE_ACCOUNTS,
        "consumers" => directory == PRIVATE_ACCOUNTS,
        _ => true,
    };
    fits && claims["iss"] == issuer.as_str()
}

fn gather(asking: Asking<'_>) -> Gathering<'_> {
    Box::pin(async move {
        let mut profile = id_token::unverified_claims(asking.tokens.id.as_ref()?.expose())?;
        if !asking.provider.config.disable_profile_photo
            && let Some(picture) = picture(asking).await
        {
            profile["picture"] = picture.into();
        }
        Some(profile.into())
    })
}

/// A person without one is not asked about it twice, and one that can't be had keeps nobody out.
async fn picture(asking: Asking<'_>) -> Option<String> {
    let url = format!("{}/photos/48x48/$value", asking.endpoints.user_info);
    let (_, bytes) = asking.outbound.get_bytes(&url, Some(asking.tokens.access.as_ref()?), &[]).await.ok()?;
    (bytes.len() <= MOST_PICTURE).then(|| format!("data:image/jpeg;base64, {}", STANDARD.encode(bytes)))
}

/// `email_verified` is an optional claim; without it the directory's own lists tell.
fn is_verified(profile: &Value) -> bool {
    if !profile["email_verified"].is_null() {
        return flag(&profile["email_verified"]).unwrap_or(false);
    }
    let listed = |name: &str| match &profile[name] {
        Value::Array(list) => list.contains(&profile["email"]),
        one => one.is_string() && *one == profile["email"],
    };
    text(&profile["email"]).is_some() && (listed("verified_primary_email") || listed("verified_secondary_email"))
}

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    let subject = profile["oid"].as_str().filter(|id| !id.trim().is_empty());
    if subject.is_none() {
        tracing::warn!("an ID token of Microsoft has no oid, which accounts are known by");
    }
    Some(Person {
        subject: subject?.to_owned(),
        email: text(&profile["email"]),
        email_verified: is_verified(profile),
        name: string(&profile["name"]),
        image: string(&profile["picture"]),
    })
}
