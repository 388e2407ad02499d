//! `POST /send-verification-email`

use std::time::{Duration, Instant};

use axum::{Json, extract::State};

use super::link::{mail_link, pretend_link};
use crate::{
    app::App,
    auth::{
        error::{self, Result},
        extract::{AnySession, Input},
        fields::{Fields, Form},
        view::Status,
        visitor::Visitor,
    },
};

/// What somebody who is not signed in waits at least, whatever the address.
const AT_LEAST: Duration = Duration::from_millis(500);

/// Whose address is to be proved.
pub(super) struct Send {
    email: String,
    callback_url: Option<String>,
}

impl Form for Send {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { email: fields.email("email"), callback_url: fields.optional_text("callbackURL") }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Send>,
    AnySession(current): AnySession,
    visitor: Visitor,
) -> Result<Json<Status>> {
    let callback = form.callback_url.as_deref();
    let Some(current) = current else {
        send(&app, &form.email, &visitor, callback).await?;
        return Ok(Json(Status::DONE));
    };
    let user = &current.user;
    if !user.email.eq_ignore_ascii_case(&form.email) {
        return Err(error::EMAIL_MISMATCH.into());
    }
    if user.email_verified {
        return Err(error::EMAIL_ALREADY_VERIFIED.into());
    }
    mail_link(&app, user, &visitor, callback).await?;
    Ok(Json(Status::DONE))
}

/// Sends to whoever has the address and has yet to prove it. Nobody can tell whether that is so: the work is the same,
/// and the answer does not come sooner.
pub(crate) async fn send(app: &App, email: &str, visitor: &Visitor, callback: Option<&str>) -> Result<()> {
    let began = Instant::now();
    let sent = match app.store.user_by_email(email).await? {
        Some(user) if !user.email_verified => mail_link(app, &user, visitor, callback).await,
        _ => pretend_link(app, email, visitor, callback).await,
    };
    tokio::time::sleep(AT_LEAST.saturating_sub(began.elapsed())).await;
    sent
}
