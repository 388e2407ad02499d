//! Variables of other programs that mean the same here, so that an existing deployment keeps its settings.

use url::Url;

use super::{
    super::{
        key::Key,
        problem::{Place, Problem},
    },
    environment::{self, Given},
};

/// What the borrowed variables set. An empty one counts as not set.
pub(super) fn settings(env: &[(String, String)]) -> Vec<Given> {
    let value = |name: &str| env.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str());
    let set = |name: &str, key: &str| {
        value(name).map(|text| environment::read(&Key::from(key), text, &Place::Environment(name.to_owned())))
    };
    let mut given: Vec<Given> = [
        set("DATABASE_URL", "database.url"),
        set("BETTER_AUTH_SECRET", "auth.secret").or_else(|| set("AUTH_SECRET", "auth.secret")),
        set("BETTER_AUTH_SECRETS", "auth.secrets"),
        set("BETTER_AUTH_TRUSTED_ORIGINS", "auth.trusted_origins"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(text) = value("BETTER_AUTH_URL") {
        given.extend(base_url(text));
    }
    given
}

/// `BETTER_AUTH_URL` is the origin, with the base path behind it when that is not the usual one.
fn base_url(text: &str) -> Vec<Given> {
    let place = Place::Environment("BETTER_AUTH_URL".to_owned());
    let refused = |message: &str| {
        vec![(None, vec![Problem { place: place.clone(), key: String::new(), message: message.to_owned() }])]
    };
    let Ok(url) = Url::parse(text) else {
        return refused("expected an address such as \"https://app.example.com\"");
    };
    let (path, origin) = (url.path().trim_end_matches('/'), url.origin());
    if !origin.is_tuple() || !matches!(url.scheme(), "http" | "https") {
        return refused("expected an http:// or https:// address");
    }
    let mut given = vec![environment::read(&Key::from("server.public_url"), &origin.ascii_serialization(), &place)];
    if !path.is_empty() {
        given.push(environment::read(&Key::from("auth.base_path"), path, &place));
    }
    given
}
