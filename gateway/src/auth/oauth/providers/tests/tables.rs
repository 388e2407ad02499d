//! What the tables say as a whole.

use std::collections::BTreeSet;

use super::super::NAMED;
use crate::{
    auth::oauth::provider::Profile,
    config::{ProviderConfig, Words},
};

#[test]
fn ids_are_unique_and_sorted() {
    let ids: Vec<_> = NAMED.iter().map(|facts| facts.id).collect();
    let sorted: Vec<_> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(ids, sorted);
    assert_eq!(ids.len(), 12);
}

#[test]
fn every_address_is_encrypted_and_there() {
    for facts in NAMED {
        let endpoints = (facts.endpoints)(&ProviderConfig::default());
        let mut needed = vec![&endpoints.authorization, &endpoints.token];
        if !matches!(facts.profile, Profile::IdToken) && facts.id != "apple" {
            needed.push(&endpoints.user_info);
        }
        if facts.id_token.is_some() {
            needed.push(&endpoints.jwks);
        }
        for address in needed {
            let url = url::Url::parse(address).unwrap_or_else(|error| panic!("{}: {address:?}: {error}", facts.id));
            assert_eq!(url.scheme(), "https", "{}", facts.id);
        }
    }
}

#[test]
fn id_tokens_are_for_us_and_signed_with_one_algorithm() {
    let config = ProviderConfig { client_id: Words::from("web ios"), ..ProviderConfig::default() };
    for facts in NAMED {
        let Some(rules) = facts.id_token else { continue };
        let rules = rules(&config, &(facts.endpoints)(&config));
        assert_eq!(rules.algorithms, ["RS256"], "{}", facts.id);
        assert_eq!(rules.audiences, ["web", "ios"], "{}", facts.id);
        assert!(!rules.issuers.is_empty() || rules.claims.is_some(), "{}", facts.id);
    }
}

#[test]
fn apple_takes_tokens_for_the_app() {
    let apple = NAMED.iter().find(|facts| facts.id == "apple").unwrap();
    let audiences = |change: fn(&mut ProviderConfig)| {
        let mut config = ProviderConfig { client_id: Words::from("web"), ..ProviderConfig::default() };
        change(&mut config);
        (apple.id_token.unwrap())(&config, &(apple.endpoints)(&config)).audiences
    };
    assert_eq!(audiences(|_| ()), ["web"]);
    assert_eq!(audiences(|config| config.app_bundle_identifier = "app".into()), ["app"]);
    let both: fn(&mut ProviderConfig) = |config| {
        config.app_bundle_identifier = "app".into();
        config.audience = Words::from("one two");
    };
    assert_eq!(audiences(both), ["one", "two"]);
}

#[test]
fn a_refresh_at_microsoft_says_what_for() {
    let microsoft = NAMED.iter().find(|facts| facts.id == "microsoft").unwrap();
    let config = ProviderConfig { scope: Words::from("Mail.Read"), ..ProviderConfig::default() };
    let scope = "openid profile email User.Read offline_access Mail.Read".to_owned();
    assert_eq!((microsoft.refresh_extra)(&config), [("scope", scope)]);
}
