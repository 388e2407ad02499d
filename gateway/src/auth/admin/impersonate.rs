//! `POST /admin/impersonate-user` and `/admin/stop-impersonating`: an admin acts as another user. The admin's own session
//! is put aside in a cookie meanwhile; the other one is never extended.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::acting::{self, Acting, OfUser};
use crate::{
    app::{App, audit::What},
    auth::{
        error::{self, Error, Result},
        extract::Input,
        issue,
        jar::Jar,
        sessions::Unread,
        view,
    },
    identity::permissions,
    store::{Session, SessionToken, User, UserId},
};

/// Who is signed in from now on.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer<'a> {
    session: view::Session<'a>,
    user: view::User<'a>,
}

fn shown(app: &App, session: &Session, user: &User) -> Response {
    Json(Answer { session: view::Session::of(app, session), user: view::User::of(app, user) }).into_response()
}

pub(super) async fn begin(
    State(app): State<App>,
    Input(form): Input<OfUser>,
    acting: Acting,
    jar: Jar,
) -> Result<Response> {
    acting.must(&app, "user", "impersonate", error::YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS)?;
    let user = acting::user(&app, &form.user_id).await?;
    let is_admin = app.permissions.is_admin(user.id.as_str(), user.role.as_deref());
    if is_admin && !app.config.admin.allow_impersonating_admins {
        let wanted = permissions::one("user", "impersonate-admins");
        if !acting.may(&app, &wanted) {
            return Err(error::YOU_CANNOT_IMPERSONATE_ADMINS.into());
        }
    }
    let session = issue::impersonate(&app, &user, &acting.user.id, acting.visitor()).await?;
    jar.put_aside(&app, &acting.session);
    jar.set_session(&app, &session, &user, false);
    acting.note(&app, What::ImpersonationBegin, &user.id).await;
    Ok(shown(&app, &session, &user))
}

pub(super) async fn end(
    State(app): State<App>,
    _: Input<Unread>,
    acting: Acting,
    headers: HeaderMap,
    jar: Jar,
) -> Result<Response> {
    let Some(admin) = acting.session.impersonated_by.as_deref() else {
        return Err(Error::without_code("You are not impersonating anyone".to_owned()));
    };
    let admin = UserId::from(admin);
    if app.store.user_by_id(&admin).await?.is_none() {
        return Err(Error::lost("Failed to find user"));
    }
    let (session, user, remember) = put_aside(&app, &headers, &admin).await?;
    app.store.delete_session(&acting.session.token).await?;
    jar.set_session(&app, &session, &user, remember);
    jar.clear_put_aside(&app);
    acting.note(&app, What::ImpersonationEnd, &acting.user.id).await;
    Ok(shown(&app, &session, &user))
}

/// The session that the admin put aside, if it is still good and the admin's.
async fn put_aside(app: &App, headers: &HeaderMap, admin: &UserId) -> Result<(Session, User, bool)> {
    let lost = || Error::lost("Failed to find admin session");
    let (token, remember) = app.cookies.admin_session(headers).ok_or_else(lost)?;
    let found = app.store.session_with_user(&SessionToken::from(token)).await?;
    let now = app.clock.now();
    let is_good =
        |session: &Session, user: &User| session.user_id == *admin && session.expires_at > now && !user.is_banned(now);
    let (session, user) = found.filter(|(session, user)| is_good(session, user)).ok_or_else(lost)?;
    Ok((session, user, remember))
}
