//! `POST /multi-session/set-active`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;

use super::Pair;
use crate::{
    app::App,
    auth::{
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        jar::Jar,
    },
};

/// The session that is meant.
pub(super) struct Chosen {
    pub(super) token: String,
}

impl Form for Chosen {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { token: fields.text("sessionToken") }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<Chosen>,
    headers: HeaderMap,
    jar: Jar,
) -> Result<Response> {
    let Some((name, token)) = app.cookies.device(&headers, &form.token) else {
        return Err(error::INVALID_SESSION_TOKEN.into());
    };
    let now = app.clock.now();
    let found = app.store.session_with_user(&token).await?;
    let Some((session, user)) = found.filter(|(session, user)| session.expires_at >= now && !user.is_banned(now))
    else {
        jar.add(app.cookies.clear(&name));
        return Err(error::INVALID_SESSION_TOKEN.into());
    };
    jar.renew_session(&app, &session, &user);
    Ok(Json(Pair::of(&app, &session, &user)).into_response())
}
