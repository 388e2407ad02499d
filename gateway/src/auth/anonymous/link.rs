//! The end of an anonymous account when its owner signs in with another one. Better Auth calls a function of the
//! application's then; here the audit log tells of it, before the account is gone.

use http::HeaderMap;

use crate::{
    app::{App, audit::What},
    auth::{jar::Begun, visitor::Visitor},
    identity::{Found, Reading},
    store::UserId,
};

/// Where one signs in, below the base path or the pages' path.
const SIGN_INS: &[&str] = &[
    "/sign-in",
    "/sign-up",
    "/callback",
    "/oauth2/callback",
    "/magic-link/verify",
    "/email-otp/verify-email",
    "/one-tap/callback",
    "/passkey/verify-authentication",
    "/phone-number/verify",
    "/verify-email",
];

/// Whether who begins a session there has signed in, and does not merely go on as somebody else.
pub(crate) fn signs_in(path: &str) -> bool {
    SIGN_INS.iter().any(|start| path.starts_with(start))
}

/// Ends the anonymous account of the session that the request came with.
pub(crate) async fn end_earlier(app: &App, headers: &HeaderMap, visitor: &Visitor, begun: &Begun) {
    let earlier = match app.identity.find(headers, Reading::Cached).await {
        Ok(Found::Live(known)) => known,
        Ok(_) => return,
        Err(_) => {
            return tracing::warn!("an anonymous account may have been left, for the database could not be asked");
        }
    };
    if earlier.user().is_anonymous == Some(true) {
        end(app, &UserId::from(earlier.user_id()), visitor, begun).await;
    }
}

/// Ends this anonymous account, whose owner has begun a session with another one.
pub(crate) async fn end(app: &App, anonymous: &UserId, visitor: &Visitor, begun: &Begun) {
    let same = begun.session.user_id == *anonymous;
    if app.config.anonymous.disable_delete_anonymous_user || same || begun.is_anonymous {
        return;
    }
    app.note(visitor.act_in(&begun.session, What::AnonymousLink).about(anonymous)).await;
    if let Err(error) = app.store.delete_user(anonymous).await {
        tracing::error!(%error, user.id = anonymous.as_str(), "an anonymous account could not be deleted");
    }
}
