//! The address at which people sign in with a provider: every parameter in the contract's place.

use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use url::Url;

use super::{
    provider::{Endpoints, Provider},
    state::Begun,
};
use crate::{app::App, auth::links};

/// What a client wishes for.
#[derive(Default)]
pub(super) struct Wishes {
    /// More scopes.
    pub(super) scopes: Vec<String>,
    /// Who is expected to sign in.
    pub(super) login_hint: Option<String>,
    /// More parameters.
    pub(super) parameters: Vec<(String, String)>,
}

/// Where a provider sends people back to, before the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    /// Today's place.
    Callback,
    /// The place of 1.3 to 1.6 for providers without a name.
    OldCallback,
}

impl Back {
    /// The address for this provider.
    pub(super) fn address(self, app: &App, provider: &Provider) -> String {
        if !provider.config.redirect_uri.is_empty() {
            return provider.config.redirect_uri.clone();
        }
        let before = match self {
            Self::Callback => "/callback",
            Self::OldCallback => "/oauth2/callback",
        };
        links::endpoint(app, &format!("{before}/{}", provider.id))
    }
}

/// The address; `None` when the provider's own can't be read.
pub(super) fn address(
    provider: &Provider,
    endpoints: &Endpoints,
    (begun, back): (&Begun, &str),
    wishes: &Wishes,
) -> Option<String> {
    let (facts, config) = (provider.facts, &provider.config);
    let mut query = Query::of(Url::parse(&endpoints.authorization).ok()?);
    query.set("response_type", facts.response_type);
    query.set("client_id", provider.client_id());
    query.set("state", &begun.state);
    let scopes = scopes(provider, endpoints, wishes);
    query.set("scope", &scopes.join(" "));
    query.set("redirect_uri", back);
    let or = |said: &str, usual: &'static str| if said.is_empty() { usual.to_owned() } else { said.to_owned() };
    let given = [
        ("login_hint", wishes.login_hint.clone().unwrap_or_default()),
        ("nonce", begun.nonce.clone().unwrap_or_default()),
        ("prompt", or(&config.prompt, facts.prompt)),
        ("hd", config.hd.clone()),
        ("access_type", config.access_type.clone()),
        ("response_mode", or(&config.response_mode, facts.response_mode)),
    ];
    for (name, value) in &given {
        let usual = *name == "nonce" || *name == "prompt" && !facts.prompt.is_empty();
        let usual = usual || *name == "response_mode" && !facts.response_mode.is_empty();
        if usual || facts.takes.contains(name) {
            query.set(name, value);
        }
    }
    if config.pkce.unwrap_or(facts.pkce) {
        query.set("code_challenge_method", "S256");
        let verifier = PkceCodeVerifier::new(begun.verifier.clone());
        query.set("code_challenge", PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str());
    }
    for (name, value) in (facts.extra)(config, &scopes) {
        query.set(name, &value);
    }
    let more = config.authorization_params.iter().chain(wishes.parameters.iter().map(|(name, value)| (name, value)));
    for (name, value) in more.filter(|(name, _)| !super::social::RESERVED.contains(&name.as_str())) {
        query.force(name, value);
    }
    Some(query.into_address())
}

/// What is asked for.
fn scopes(provider: &Provider, endpoints: &Endpoints, wishes: &Wishes) -> Vec<String> {
    let (facts, config) = (provider.facts, &provider.config);
    let usual = facts.scopes.iter().filter(|_| !config.disable_default_scope).map(|scope| (*scope).to_owned());
    let (said, wished) = (config.scope.0.iter().cloned(), wishes.scopes.iter().cloned());
    let mut scopes: Vec<String> = match facts.wishes_first {
        true => usual.chain(wished).chain(said).collect(),
        false => usual.chain(said).chain(wished).collect(),
    };
    // A provider that signs ID tokens is asked for one.
    let signs = facts.id.is_empty() && endpoints.is_openid();
    if signs && !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".to_owned());
    }
    scopes
}

/// A query whose parameters keep the place in which they were first set.
struct Query {
    url: Url,
    pairs: Vec<(String, String)>,
}

impl Query {
    fn of(mut url: Url) -> Self {
        let pairs = url.query_pairs().into_owned().collect();
        url.set_query(None);
        Self { url, pairs }
    }

    /// Sets a parameter unless its value is empty.
    fn set(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.force(name, value);
        }
    }

    fn force(&mut self, name: &str, value: &str) {
        match self.pairs.iter_mut().find(|(known, _)| known == name) {
            Some(pair) => value.clone_into(&mut pair.1),
            None => self.pairs.push((name.to_owned(), value.to_owned())),
        }
    }

    fn into_address(mut self) -> String {
        self.url.query_pairs_mut().extend_pairs(self.pairs);
        self.url.into()
    }
}
