//! `[oauth.<id>]`: whatever a provider needs before anybody can sign in with it, and settings that it would not look at.

use url::Url;

use super::{
    super::{Key, ProviderConfig},
    Report,
};

/// The providers that have a name here, and whether codes can be exchanged with them without a secret.
const NAMED: [(&str, bool); 12] = [
    ("apple", false),
    ("discord", false),
    ("facebook", false),
    ("github", false),
    ("gitlab", true),
    ("google", false),
    ("linkedin", false),
    ("microsoft", true),
    ("slack", false),
    ("spotify", true),
    ("twitch", false),
    ("twitter", false),
];

/// Parameters of the address where people sign in that only we set.
const RESERVED: [&str; 8] = [
    "state",
    "client_id",
    "redirect_uri",
    "response_type",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "scope",
];

/// Whether a setting was given.
type Given = fn(&ProviderConfig) -> bool;

/// Settings that mean something to one provider only.
const PECULIAR: &[(&str, &str, Given)] = &[
    ("apple", "team_id", |config| !config.team_id.is_empty()),
    ("apple", "key_id", |config| !config.key_id.is_empty()),
    ("apple", "private_key", |config| !config.private_key.is_empty()),
    ("apple", "app_bundle_identifier", |config| !config.app_bundle_identifier.is_empty()),
    ("apple", "audience", |config| !config.audience.0.is_empty()),
    ("discord", "permissions", |config| config.permissions.is_some()),
    ("facebook", "config_id", |config| !config.config_id.is_empty()),
    ("facebook", "fields", |config| !config.fields.is_empty()),
    ("google", "include_granted_scopes", |config| config.include_granted_scopes.is_some()),
    ("microsoft", "tenant_id", |config| !config.tenant_id.is_empty()),
    ("microsoft", "authority", |config| !config.authority.is_empty()),
    ("microsoft", "disable_profile_photo", |config| config.disable_profile_photo),
];

/// Finds a setting that is an address.
type Address = fn(&ProviderConfig) -> &String;

const ADDRESSES: &[(&str, Address)] = &[
    ("discovery_url", |config| &config.discovery_url),
    ("authorization_url", |config| &config.authorization_url),
    ("token_url", |config| &config.token_url),
    ("user_info_url", |config| &config.user_info_url),
    ("jwks_url", |config| &config.jwks_url),
    ("end_session_url", |config| &config.end_session_url),
    ("authority", |config| &config.authority),
];

pub(super) fn check(report: &mut Report<'_>) {
    for (id, config) in &report.config().oauth {
        let key = Key::from("oauth").name(id);
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if id.is_empty() || id.len() > 64 || !id.bytes().all(legal) || id.bytes().all(|b| b == b'.') {
            report.say(key, "is no id: it stands in addresses, so write letters, digits, dashes, underscores and dots");
            continue;
        }
        if id == "credential" {
            report.say(key, "is the id of accounts with a password; choose another");
            continue;
        }
        // With a discovery URL a known id is any provider.
        let named = NAMED.iter().find(|(name, _)| name == id && config.discovery_url.is_empty());
        one(report, &key, config, named.copied());
    }
}

fn one(report: &mut Report<'_>, key: &Key, config: &ProviderConfig, named: Option<(&str, bool)>) {
    if config.client_id.0.is_empty() {
        report
            .say(key.name("client_id"), "is missing; the provider gives it to whoever registers an application there");
    }
    match named {
        Some(("apple", _)) => apple(report, key, config),
        Some((_, false)) if config.client_secret.is_empty() => {
            report.say(
                key.name("client_secret"),
                "is missing; the provider gives it to whoever registers an application there",
            );
        }
        None => whereabouts(report, key, config),
        _ => {}
    }
    for (provider, name, given) in PECULIAR {
        if given(config) && named.is_none_or(|(id, _)| id != *provider) {
            report.say(key.name(name), format!("means something to oauth.{provider} only; remove it"));
        }
    }
    for (name, address) in ADDRESSES {
        if let Some(why) = fault(address(config)) {
            report.say(key.name(name), why);
        }
    }
    if !config.redirect_uri.is_empty() && Url::parse(&config.redirect_uri).is_err() {
        report.say(key.name("redirect_uri"), "is no address; write all of it, as the provider knows it");
    }
    for name in config.authorization_params.keys().filter(|name| RESERVED.contains(&name.as_str())) {
        report.say(key.name("authorization_params").name(name), "is set by the gateway in every flow; remove it");
    }
}

/// Of Apple's three settings for a client secret all or none, and none beside a ready one.
fn apple(report: &mut Report<'_>, key: &Key, config: &ProviderConfig) {
    let parts = [
        ("team_id", config.team_id.is_empty()),
        ("key_id", config.key_id.is_empty()),
        ("private_key", config.private_key.is_empty()),
    ];
    let missing = parts.iter().filter(|(_, missing)| *missing).count();
    if missing == parts.len() {
        if config.client_secret.is_empty() {
            let message = "is missing, as are key_id and private_key; the gateway makes the client secret with them \
                           (or give a ready one as client_secret, and a new one every six months)";
            report.say(key.name("team_id"), message);
        }
        return;
    }
    for (name, _) in parts.iter().filter(|(_, missing)| *missing) {
        report.say(key.name(name), "is missing; the client secret is made with team_id, key_id and private_key");
    }
    if !config.client_secret.is_empty() {
        report.say(
            key.name("client_secret"),
            "is not used beside private_key, with which one is made; remove one of them",
        );
    }
    if !config.private_key.is_empty()
        && let Err(why) = config.signing_key()
    {
        report.say(key.name("private_key"), why);
    }
}

/// A provider without a name here must be found by something.
fn whereabouts(report: &mut Report<'_>, key: &Key, config: &ProviderConfig) {
    if !config.discovery_url.is_empty() {
        return;
    }
    let addresses = [("authorization_url", &config.authorization_url), ("token_url", &config.token_url)];
    let missing: Vec<_> = addresses.iter().filter(|(_, address)| address.is_empty()).map(|(name, _)| *name).collect();
    match missing.as_slice() {
        [] => {}
        [name] => report
            .say(key.name(name), "is missing; without discovery_url both authorization_url and token_url are needed"),
        _ => {
            let known: Vec<_> = NAMED.iter().map(|(id, _)| *id).collect();
            let message = format!(
                "is missing, or authorization_url and token_url; without any only these are known: {}",
                known.join(", ")
            );
            report.say(key.name("discovery_url"), message);
        }
    }
}

/// What is wrong with an address that is asked by us.
fn fault(address: &str) -> Option<&'static str> {
    if address.is_empty() {
        return None;
    }
    let Ok(url) = Url::parse(address) else { return Some("is no address; write all of it, such as \"https://…\"") };
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Some("is no address of a web server; write \"https://…\"");
    }
    let has_login = !url.username().is_empty() || url.password().is_some();
    if has_login || url.fragment().is_some() {
        return Some("holds a login or a fragment, which are never sent; remove it");
    }
    None
}
