//! The forms of the account page. Each does what an endpoint of the API does, and ends in a redirect or shows the page
//! again with what is wrong.

use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{
    super::{
        own_address, see_other,
        sign_in::{ACCOUNT_DELETED, wording},
    },
    Said, page,
};
use crate::{
    app::App,
    auth::{
        account::{
            delete_user::{self, DeleteUser, Outcome},
            selection::Selection,
            unlink as unlinking,
            update_user::{self, UpdateUser},
        },
        body::Media,
        email_password::{
            change::{self, Change},
            sign_up::MOST_NAME,
        },
        error::{self, Error, Result},
        extract::{Current, Input, StoredSession},
        fields::{Fields, Form, Presence},
        jar::Jar,
        sessions::revoke,
        visitor::Visitor,
    },
    config::Secret,
    store::SessionId,
};

/// Value of `notice` after sessions were ended.
pub(super) const ENDED: &str = "ended";
/// Value of `notice` after the name was changed.
pub(super) const NAMED: &str = "named";
/// Value of `notice` after the password was changed.
pub(super) const PASSWORD_CHANGED: &str = "password";
/// Value of `notice` after a way to sign in was taken away.
pub(super) const UNLINKED: &str = "unlinked";
/// Value of `notice` after the link was mailed that deletes the account.
pub(super) const DELETION_MAILED: &str = "deletion-mailed";

/// What stands for all sessions but the current one.
const ALL_OTHERS: &str = "all";

/// Declares forms of texts, which may be left out.
macro_rules! forms {
    ($($(#[$doc:meta])* $form:ident { $($field:ident),+ })+) => {
        $($(#[$doc])*
        pub(crate) struct $form {
            $($field: Secret,)+
        }

        impl Form for $form {
            const MEDIA: Media = Media::Form;
            const PRESENCE: Presence = Presence::Optional;
            const SIGNS_IN: bool = true;

            fn read(fields: &mut Fields<'_>) -> Self {
                Self { $($field: Secret::new(fields.optional_text(stringify!($field)).unwrap_or_default()),)+ }
            }
        })+
    };
}

forms! {
    /// A new name.
    Name { name }
    /// A new password, the old one, and whether everybody else is signed out.
    Password { current_password, new_password, sign_out_others }
    /// A way to sign in that is to be taken away.
    Unlink { id }
    /// The end of the account.
    Delete { password }
    /// The id of a session, which is no secret, or "all".
    Revoke { id }
}

/// Changes the name.
pub(in super::super) async fn name(
    State(app): State<App>,
    Input(form): Input<Name>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let name = form.name.expose().trim();
    if name.is_empty() || name.chars().count() > MOST_NAME {
        let problem = Some("Tell us your name, or something like it.");
        return page(&app, &current, StatusCode::BAD_REQUEST, Said { problem, notice: None }).await;
    }
    update_user::update(&app, UpdateUser::named(name.to_owned()), &current, &visitor, &jar).await?;
    Ok(back(&app, NAMED))
}

/// Changes the password.
pub(in super::super) async fn password(
    State(app): State<App>,
    Input(form): Input<Password>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let change = Change {
        new_password: form.new_password,
        current_password: form.current_password,
        revoke_other_sessions: !form.sign_out_others.is_empty(),
    };
    match change::set(&app, change, &current, &visitor, &jar).await {
        Ok(_) => Ok(back(&app, PASSWORD_CHANGED)),
        Err(refusal) => again(&app, &current, refusal).await,
    }
}

/// Takes a way to sign in away.
pub(in super::super) async fn unlink(
    State(app): State<App>,
    Input(form): Input<Unlink>,
    current: StoredSession,
    visitor: Visitor,
) -> Result<Response> {
    if !app.identity.rules().is_fresh(current.session.created_at, app.clock.now()) {
        return again(&app, &current, error::SESSION_NOT_FRESH.into()).await;
    }
    match unlinking::unlink(&app, &current, &Selection::Row(form.id.expose().to_owned()), &visitor).await {
        Ok(()) => Ok(back(&app, UNLINKED)),
        Err(refusal) => again(&app, &current, refusal).await,
    }
}

/// Deletes the account. Whoever has a password must type it.
pub(in super::super) async fn delete(
    State(app): State<App>,
    Input(form): Input<Delete>,
    current: StoredSession,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    if !app.config.users.delete_user {
        return Err(error::NOT_FOUND.into());
    }
    let credential = app.store.credential_of(&current.session.user_id).await?;
    let has_password = credential.is_some_and(|account| account.password.is_some());
    let gone = own_address(&app, "/sign-in", &[("notice", ACCOUNT_DELETED)]);
    let wish = DeleteUser::new(has_password.then_some(form.password), gone.clone());
    match delete_user::delete(&app, wish, &current, &visitor, &jar).await {
        Ok(Outcome::Deleted) => Ok(see_other(&gone)),
        Ok(Outcome::MailSent) => Ok(back(&app, DELETION_MAILED)),
        Err(refusal) => again(&app, &current, refusal).await,
    }
}

/// Ends a session of whoever is signed in, or all their others. Ids that are not theirs are passed over.
pub(in super::super) async fn revoke(
    State(app): State<App>,
    Input(form): Input<Revoke>,
    current: StoredSession,
    visitor: Visitor,
) -> Result<Response> {
    let id = form.id.expose();
    if id == ALL_OTHERS {
        revoke::end_others(&app, &current, &visitor).await?;
    } else if let Some(session) = app.store.session_by_id(&SessionId::from(id)).await? {
        revoke::end_one(&app, &current, &session.token, &visitor).await?;
    }
    Ok(back(&app, ENDED))
}

fn back(app: &App, notice: &str) -> Response {
    see_other(&own_address(app, "/account", &[("notice", notice)]))
}

/// The page once more, with what is wrong.
async fn again(app: &App, current: &Current, refusal: Error) -> Result<Response> {
    let Error::Refused(code) = refusal else { return Err(refusal) };
    let problem = match code {
        error::SESSION_NOT_FRESH | error::SESSION_EXPIRED => {
            "Sign out and in again first: this takes a recent sign-in."
        }
        other => wording(other),
    };
    page(app, current, code.status, Said { problem: Some(problem), notice: None }).await
}
