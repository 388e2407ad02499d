//! `POST /one-time-token/verify`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};

use super::identifier;
use crate::{
    app::{App, audit::What},
    auth::{
        error::{Error, Result},
        extract::Input,
        fields::{Fields, Form},
        issue::Via,
        jar::Jar,
        multi_session::Pair,
        visitor::Visitor,
    },
    store::SessionToken,
};

/// The token.
pub(super) struct Presented {
    token: String,
}

impl Form for Presented {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.text("token") }
    }
}

/// Of several who present a token at once, one gets the session.
pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Presented>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let refuse = |why: &str| Err(Error::without_code(why.to_owned()));
    let rules = &app.config.one_time_token;
    let Some(token) = app.store.consume_verification(&identifier(rules.store_token, &form.token)).await? else {
        return refuse("Invalid token");
    };
    let (found, now) = (app.store.session_with_user(&SessionToken::from(token)).await?, app.clock.now());
    let Some((session, user)) = found.filter(|(_, user)| !user.is_banned(now)) else {
        return refuse("Session not found");
    };
    if !rules.disable_set_session_cookie {
        jar.renew_session(&app, &session, &user);
    }
    if session.expires_at < now {
        return refuse("Session expired");
    }
    app.note(visitor.act_in(&session, What::SignIn).with("method", Via::OneTimeToken.name())).await;
    Ok(Json(Pair::of(&app, &session, &user)).into_response())
}
