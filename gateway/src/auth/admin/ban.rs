//! `POST /admin/ban-user` and `/admin/unban-user`.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    OneUser, USER_NOT_FOUND,
    acting::{self, Acting, OfUser},
};
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        view,
    },
    store::{User, UserId},
};

/// Longest ban with an end, a thousand years: later dates have no four digits.
const LONGEST: f64 = 31_536_000_000.0;

/// Whom to keep out, why, and for how many seconds.
pub(super) struct Ban {
    user_id: UserId,
    reason: Option<String>,
    expires_in: Option<f64>,
}

impl Form for Ban {
    fn read(fields: &mut Fields<'_>) -> Self {
        let user_id = fields.as_text("userId").into();
        let reason = fields.optional_text("banReason");
        let expires_in = fields.optional_number("banExpiresIn");
        if expires_in.is_some_and(|seconds| seconds.abs() > LONGEST) {
            fields.complain("banExpiresIn", &format!("Too big: expected number to be <={LONGEST}"));
        }
        Self { user_id, reason, expires_in }
    }
}

pub(super) async fn ban(State(app): State<App>, Input(form): Input<Ban>, acting: Acting) -> Result<Response> {
    acting.must(&app, "user", "ban", error::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS)?;
    acting::user(&app, &form.user_id).await?;
    if acting.is(&form.user_id) {
        return Err(error::YOU_CANNOT_BAN_YOURSELF.into());
    }
    let reason = form.reason.as_deref().filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or(&app.config.admin.default_ban_reason);
    let banned = app.store.ban(&form.user_id, Some(reason), end(&app, form.expires_in)).await?;
    acting.note(&app, What::UserBan, &form.user_id).await;
    shown(&app, banned)
}

pub(super) async fn unban(State(app): State<App>, Input(form): Input<OfUser>, acting: Acting) -> Result<Response> {
    acting.must(&app, "user", "ban", error::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS)?;
    acting::user(&app, &form.user_id).await?;
    let user = app.store.unban(&form.user_id).await?;
    acting.note(&app, What::UserUnban, &form.user_id).await;
    shown(&app, user)
}

fn shown(app: &App, user: Option<User>) -> Result<Response> {
    let user = user.ok_or(USER_NOT_FOUND)?;
    Ok(Json(OneUser { user: view::User::of(app, &user) }).into_response())
}

/// When a ban ends; zero seconds count as not given.
fn end(app: &App, seconds: Option<f64>) -> Option<DateTime<Utc>> {
    #[expect(clippy::cast_possible_truncation, reason = "at most a thousand years")]
    let given =
        seconds.filter(|seconds| *seconds != 0.0).map(|seconds| TimeDelta::milliseconds((seconds * 1_000.0) as i64));
    let lasts = given.or_else(|| app.config.admin.default_ban_expires_in.map(|period| period.delta()))?;
    Some(app.clock.now() + lasts)
}
