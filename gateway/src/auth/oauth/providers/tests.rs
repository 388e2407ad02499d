//! Profiles as the providers document them, and what becomes of them.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{NAMED, apple, discord, github, google, microsoft};
use crate::{
    auth::oauth::provider::{Facts, Told},
    config::ProviderConfig,
};

mod apple_secret;
mod tables;

fn facts(id: &str) -> &'static Facts {
    NAMED.iter().find(|facts| facts.id == id).unwrap()
}

fn shown(id: &str, told: &Told, config: &ProviderConfig) -> String {
    let Some(mut person) = (facts(id).person)(&told.profile, config) else { return "nobody".to_owned() };
    person.email_verified = told.verified.unwrap_or(person.email_verified);
    let mark = if person.email_verified { "verified" } else { "unverified" };
    let or_none = |text: Option<String>| text.map_or("none".to_owned(), |text| format!("{text:?}"));
    format!(
        "{} | {} {mark} | {} | {}",
        person.subject,
        person.email.as_deref().unwrap_or("none"),
        or_none(person.name),
        or_none(person.image)
    )
}

fn check(id: &str, profile: Value, expected: &Expect) {
    expected.assert_eq(&shown(id, &profile.into(), &ProviderConfig::default()));
}

#[test]
fn google_tells_all_in_the_token() {
    let claims = json!({
        "iss": "https://accounts.google.com", "azp": "web", "aud": "web", "sub": "110169484474386276334",
        "hd": "example.com", "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace",
        "picture": "https://lh3.googleusercontent.com/a/x=s96-c", "given_name": "Ada", "family_name": "Lovelace",
        "iat": 1_795_000_000, "exp": 1_795_003_600,
    });
    check(
        "google",
        claims,
        &expect![[
            r#"110169484474386276334 | ada@example.com verified | "Ada Lovelace" | "https://lh3.googleusercontent.com/a/x=s96-c""#
        ]],
    );
    check(
        "google",
        json!({ "sub": "1", "email": "a@b.c", "email_verified": "true" }),
        &expect!["1 | a@b.c verified | none | none"],
    );
    check("google", json!({ "sub": "1", "email": "a@b.c" }), &expect!["1 | a@b.c unverified | none | none"]);
    for no_subject in
        [json!({ "sub": "" }), json!({ "sub": " " }), json!({ "sub": "null" }), json!({}), json!({ "sub": null })]
    {
        check("google", no_subject, &expect!["nobody"]);
    }
}

#[test]
fn google_keeps_other_domains_out() {
    let of = |hd: &str| ProviderConfig { hd: hd.to_owned(), ..ProviderConfig::default() };
    let claims = |hd: Value| json!({ "sub": "1", "hd": hd }).into();
    for (config, domain, expected) in [
        ("", Value::Null, "1 |"),
        ("example.com", json!("example.com"), "1 |"),
        ("example.com", json!("other.com"), "nobody"),
        ("example.com", Value::Null, "nobody"),
        ("*", json!("other.com"), "1 |"),
        ("*", Value::Null, "nobody"),
        ("*", json!(""), "nobody"),
        ("*", json!(["other.com"]), "nobody"),
    ] {
        assert!(shown("google", &claims(domain.clone()), &of(config)).starts_with(expected), "{config} {domain}");
    }
    let rules = (facts("google").id_token.unwrap())(&of("*"), &(facts("google").endpoints)(&of("*")));
    assert!(!rules.claims.unwrap()(&json!({ "sub": "1" }), &of("*")));
    assert_eq!(google::FACTS.id, "google");
}

