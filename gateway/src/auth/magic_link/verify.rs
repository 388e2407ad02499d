//! `GET /magic-link/verify`: where the link in a mail leads.
//!
//! It is used up by being followed, by whoever or whatever follows it: so the contract has it. Where programs open the links
//! in mails before their readers do, codes are the better choice.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{KIND, identifier, send::Record};
use crate::{
    app::App,
    auth::{
        email,
        error::{self, Result},
        extract::Query,
        fields::{Fields, Form},
        issue::{Remember, Via, Wish},
        jar::Jar,
        links,
        mailbox::{self, Entered, Entry, Newcomer},
        view,
        visitor::Visitor,
    },
};

/// What stands in the link.
pub(super) struct Follow {
    token: String,
    callback_url: Option<String>,
    error_callback_url: Option<String>,
    new_user_callback_url: Option<String>,
}

impl Form for Follow {
    fn read(fields: &mut Fields<'_>) -> Self {
        let token = fields.text("token");
        let mut target = |name| fields.optional_text(name).filter(|target| !target.is_empty());
        Self {
            token,
            callback_url: target("callbackURL"),
            error_callback_url: target("errorCallbackURL"),
            new_user_callback_url: target("newUserCallbackURL"),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Answer<'a> {
    token: &'a str,
    user: view::User<'a>,
    session: view::Session<'a>,
}

pub(super) async fn answer(
    State(app): State<App>,
    Query(form): Query<Follow>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let others = [&form.new_user_callback_url, &form.error_callback_url];
    if others.into_iter().flatten().any(|target| !app.origins.allows_target(target)) {
        return Err(error::INVALID_CALLBACK_URL.into());
    }
    let wish = Wish { jar: &jar, visitor, remember: Remember::Yes, via: Via::MagicLink };
    match follow(&app, &form.token, wish).await? {
        Ok(entered) => send_on(&app, &form, &entered),
        Err(code) => {
            let target = form.error_callback_url.as_deref().or(form.callback_url.as_deref()).unwrap_or("/");
            links::found(&links::with_parameter(&app, target, "error", code)?)
        }
    }
}

/// Uses the link up and signs in whoever it was sent to, or says what is wrong with it.
async fn follow(app: &App, secret: &str, wish: Wish<'_>) -> Result<std::result::Result<Box<Entered>, &'static str>> {
    let stored = app.store.consume_verification_and_siblings(&identifier(app, secret), KIND).await?;
    let record = stored.and_then(|stored| serde_json::from_str::<Record>(&stored).ok());
    let record = record.and_then(|record| Some((email::canonical(&record.email)?, record.name)));
    let Some((email, name)) = record else { return Ok(Err(error::INVALID_TOKEN.name)) };
    let newcomer = Newcomer { name: name.unwrap_or_default(), image: None };
    let newcomer = Some(newcomer).filter(|_| !app.config.magic_link.disable_sign_up);
    Ok(match mailbox::sign_in(app, &email, newcomer, wish).await? {
        Entry::In(entered) => Ok(entered),
        Entry::Nobody => Err("new_user_signup_disabled"),
        Entry::Gone => Err("user_not_found"),
    })
}

/// Where the link says; to who followed it without saying where, the session is told.
fn send_on(app: &App, form: &Follow, entered: &Entered) -> Result<Response> {
    let Entered { user, session, is_new } = entered;
    let Some(callback) = form.callback_url.as_deref() else {
        let token = session.token.expose();
        let answer = Answer { token, user: view::User::of(app, user), session: view::Session::of(app, session) };
        return Ok(Json(answer).into_response());
    };
    let of_new = form.new_user_callback_url.as_deref().filter(|_| *is_new);
    links::found(&links::absolute(app, of_new.unwrap_or(callback))?)
}
