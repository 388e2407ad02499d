//! `[jwt]`, and what counts on it: `jwt` of a route, the assertion for upstreams.

use super::{
    super::{Access, AssertionSwitch, JwtConfig, Key, load::wording::nearest},
    Report,
};

const ALGORITHMS: [&str; 5] = ["EdDSA", "ES256", "RS256", "PS256", "ES512"];

/// Lengths of RSA keys that every verifier takes.
const MODULUS_LENGTHS: [u32; 3] = [2048, 3072, 4096];

/// Claims that the gateway sets itself.
const OWN_CLAIMS: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid"];

/// What a user's JSON can show, and `roles`, which is `role` as a list.
const FIELDS: [&str; 15] = [
    "id",
    "name",
    "email",
    "emailVerified",
    "image",
    "createdAt",
    "updatedAt",
    "role",
    "roles",
    "banned",
    "banReason",
    "banExpires",
    "username",
    "displayUsername",
    "isAnonymous",
];

pub(super) fn check(report: &mut Report<'_>) {
    keys(report);
    claims(report);
    routes(report);
    assertion(report);
}

fn keys(report: &mut Report<'_>) {
    let jwt = &report.config().jwt;
    let algorithm = jwt.algorithm.as_str();
    if !ALGORITHMS.contains(&algorithm) {
        let hint = nearest(algorithm, ALGORITHMS).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        report.say("jwt.algorithm", format!("{algorithm:?} is none of {}{hint}", ALGORITHMS.join(", ")));
    }
    if !MODULUS_LENGTHS.contains(&jwt.modulus_length) {
        report.say("jwt.modulus_length", format!("is {}; write 2048, 3072 or 4096", jwt.modulus_length));
    }
    if jwt.rotation_interval.is_some_and(|interval| interval.0.is_zero()) {
        report.say(
            "jwt.rotation_interval",
            "must be longer than zero; leave it out to keep keys until they are rotated by hand",
        );
    }
    if jwt.grace_period < jwt.expires_in {
        let (grace, life) = (jwt.grace_period, jwt.expires_in);
        let message = format!(
            "is \"{grace}\", shorter than jwt.expires_in (\"{life}\"): tokens would outlive the key they are checked with"
        );
        report.say("jwt.grace_period", message);
    }
}

fn claims(report: &mut Report<'_>) {
    let jwt = &report.config().jwt;
    for (i, name) in jwt.fields.iter().flatten().enumerate() {
        field(report, &Key::from("jwt.fields").at(i), name);
    }
    for (name, value) in &jwt.claims {
        let key = Key::from("jwt.claims").name(name);
        if OWN_CLAIMS.contains(&name.as_str()) {
            report.say(key, "is a claim that the gateway sets itself; give yours another name");
        } else {
            claim(report, &key, value);
        }
    }
}

fn claim(report: &mut Report<'_>, key: &Key, value: &toml::Value) {
    if let Some(name) = JwtConfig::user_field(value) {
        return field(report, key, name);
    }
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(name, inner)| claim(report, &key.name(name), inner)),
        toml::Value::Array(list) => list.iter().for_each(|inner| claim(report, key, inner)),
        toml::Value::Float(number) if !number.is_finite() => report.say(key.clone(), "is no number that JSON knows"),
        _ => {}
    }
}

fn field(report: &mut Report<'_>, key: &Key, name: &str) {
    if !FIELDS.contains(&name) {
        let hint = nearest(name, FIELDS).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        report.say(key.clone(), format!("a user has no field {name:?}{hint}"));
    }
}

fn routes(report: &mut Report<'_>) {
    let config = report.config();
    for (i, route) in config.routes.iter().enumerate().filter(|(_, route)| route.jwt) {
        let key = Key::from("routes").at(i).name("jwt");
        if !config.jwt.enabled {
            report.say(key, "accepts tokens, but none are issued; set jwt.enabled = true");
        } else if route.access == Access::Public {
            report.say(key, "contradicts access = \"public\", for which nobody's identity is looked up");
        }
    }
}

fn assertion(report: &mut Report<'_>) {
    let config = report.config();
    let wanted = config.identity_headers.assertion != AssertionSwitch::Flag(false);
    if wanted && !config.jwt.enabled {
        report.say("identity_headers.assertion", "is signed by the keys of [jwt]; set jwt.enabled = true");
    }
    let public = config.public_url(None).origin().ascii_serialization();
    let taken = |audience: &str| {
        let own = if config.jwt.audience.is_empty() { &public } else { &config.jwt.audience };
        audience == own
    };
    let of_upstreams =
        config.upstreams.iter().map(|(name, upstream)| (Key::from("upstreams").name(name), &upstream.audience));
    let of_routes = config.routes.iter().enumerate().map(|(i, route)| (Key::from("routes").at(i), &route.audience));
    let audiences: Vec<_> = of_upstreams.chain(of_routes).collect();
    for (key, audience) in audiences.into_iter().filter(|(_, audience)| taken(audience)) {
        let message =
            format!("{audience:?} is whom tokens of /token are for (jwt.audience); an upstream needs one of its own");
        report.say(key.name("audience"), message);
    }
}
