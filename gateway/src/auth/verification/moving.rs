//! Following a link that moves an account to another address.

use super::{
    link::{Link, Step, mail_link},
    verify::{Following, INVALID_TOKEN, Outcome, USER_NOT_FOUND},
};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        error::{self, Result},
        extract::Current,
        first_admin, mailing,
        session::{self, Reading},
    },
    mail::Kind,
    store::{EmailChange, User, UserId},
};

/// Takes the step that the link is for. It is bound to the user's address, so that it can't be taken twice.
pub(super) async fn follow(following: Following<'_>, link: Link) -> Result<Outcome> {
    let app = following.app;
    let (Some(new_email), Some(id)) = (link.update_to.as_deref(), link.user_id.as_deref()) else {
        return Ok(Outcome::Refused(INVALID_TOKEN));
    };
    let Some(user) = app.store.user_by_id(&UserId::from(id)).await? else {
        return Ok(Outcome::Refused(USER_NOT_FOUND));
    };
    if !user.email.eq_ignore_ascii_case(&link.email) {
        return Ok(Outcome::Refused(INVALID_TOKEN));
    }
    let current = session::find(app, following.parts, following.jar, Reading::Cached).await?;
    if current.as_ref().is_some_and(|current| current.user.id != user.id) {
        return Ok(Outcome::Refused(error::INVALID_USER));
    }
    match link.step() {
        Step::Confirmation => {
            ask_new_address(app, &following, &user, new_email).await?;
            Ok(Outcome::Asked)
        }
        Step::Verification => relocate(&following, current, &user, new_email, user.email_verified).await,
        Step::Only => {
            let outcome = relocate(&following, current, &user, new_email, false).await?;
            if let Outcome::Moved(user) = &outcome {
                mail_link(app, user, &following.visitor, following.callback).await?;
            }
            Ok(outcome)
        }
    }
}

async fn ask_new_address(app: &App, following: &Following<'_>, user: &User, new_email: &str) -> Result<()> {
    let url = Link::verifying(user, new_email).url(app, following.callback);
    let kind = Kind::VerifyNewEmail { url, expires_in: app.config.email_verification.expires_in.0 };
    mailing::send_elsewhere(app, user, new_email, &following.visitor, kind).await
}

/// Moves the account, if nobody has taken the address meanwhile and nobody else has just followed the same link.
async fn relocate(
    following: &Following<'_>,
    current: Option<Current>,
    user: &User,
    new_email: &str,
    verified: bool,
) -> Result<Outcome> {
    let app = following.app;
    if verified && current.is_none() {
        first_admin::prove(app, user, new_email).await?;
    }
    let change = EmailChange { from: &user.email, to: new_email, verified };
    let moved = match app.store.change_email(&user.id, change).await {
        Err(taken) if taken.is_taken_email() => None,
        other => other?,
    };
    let Some(moved) = moved else { return Ok(Outcome::Refused(INVALID_TOKEN)) };
    let act = following.visitor.act_as(Actor::User(moved.id.clone()), What::EmailChange).about(&moved.id);
    app.note(act.with("verified", verified)).await;
    if let Some(current) = current {
        following.jar.renew_session(app, &current.session, &moved);
    }
    Ok(Outcome::Moved(Box::new(moved)))
}