/// The answers of `/user` and `/user/emails`, shortened.
#[test]
fn github_hides_addresses_in_a_list() {
    let profile = |email: Value| {
        json!({
            "login": "octocat", "id": 583_231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "type": "User",
            "avatar_url": "https://avatars.githubusercontent.com/u/583231?v=4", "name": null, "email": email,
        })
    };
    let entry = |email: &str, primary: bool, verified: bool| json!({ "email": email, "primary": primary, "verified": verified, "visibility": null });
    let list = json!([
        entry("old@example.com", false, true),
        entry("ada@example.com", true, true),
        entry("new@example.com", false, false)
    ]);
    let cases = [
        (Value::Null, list.clone(), "ada@example.com verified"),
        (json!("old@example.com"), list.clone(), "old@example.com verified"),
        (json!("new@example.com"), list.clone(), "new@example.com unverified"),
        (json!("elsewhere@example.com"), list, "elsewhere@example.com unverified"),
        (json!("ada@example.com"), Value::Null, "ada@example.com unverified"),
        (Value::Null, json!([entry("b@example.com", false, true)]), "b@example.com verified"),
        (Value::Null, json!([entry("b@example.com", true, false)]), "b@example.com unverified"),
        (Value::Null, json!([]), "none unverified"),
        (Value::Null, json!({ "message": "Not Found" }), "none unverified"),
        (Value::Null, json!([{}]), "none unverified"),
    ];
    for (email, emails, expected) in cases {
        let told = github::with_addresses(profile(email), &emails);
        let found = shown("github", &told, &ProviderConfig::default());
        assert_eq!(
            found,
            format!("583231 | {expected} | \"octocat\" | \"https://avatars.githubusercontent.com/u/583231?v=4\"")
        );
    }
}

