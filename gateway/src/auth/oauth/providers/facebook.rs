//! Facebook. Its profile answers to tokens of any app, so every token is shown to Facebook first, which must say that it
//! is ours and whose it is. Limited Login, on phones, gives an ID token instead.

use serde_json::Value;

use super::{PLAIN, at, object_at, rs256, string, with_parameter};
use crate::{
    auth::oauth::{
        id_token,
        provider::{Asking, Endpoints, Facts, Gathering, Person, Profile, flag, subject, text},
    },
    config::{ProviderConfig, Secret},
};

pub(super) const FACTS: Facts = Facts {
    id: "facebook",
    name: "Facebook",
    endpoints: |_| Endpoints {
        jwks: "https://limited.facebook.com/.well-known/oauth/openid/jwks/".to_owned(),
        ..at(
            "https://www.facebook.com/v24.0/dialog/oauth",
            "https://graph.facebook.com/v24.0/oauth/access_token",
            "https://graph.facebook.com/me",
        )
    },
    scopes: &["email", "public_profile"],
    takes: &["login_hint"],
    extra: |config, _| match config.config_id.as_str() {
        "" => Vec::new(),
        id => vec![("config_id", id.to_owned())],
    },
    pkce: false,
    profile: Profile::Gathered(gather),
    person,
    id_token: Some(|config, endpoints| super::IdTokenRules {
        allow_opaque: true,
        ..rs256(config, endpoints, &["https://www.facebook.com"])
    }),
    brought: Some(gather),
    ..PLAIN
};

fn gather(asking: Asking<'_>) -> Gathering<'_> {
    Box::pin(async move {
        let id_token = asking.tokens.id.as_ref().map(Secret::expose);
        if let Some(token) = id_token.filter(|token| token.split('.').count() == 3) {
            return id_token::unverified_claims(token).map(Into::into);
        }
        let owner = owner(asking).await?;
        let config = &asking.provider.config;
        let fields = ["id", "name", "email", "picture"].into_iter().chain(config.fields.iter().map(String::as_str));
        let fields = fields.collect::<Vec<_>>().join(",");
        let profile = object_at(asking, &with_parameter(&asking.endpoints.user_info, "fields", &fields)).await?;
        (profile["id"] == owner).then(|| profile.into())
    })
}

/// Whose access token it is, if it is good and was given to one of our apps.
async fn owner(asking: Asking<'_>) -> Option<Value> {
    let config = &asking.provider.config;
    let token = asking.tokens.access.as_ref()?;
    let mut url = url::Url::parse(&asking.endpoints.user_info).and_then(|url| url.join("debug_token")).ok()?;
    let app = Secret::new(format!("{}|{}", config.client_id.first(), config.client_secret.expose()));
    url.query_pairs_mut().append_pair("input_token", token.expose()).append_pair("access_token", app.expose());
    let answer = asking.outbound.get_json(url.as_str(), None).await;
    let known = answer.map_err(|error| tracing::warn!(%error, "Facebook did not tell whose token it is")).ok()?;
    let known = &known["data"];
    let ours = text(&known["app_id"]).is_some_and(|id| config.client_id.0.contains(&id));
    let good = known["is_valid"] == true && ours && text(&known["user_id"]).is_some();
    if !good {
        tracing::warn!("an access token of Facebook is not good, or not ours");
    }
    good.then(|| known["user_id"].clone())
}

/// The claims of Limited Login have `sub` and a plain `picture`; its addresses count as unproven.
fn person(profile: &Value, _: &ProviderConfig) -> Option<Person> {
    let limited = profile.get("sub").is_some();
    let picture = if limited { &profile["picture"] } else { &profile["picture"]["data"]["url"] };
    Some(Person {
        subject: subject(&profile[if limited { "sub" } else { "id" }])?,
        email: text(&profile["email"]),
        email_verified: !limited && flag(&profile["email_verified"]).unwrap_or(false),
        name: string(&profile["name"]),
        image: string(picture),
    })
}
