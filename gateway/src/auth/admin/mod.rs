//! What admins do to users and their sessions: Better Auth's admin plugin.
//!
//! Who may do it is read from the database for each request and decided by the permissions of `[admin]`. In a session in
//! which an admin acts as another user there are none of these rights, whoever that user is.

mod acting;
mod ban;
mod create_user;
mod get_user;
mod has_permission;
mod impersonate;
mod list_users;
mod remove_user;
mod role;
mod sessions;
mod set_password;
mod standing;
mod update_user;

use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Flow,
    endpoint::{Endpoint, Routes, get, post},
    error, view,
};
use error::Code;

/// On unless users have no roles.
pub(crate) const FLOW: Flow = Flow { id: "admin", enabled: |config| config.admin.enabled, routes, limits: &[] };

/// Nobody has this id.
const USER_NOT_FOUND: Code = error::USER_NOT_FOUND.with(StatusCode::NOT_FOUND);

/// Somebody else has this address.
const EMAIL_TAKEN: Code = error::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.with(StatusCode::BAD_REQUEST);

/// `{"user": …}`
#[derive(Serialize, JsonSchema)]
struct OneUser<'a> {
    user: view::User<'a>,
}

/// `{"success": true}`
#[derive(Serialize, JsonSchema)]
struct Success {
    success: bool,
}

impl Success {
    const DONE: Self = Self { success: true };
}

fn routes() -> Routes {
    let routes = Routes::new().route("/admin/create-user", create()).route("/admin/update-user", update());
    of_roles(of_bans(of_sessions(routes)))
        .route(
            "/admin/list-users",
            get(list_users::answer)
                .says("Lists users that are searched for.")
                .answers::<list_users::Answer<'_>>()
                .refuses(&[error::YOU_ARE_NOT_ALLOWED_TO_LIST_USERS]),
        )
        .route(
            "/admin/get-user",
            get(get_user::answer)
                .says("Shows a user.")
                .answers::<view::User<'_>>()
                .refuses(&[error::YOU_ARE_NOT_ALLOWED_TO_GET_USER, USER_NOT_FOUND]),
        )
        .route(
            "/admin/remove-user",
            post(remove_user::answer).says("Deletes a user with sessions and accounts.").refuses(&[
                error::YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS,
                error::YOU_CANNOT_REMOVE_YOURSELF,
                USER_NOT_FOUND,
            ]),
        )
        .route(
            "/admin/set-user-password",
            post(set_password::answer).says("Sets the password of a user.").refuses(&[
                error::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD,
                error::PASSWORD_TOO_SHORT,
                error::PASSWORD_TOO_LONG,
                error::PASSWORD_COMPROMISED,
                USER_NOT_FOUND,
            ]),
        )
        .route(
            "/admin/impersonate-user",
            post(impersonate::begin)
                .says("Lets the admin act as a user, for a while.")
                .answers::<impersonate::Answer<'_>>()
                .refuses(&[
                    error::YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS,
                    error::YOU_CANNOT_IMPERSONATE_ADMINS,
                    error::BANNED_USER,
                    USER_NOT_FOUND,
                ]),
        )
        .route(
            "/admin/stop-impersonating",
            post(impersonate::end).says("Gives the admin the own session back.").answers::<impersonate::Answer<'_>>(),
        )
}

fn create() -> Endpoint {
    post(create_user::answer).says("Makes a user.").answers::<OneUser<'_>>().refuses(&[
        error::YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS,
        error::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE,
        error::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS,
        error::YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE,
        error::INVALID_ROLE_TYPE,
        error::INVALID_EMAIL,
        error::PASSWORD_TOO_LONG,
        EMAIL_TAKEN,
    ])
}

fn update() -> Endpoint {
    post(update_user::answer).says("Changes a user.").answers::<view::User<'_>>().refuses(&[
        error::YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS,
        error::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE,
        error::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS,
        error::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL,
        error::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PHONE_NUMBER,
        error::YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE,
        error::YOU_CANNOT_BAN_YOURSELF,
        error::NO_DATA_TO_UPDATE,
        error::PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER,
        error::USER_ID_CANNOT_BE_UPDATED,
        error::INVALID_ROLE_TYPE,
        error::INVALID_EMAIL,
        EMAIL_TAKEN,
        USER_NOT_FOUND,
    ])
}

fn of_roles(routes: Routes) -> Routes {
    routes
        .route(
            "/admin/set-role",
            post(role::set).says("Sets the roles of a user.").answers::<OneUser<'_>>().refuses(&[
                error::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE,
                error::YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE,
                USER_NOT_FOUND,
            ]),
        )
        .route(
            "/admin/has-permission",
            post(has_permission::answer).says("Tells whether whoever asks may do all of this."),
        )
}

fn of_bans(routes: Routes) -> Routes {
    const REFUSALS: &[Code] = &[error::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS, USER_NOT_FOUND];
    routes
        .route(
            "/admin/ban-user",
            post(ban::ban)
                .says("Keeps a user out and ends all sessions of the user.")
                .answers::<OneUser<'_>>()
                .refuses(REFUSALS)
                .refuses(&[error::YOU_CANNOT_BAN_YOURSELF]),
        )
        .route(
            "/admin/unban-user",
            post(ban::unban).says("Lets a user in again.").answers::<OneUser<'_>>().refuses(REFUSALS),
        )
}

fn of_sessions(routes: Routes) -> Routes {
    routes
        .route(
            "/admin/list-user-sessions",
            post(sessions::list)
                .says("Lists the sessions of a user.")
                .answers::<sessions::Sessions<'_>>()
                .refuses(&[error::YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS]),
        )
        .route(
            "/admin/revoke-user-session",
            post(sessions::revoke_one)
                .says("Ends a session.")
                .refuses(&[error::YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS]),
        )
        .route(
            "/admin/revoke-user-sessions",
            post(sessions::revoke_all)
                .says("Ends all sessions of a user.")
                .refuses(&[error::YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS]),
        )
}
