//! `POST /sign-in/magic-link`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};

use super::identifier;
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        email_password::sign_up::MOST_NAME,
        error::{Error, Result},
        extract::Input,
        fields::{Fields, Form},
        issue::Via,
        links, mailing,
        view::Status,
        visitor::Visitor,
    },
    crypto::token::{self, Alphabet},
    mail::Kind,
    store::NewVerification,
};

/// Characters of the secret in the link.
const SECRET_LENGTH: usize = 32;

/// What a link stands for, as Better Auth keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(rename = "type")]
    kind: Marker,
    /// Whose mailbox it was sent to.
    pub(super) email: String,
    /// What to call somebody new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Marker {
    #[serde(rename = "magic-link")]
    MagicLink,
}

/// Whom to mail a link, and where it leads in the end.
pub(crate) struct Ask {
    /// In the form it is stored in.
    pub(crate) email: String,
    /// What to call somebody new.
    pub(crate) name: Option<String>,
    /// Where the browser goes; checked already, as are the other two.
    pub(crate) callback_url: Option<String>,
    /// Where somebody new goes instead.
    pub(crate) new_user_callback_url: Option<String>,
    /// Where it goes with a link that is of no use.
    pub(crate) error_callback_url: Option<String>,
}

impl Form for Ask {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.email("email");
        let name = fields.optional_text("name");
        fields.at_most("name", name.as_deref().unwrap_or_default(), MOST_NAME);
        let callback_url = fields.optional_text("callbackURL");
        let new_user_callback_url = fields.optional_text("newUserCallbackURL");
        let error_callback_url = fields.optional_text("errorCallbackURL");
        fields.optional_record("metadata");
        Self { email, name, callback_url, new_user_callback_url, error_callback_url }
    }
}

pub(super) async fn answer(State(app): State<App>, Input(form): Input<Ask>, visitor: Visitor) -> Result<Json<Status>> {
    send(&app, &form, &visitor).await?;
    Ok(Json(Status::DONE))
}

/// Mails a link to an address, whether or not somebody here has it: only its owner learns which.
pub(crate) async fn send(app: &App, ask: &Ask, visitor: &Visitor) -> Result<()> {
    let secret = token::text(SECRET_LENGTH, Alphabet::LETTERS);
    let lifetime = app.config.magic_link.expires_in;
    let record = Record { kind: Marker::MagicLink, email: ask.email.clone(), name: ask.name.clone() };
    let new = NewVerification {
        id: token::id(),
        identifier: identifier(app, &secret),
        value: serde_json::to_string(&record).map_err(|error| Error::Internal(error.into()))?,
        expires_at: app.clock.now() + lifetime.delta(),
    };
    app.store.create_verification(&new).await?;
    let user = app.store.user_by_email(&ask.email).await?;
    let asked = visitor.act_as(Actor::Nobody, What::LinkAsked).with("method", Via::MagicLink.name());
    app.note(asked.about_address(app, &ask.email, user.as_ref().map(|user| &user.id))).await;
    let kind = Kind::MagicLink { url: url(app, &secret, ask), expires_in: lifetime.0 };
    match user {
        Some(user) => mailing::send(app, &user, visitor, kind).await,
        None => mailing::send_to_newcomer(app, &ask.email, visitor, kind).await,
    }
}

fn url(app: &App, secret: &str, ask: &Ask) -> String {
    let given = |target: &'_ Option<String>| target.clone().filter(|target| !target.is_empty());
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("token", secret);
    query.append_pair("callbackURL", &given(&ask.callback_url).unwrap_or_else(|| "/".to_owned()));
    let others = [("newUserCallbackURL", &ask.new_user_callback_url), ("errorCallbackURL", &ask.error_callback_url)];
    query.extend_pairs(others.into_iter().filter_map(|(name, target)| Some((name, given(target)?))));
    links::endpoint(app, &format!("/magic-link/verify?{}", query.finish()))
}