#[test]
fn apple_tells_the_name_once_and_beside_the_token() {
    let claims = || {
        json!({
            "iss": "https://appleid.apple.com", "aud": "com.example.web", "sub": "001234.abcdef.0123", "nonce_supported": true,
            "email": "x7k@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true",
        })
    };
    let beside =
        json!({ "name": { "firstName": "Ada", "lastName": "Lovelace" }, "email": "x7k@privaterelay.appleid.com" });
    let named = |user: Option<&Value>| apple::named(claims(), user);
    check(
        "apple",
        named(Some(&beside)),
        &expect![[r#"001234.abcdef.0123 | x7k@privaterelay.appleid.com verified | "Ada Lovelace" | none"#]],
    );
    check(
        "apple",
        named(None),
        &expect![[r#"001234.abcdef.0123 | x7k@privaterelay.appleid.com verified | "" | none"#]],
    );
    let first_only = json!({ "name": { "firstName": "Ada" } });
    check(
        "apple",
        named(Some(&first_only)),
        &expect![[r#"001234.abcdef.0123 | x7k@privaterelay.appleid.com verified | "Ada" | none"#]],
    );
    for odd in [json!("Ada"), json!([1]), json!({ "name": "Ada" }), json!({ "name": null }), Value::Null] {
        check(
            "apple",
            named(Some(&odd)),
            &expect![[r#"001234.abcdef.0123 | x7k@privaterelay.appleid.com verified | "" | none"#]],
        );
    }
}

#[test]
fn microsoft_knows_people_by_oid() {
    let claims = |more: Value| {
        let mut claims = json!({
            "ver": "2.0", "sub": "AAAA", "oid": "00000000-0000-0000-66f3-3332eca7ea81", "name": "Ada Lovelace",
            "preferred_username": "ada@contoso.com", "email": "ada@contoso.com", "tid": "9188040d-6c67-4c5b-b112-36a304b66dad",
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let verified =
        |more: Value| shown("microsoft", &claims(more).into(), &ProviderConfig::default()).contains(" verified");
    check(
        "microsoft",
        claims(json!({})),
        &expect![[r#"00000000-0000-0000-66f3-3332eca7ea81 | ada@contoso.com unverified | "Ada Lovelace" | none"#]],
    );
    assert!(verified(json!({ "email_verified": true })));
    assert!(verified(json!({ "email_verified": "true" })));
    assert!(!verified(json!({ "email_verified": 1 })));
    assert!(verified(json!({ "verified_primary_email": ["ada@contoso.com"] })));
    assert!(verified(json!({ "verified_secondary_email": ["x@y.z", "ada@contoso.com"] })));
    assert!(!verified(json!({ "verified_primary_email": ["not-ada@contoso.com"] })));
    assert!(!verified(json!({ "email_verified": false, "verified_primary_email": ["ada@contoso.com"] })));
    assert!(!verified(json!({ "email": null, "verified_primary_email": [null] })));
    for no_id in [json!({ "oid": null }), json!({ "oid": "" }), json!({ "oid": "  " }), json!({ "oid": 7 })] {
        check("microsoft", claims(no_id), &expect!["nobody"]);
    }
}

#[test]
fn issuers_of_microsoft_are_directories() {
    const PRIVATE: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let fits = |tenant: &str, authority: &str, directory: &str, issuer: &str| {
        let config =
            ProviderConfig { tenant_id: tenant.into(), authority: authority.into(), ..ProviderConfig::default() };
        let rules = (microsoft::FACTS.id_token.unwrap())(&config, &(microsoft::FACTS.endpoints)(&config));
        let listed = rules.issuers.is_empty() || rules.issuers.iter().any(|one| one == issuer);
        listed && rules.claims.unwrap()(&json!({ "tid": directory, "iss": issuer }), &config)
    };
    let at = |directory: &str| format!("https://login.microsoftonline.com/{directory}/v2.0");
    assert!(fits("", "", "contoso", &at("contoso")));
    assert!(fits("common", "", PRIVATE, &at(PRIVATE)));
    assert!(!fits("common", "", "contoso", &at("fabrikam")));
    assert!(!fits("common", "", "contoso", "https://evil.example/contoso/v2.0"));
    assert!(fits("organizations", "", "contoso", &at("contoso")));
    assert!(!fits("organizations", "", PRIVATE, &at(PRIVATE)));
    assert!(fits("consumers", "", PRIVATE, &at(PRIVATE)));
    assert!(!fits("consumers", "", "contoso", &at("contoso")));
    assert!(fits("contoso", "", "contoso", &at("contoso")));
    assert!(!fits("contoso", "", "fabrikam", &at("fabrikam")));
    assert!(fits("", "https://login.microsoftonline.us//", "contoso", "https://login.microsoftonline.us/contoso/v2.0"));
    assert!(!microsoft::FACTS.id_token.unwrap()(&ProviderConfig::default(), &Default::default()).claims.unwrap()(
        &json!({ "iss": at("contoso") }),
        &ProviderConfig::default()
    ));
}

#[test]
fn discord_has_pictures_by_name() {
    let profile = |more: Value| {
        let mut profile = json!({
            "id": "80351110224678912", "username": "nelly", "global_name": "Nelly", "discriminator": "0",
            "avatar": "8342729096ea3675442027381ff50dfe", "verified": true, "email": "nelly@discord.com", "locale": "en-US",
        });
        profile.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        profile["image_url"] = discord::picture(&profile).into();
        profile
    };
    check(
        "discord",
        profile(json!({})),
        &expect![[
            r#"80351110224678912 | nelly@discord.com verified | "Nelly" | "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png""#
        ]],
    );
    let picture = |more: Value| profile(more)["image_url"].as_str().unwrap().to_owned();
    assert!(picture(json!({ "avatar": "a_1" })).ends_with("/a_1.gif"));
    // 80351110224678912 >> 22 is 19157197529.
    assert!(picture(json!({ "avatar": null })).ends_with("/embed/avatars/5.png"));
    assert!(picture(json!({ "avatar": null, "discriminator": "1337" })).ends_with("/embed/avatars/2.png"));
    assert!(picture(json!({ "avatar": null, "discriminator": "x" })).ends_with("/embed/avatars/0.png"));
    check(
        "discord",
        profile(json!({ "global_name": null, "verified": false, "email": null, "avatar": "b" })),
        &expect![[
            r#"80351110224678912 | none unverified | "nelly" | "https://cdn.discordapp.com/avatars/80351110224678912/b.png""#
        ]],
    );
}

#[test]
fn gitlab_has_states() {
    let profile = |more: Value| {
        let mut profile = json!({
            "id": 1, "username": "ada", "name": "Ada Lovelace", "state": "active", "locked": false, "email": "ada@example.com",
            "avatar_url": "https://gitlab.com/uploads/-/system/user/avatar/1/a.png",
        });
        profile.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        profile
    };
    check(
        "gitlab",
        profile(json!({})),
        &expect![[
            r#"1 | ada@example.com unverified | "Ada Lovelace" | "https://gitlab.com/uploads/-/system/user/avatar/1/a.png""#
        ]],
    );
    check(
        "gitlab",
        profile(json!({ "email_verified": true, "name": null, "avatar_url": null })),
        &expect![[r#"1 | ada@example.com verified | "ada" | none"#]],
    );
    for state in ["blocked", "ldap_blocked", "deactivated", "banned", "Active", ""] {
        check("gitlab", profile(json!({ "state": state })), &expect!["nobody"]);
    }
    check("gitlab", profile(json!({ "locked": true })), &expect!["nobody"]);
    check("gitlab", json!({ "id": 1 }), &expect!["nobody"]);
}

#[test]
fn the_rest_tell_plainly() {
    let facebook = json!({
        "id": "10223", "name": "Ada Lovelace", "email": "ada@example.com",
        "picture": { "data": { "height": 50, "width": 50, "is_silhouette": false, "url": "https://platform-lookaside.fbsbx.com/p" } },
    });
    check(
        "facebook",
        facebook,
        &expect![[r#"10223 | ada@example.com unverified | "Ada Lovelace" | "https://platform-lookaside.fbsbx.com/p""#]],
    );
    let limited = json!({
        "sub": "10223", "name": "Ada", "email": "ada@example.com", "email_verified": true, "picture": "https://p",
    });
    check("facebook", limited, &expect![[r#"10223 | ada@example.com unverified | "Ada" | "https://p""#]]);
    let linkedin = json!({
        "sub": "782bbtaQ", "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "locale": "en-US",
        "picture": "https://media.licdn-ei.com/a", "email": "ada@example.com", "email_verified": true,
    });
    check(
        "linkedin",
        linkedin,
        &expect![[r#"782bbtaQ | ada@example.com verified | "Ada Lovelace" | "https://media.licdn-ei.com/a""#]],
    );
    let slack = json!({
        "ok": true, "sub": "U0R7JM", "https://slack.com/user_id": "U0R7JM", "https://slack.com/team_id": "T0R7GR",
        "email": "ada@slack-corp.com", "email_verified": true, "name": "ada", "locale": "en-US",
        "https://slack.com/user_image_512": "https://secure.gravatar.com/avatar/512",
    });
    check(
        "slack",
        slack,
        &expect![[r#"U0R7JM | ada@slack-corp.com verified | "ada" | "https://secure.gravatar.com/avatar/512""#]],
    );
    check("slack", json!({ "ok": false, "error": "invalid_auth" }), &expect!["nobody"]);
    let twitch = json!({
        "sub": "713936733", "preferred_username": "ada", "email": "ada@example.com", "email_verified": true, "picture": "https://t",
    });
    check("twitch", twitch, &expect![[r#"713936733 | ada@example.com verified | "ada" | "https://t""#]]);
    let spotify = json!({
        "display_name": "Ada", "id": "smedjan", "email": "ada@example.com", "type": "user", "uri": "spotify:user:smedjan",
        "images": [{ "url": "https://i.scdn.co/image/a", "height": null, "width": null }],
    });
    check(
        "spotify",
        spotify,
        &expect![[r#"smedjan | ada@example.com unverified | "Ada" | "https://i.scdn.co/image/a""#]],
    );
    check("spotify", json!({ "id": "x", "images": [] }), &expect!["x | none unverified | none | none"]);
    let x = |email: Value| json!({ "data": { "id": "2244994945", "name": "Ada", "username": "ada", "email": email, "profile_image_url": "https://pbs" } });
    check(
        "twitter",
        x(json!("ada@example.com")),
        &expect![[r#"2244994945 | ada@example.com verified | "Ada" | "https://pbs""#]],
    );
    check(
        "twitter",
        x(Value::Null),
        &expect![[r#"2244994945 | 2244994945@twitter.placeholder.invalid unverified | "Ada" | "https://pbs""#]],
    );
    check("twitter", json!({ "errors": [] }), &expect!["nobody"]);
}
