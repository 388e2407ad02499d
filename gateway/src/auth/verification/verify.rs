//! `GET /verify-email`: where the link in a mail leads.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use schemars::JsonSchema;
use serde::Serialize;

use super::{link::Link, moving};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        error::{self, Code, Result},
        extract::Query,
        fields::{Fields, Form},
        first_admin,
        issue::{self, Remember, Via, Wish},
        jar::Jar,
        links,
        session::{self, Reading},
        view,
        visitor::Visitor,
    },
    crypto::jwt::JwtError,
    store::{EmailChange, User},
};

/// The link is not one of ours, not whole, or has had its effect.
pub(super) const INVALID_TOKEN: Code = error::INVALID_TOKEN.with(StatusCode::UNAUTHORIZED);
/// Whose link it was is gone.
pub(super) const USER_NOT_FOUND: Code = error::USER_NOT_FOUND.with(StatusCode::UNAUTHORIZED);

/// What stands in the link.
pub(super) struct Verify {
    token: String,
    callback_url: Option<String>,
}

impl Form for Verify {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.text("token"), callback_url: fields.optional_text("callbackURL") }
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Answer<'a> {
    status: bool,
    /// Left out where only the first of two steps was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Option<view::User<'a>>>,
}

/// What following a link comes to.
pub(super) enum Outcome {
    /// The address is proved.
    Proved,
    /// The new address is asked now.
    Asked,
    /// The account has moved.
    Moved(Box<User>),
    /// It can't be followed.
    Refused(Code),
}

/// A link that is being followed, and what may be needed for it.
pub(super) struct Following<'a> {
    pub(super) app: &'a App,
    pub(super) parts: &'a Parts,
    pub(super) jar: &'a Jar,
    pub(super) visitor: Visitor,
    pub(super) callback: Option<&'a str>,
}

pub(super) async fn answer(
    State(app): State<App>,
    Query(form): Query<Verify>,
    parts: Parts,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let callback = form.callback_url.as_deref().filter(|callback| !callback.is_empty());
    let following = Following { app: &app, parts: &parts, jar: &jar, visitor, callback };
    let outcome = match app.signer.read_jwt::<Link>(&form.token, app.clock.now()) {
        Ok(link) if link.update_to.as_deref().is_some_and(|to| !to.is_empty()) => {
            moving::follow(following, link).await?
        }
        Ok(link) => prove(following, &link).await?,
        Err(JwtError::Expired) => Outcome::Refused(error::TOKEN_EXPIRED),
        Err(JwtError::Invalid) => Outcome::Refused(INVALID_TOKEN),
    };
    tell(&app, callback, &outcome)
}

fn tell(app: &App, callback: Option<&str>, outcome: &Outcome) -> Result<Response> {
    match (outcome, callback) {
        (Outcome::Refused(code), Some(callback)) => links::found(&links::with_more(app, callback, "error", code.name)?),
        (Outcome::Refused(code), None) => Err((*code).into()),
        (_, Some(callback)) => links::found(callback),
        (Outcome::Proved, None) => Ok(Json(Answer { status: true, user: Some(None) }).into_response()),
        (Outcome::Asked, None) => Ok(Json(Answer { status: true, user: None }).into_response()),
        (Outcome::Moved(user), None) => {
            Ok(Json(Answer { status: true, user: Some(Some(view::User::of(app, user))) }).into_response())
        }
    }
}

/// Marks the address as proved, once; following the link again is no mistake.
async fn prove(following: Following<'_>, link: &Link) -> Result<Outcome> {
    let app = following.app;
    let Some(user) = app.store.user_by_email(&link.email).await? else {
        return Ok(Outcome::Refused(USER_NOT_FOUND));
    };
    if link.user_id.as_deref().is_some_and(|id| id != user.id.as_str()) {
        return Ok(Outcome::Refused(INVALID_TOKEN));
    }
    if user.email_verified {
        return Ok(Outcome::Proved);
    }
    if !is_own(&following, &user).await? {
        first_admin::prove(app, &user, &user.email).await?;
    }
    let change = EmailChange { from: &user.email, to: &user.email, verified: true };
    let Some(user) = app.store.change_email(&user.id, change).await? else {
        return Ok(Outcome::Refused(INVALID_TOKEN));
    };
    let proved = following.visitor.act_as(Actor::User(user.id.clone()), What::EmailVerify);
    app.note(proved.about(&user.id)).await;
    if app.config.email_verification.auto_sign_in {
        sign_in(following, &user).await?;
    }
    Ok(Outcome::Proved)
}

/// Whether whoever followed the link is signed in to the same account.
async fn is_own(following: &Following<'_>, user: &User) -> Result<bool> {
    let Following { app, parts, .. } = following;
    let known = app.identity.resolve(&parts.headers).await?;
    Ok(known.is_some_and(|known| known.user_id() == user.id.as_str()))
}

/// Signs in whoever followed the link, unless that is who they are signed in as.
async fn sign_in(following: Following<'_>, user: &User) -> Result<()> {
    let Following { app, parts, jar, visitor, .. } = following;
    match session::find(app, parts, jar, Reading::Stored).await? {
        Some(current) if current.user.email == user.email => jar.renew_session(app, &current.session, user),
        _ => {
            issue::sign_in(app, user, Wish { jar, visitor, remember: Remember::Yes, via: Via::EmailVerification })
                .await?;
        }
    }
    Ok(())
}
