//! `POST /change-email`: the account moves when the new address is proved, and, where configured, the old one agrees.

use axum::{Json, extract::State};

use super::link::{Link, mail_link};
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Error, Result},
        extract::{Input, StoredSession},
        fields::{Fields, Form},
        jar::Jar,
        mailing,
        view::Status,
        visitor::Visitor,
    },
    mail::Kind,
    store::{EmailChange, User},
};

/// Where the account is to move.
pub(super) struct ChangeEmail {
    new_email: String,
    callback_url: Option<String>,
}

impl Form for ChangeEmail {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { new_email: fields.email("newEmail"), callback_url: fields.optional_text("callbackURL") }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<ChangeEmail>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Json<Status>> {
    let rules = &app.config.users;
    if !rules.change_email {
        return Err(error::CHANGE_EMAIL_DISABLED.into());
    }
    let user = &current.user;
    if form.new_email == user.email {
        return Err(Error::without_code("Email is the same".to_owned()));
    }
    // Noted the same way, whether or not somebody has the address.
    let asked = visitor.act_in(&current.session, What::EmailAsked);
    app.note(asked.with("address_code", app.address_code(&form.new_email))).await;
    if app.store.user_by_email(&form.new_email).await?.is_some() {
        let kind = |url, expires_in| Kind::VerifyNewEmail { url, expires_in };
        let url = Link::verifying(user, &form.new_email).url(&app, form.callback_url.as_deref());
        mailing::pretend(&app, &form.new_email, &visitor, kind(url, app.config.email_verification.expires_in.0))
            .await?;
    } else if !user.email_verified && rules.update_email_without_verification {
        if let Some(moved) = move_at_once(&app, user, &form, &visitor).await? {
            app.note(visitor.act_in(&current.session, What::EmailChange)).await;
            jar.renew_session(&app, &current.session, &moved);
        }
    } else {
        ask(&app, user, &form, &visitor).await?;
    }
    Ok(Json(Status::DONE))
}

/// An address that nobody has proved is replaced by another such; `None` if somebody was faster.
async fn move_at_once(app: &App, user: &User, form: &ChangeEmail, visitor: &Visitor) -> Result<Option<User>> {
    let change = EmailChange { from: &user.email, to: &form.new_email, verified: false };
    let moved = match app.store.change_email(&user.id, change).await {
        Err(taken) if taken.is_taken_email() => None,
        other => other?,
    };
    if let Some(moved) = &moved {
        mail_link(app, moved, visitor, form.callback_url.as_deref()).await?;
    }
    Ok(moved)
}

/// Mails the first link: to the old address if that has to agree, or to the new one.
async fn ask(app: &App, user: &User, form: &ChangeEmail, visitor: &Visitor) -> Result<()> {
    let (callback, new_email) = (form.callback_url.as_deref(), form.new_email.as_str());
    let expires_in = app.config.email_verification.expires_in.0;
    if user.email_verified && app.config.users.send_change_email_confirmation {
        let url = Link::confirming(user, new_email).url(app, callback);
        let kind = Kind::ConfirmEmailChange { url, expires_in, new_email: new_email.to_owned() };
        return mailing::send(app, user, visitor, kind).await;
    }
    let url = Link::verifying(user, new_email).url(app, callback);
    mailing::send_elsewhere(app, user, new_email, visitor, Kind::VerifyNewEmail { url, expires_in }).await
}
