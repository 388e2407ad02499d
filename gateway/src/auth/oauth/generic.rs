//! Any provider that speaks OAuth 2 or OpenID Connect, known by nothing but its settings.

use serde_json::Value;

use super::{
    id_token,
    provider::{Asking, Endpoints, Facts, Gathering, IdTokenRules, Person, Profile, flag, text},
};
use crate::config::{Authentication, ProviderConfig};

/// What holds of all of them.
pub(crate) const FACTS: Facts = Facts {
    id: "",
    name: "",
    endpoints: |_| Endpoints::default(),
    scopes: &[],
    wishes_first: true,
    response_type: "code",
    response_mode: "",
    prompt: "",
    takes: &["login_hint", "prompt", "hd", "access_type", "response_mode"],
    extra: |_, _| Vec::new(),
    pkce: true,
    nonce: true,
    authentication: Authentication::Post,
    secret: None,
    tells_errors_as_success: false,
    refresh_extra: |_| Vec::new(),
    profile: Profile::Gathered(gather),
    person,
    id_token: Some(rules),
    brought: Some(gather),
};

fn rules(config: &ProviderConfig, endpoints: &Endpoints) -> IdTokenRules {
    IdTokenRules {
        jwks: endpoints.jwks.clone(),
        issuers: vec![endpoints.issuer.clone()],
        audiences: config.client_id.0.clone(),
        algorithms: endpoints.algorithms.clone(),
        max_age: None,
        hashed_nonce: false,
        claims: None,
        allow_opaque: false,
    }
}

/// The claims of an ID token that tells the address, else the profile. An ID token that can be checked must be good, and
/// the profile must be of the same person.
fn gather(asking: Asking<'_>) -> Gathering<'_> {
    Box::pin(async move {
        let token = asking.tokens.id.as_ref();
        let checked = match token.filter(|_| asking.endpoints.verifies_id_tokens()) {
            Some(token) => Some(id_token::verify(asking, token.expose(), asking.nonce).await?),
            None => None,
        };
        let claims = checked.clone().or_else(|| id_token::unverified_claims(token?.expose()));
        let telling = claims.filter(|claims| text(&claims["sub"]).is_some() && text(&claims["email"]).is_some());
        let mut profile = match telling {
            Some(mut claims) => {
                if claims.get("id").is_none() {
                    claims["id"] = claims["sub"].clone();
                }
                claims
            }
            None => fetch(asking).await?,
        };
        let subject = checked.as_ref().map(|claims| &claims["sub"]);
        if let Some(subject) = subject.filter(|_| text(&profile["sub"]) != subject.and_then(text)) {
            tracing::warn!(provider = asking.provider.id, has_subject = !subject.is_null(), "profile of somebody else");
            return None;
        }
        complete(&mut profile);
        Some(profile.into())
    })
}

async fn fetch(asking: Asking<'_>) -> Option<Value> {
    let token = asking.tokens.access.as_ref()?;
    if asking.endpoints.user_info.is_empty() {
        return None;
    }
    let profile = asking.outbound.get_json(&asking.endpoints.user_info, Some(token)).await.ok()?;
    profile.is_object().then_some(profile)
}

/// The names that the contract gives two of the claims.
fn complete(profile: &mut Value) {
    let verified = flag(&profile["email_verified"]).unwrap_or(false);
    let picture = profile["picture"].clone();
    let Some(fields) = profile.as_object_mut() else { return };
    fields.entry("emailVerified").or_insert(verified.into());
    if !picture.is_null() {
        fields.entry("image").or_insert(picture);
    }
}

fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    Some(Person {
        subject: text(&profile["sub"]).or_else(|| text(&profile["id"]))?,
        email: text(&profile["email"]),
        email_verified: flag(&profile["emailVerified"]).unwrap_or(false),
        name: text(&profile["name"]),
        image: text(&profile["image"]),
    })
}
