//! Where every sign-in ends: ban, then session, then the notice of a new device, then cookies. No flow makes a session by another way.

use chrono::TimeDelta;

use super::{error, first_admin, jar::Jar, last_method, new_device, visitor::Visitor};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    crypto::token,
    store::{Account, NewSession, NewUser, Session, StoreError, User, UserId},
};

/// How long a session lives that the browser is not to remember. It is never extended.
const NOT_REMEMBERED: TimeDelta = TimeDelta::days(1);

/// Whether the session outlives the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remember {
    /// It does, and is extended when used.
    Yes,
    /// It ends with the browser, after a day at the latest.
    No,
}

impl Remember {
    /// Remembering is what happens unless somebody said no.
    pub(crate) fn unless_declined(wish: Option<bool>) -> Self {
        if wish == Some(false) { Self::No } else { Self::Yes }
    }
}

/// By which way somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via<'a> {
    /// Address and password; also the sign-up with them.
    Email,
    /// User name and password.
    Username,
    /// The link that proves an address.
    EmailVerification,
    /// A new password, with which all earlier sessions end.
    PasswordChange,
    /// A link by mail.
    MagicLink,
    /// A code by mail.
    EmailOtp,
    /// Nothing: an account without an owner who could come back.
    Anonymous,
    /// A token handed from one device to another.
    OneTimeToken,
    /// An OAuth or OpenID provider with this id.
    Provider(&'a str),
    /// An admin who acts as the user.
    Impersonation,
}

impl Via<'_> {
    /// Its name in logs and in the audit log.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
            Self::EmailVerification => "email-verification",
            Self::PasswordChange => "password-change",
            Self::MagicLink => "magic-link",
            Self::EmailOtp => "email-otp",
            Self::Anonymous => "anonymous",
            Self::OneTimeToken => "one-time-token",
            Self::Provider(id) => id,
            Self::Impersonation => "impersonation",
        }
    }
}

/// Who is to be signed in, from where, for how long and by which way.
#[derive(Clone)]
pub(crate) struct Wish<'a> {
    /// Where the cookies go.
    pub(crate) jar: &'a Jar,
    /// Who asks.
    pub(crate) visitor: Visitor,
    /// For how long.
    pub(crate) remember: Remember,
    /// By which way.
    pub(crate) via: Via<'a>,
}

/// Signs a user in whose identity has been proved.
pub(crate) async fn sign_in(app: &App, user: &User, wish: Wish<'_>) -> error::Result<Session> {
    refuse_banned(app, user, &wish.visitor, wish.via).await?;
    let promoted = first_admin::promote(app, user, wish.via).await?;
    let user = promoted.as_ref().unwrap_or(user);
    let is_new = new_device::is_new(app, user, &wish.visitor).await;
    let session = app.store.create_session(&new_session(app, &user.id, &wish)).await?;
    if is_new {
        new_device::tell(app, user, &wish.visitor).await;
    }
    wish.jar.set_session(app, &session, user, wish.remember == Remember::Yes);
    last_method::tell(app, &wish);
    last_method::store(app, &user.id, wish.via).await;
    tracing::debug!(user.id = user.id.as_str(), via = wish.via.name(), "signed in");
    app.note(wish.visitor.act_in(&session, What::SignIn).with("method", wish.via.name())).await;
    Ok(session)
}

/// Makes a user and signs them in, both or neither.
pub(crate) async fn sign_up(
    app: &App,
    user: &NewUser,
    wish: Option<Wish<'_>>,
) -> Result<(User, Option<Session>), StoreError> {
    let session = wish.as_ref().map(|wish| new_session(app, &user.id, wish));
    let promoted = first_admin::promoted(app, user);
    let (user, session) = app.store.create_user(promoted.as_ref().unwrap_or(user), session.as_ref()).await?;
    if let (Some(session), Some(wish)) = (&session, &wish) {
        wish.jar.set_session(app, session, &user, wish.remember == Remember::Yes);
        last_method::tell(app, wish);
        app.note(wish.visitor.act_in(session, What::SignUp).with("method", wish.via.name())).await;
    }
    Ok((user, session))
}

/// Sets a new password. With a wish all sessions of the user end and one begins.
pub(crate) async fn change_password(
    app: &App,
    (user, account): (&User, &Account),
    hash: &str,
    wish: Option<Wish<'_>>,
) -> Result<Option<Session>, StoreError> {
    let session = wish.as_ref().map(|wish| new_session(app, &account.user_id, wish));
    let session = app.store.change_password(account, hash, session.as_ref()).await?;
    if let (Some(session), Some(wish)) = (&session, &wish) {
        wish.jar.renew_session(app, session, user);
    }
    Ok(session)
}

/// Makes a session in which an admin acts as a user; it is short and never extended.
pub(crate) async fn impersonate(app: &App, user: &User, admin: &UserId, visitor: &Visitor) -> error::Result<Session> {
    refuse_banned(app, user, visitor, Via::Impersonation).await?;
    let new = NewSession {
        id: token::id().into(),
        token: token::id().into(),
        user_id: user.id.clone(),
        expires_at: app.clock.now() + app.config.admin.impersonation_session_duration.delta(),
        ip_address: Some(visitor.address.clone()),
        user_agent: Some(visitor.user_agent.clone()),
        impersonated_by: Some(admin.clone()),
    };
    let session = app.store.create_session(&new).await?;
    tracing::info!(user.id = user.id.as_str(), admin.id = admin.as_str(), "an admin acts as a user");
    Ok(session)
}

/// A ban that is over is lifted on the way.
async fn refuse_banned(app: &App, user: &User, visitor: &Visitor, via: Via<'_>) -> error::Result<()> {
    if user.is_banned(app.clock.now()) {
        let act = visitor.act_as(Actor::Nobody, What::SignIn).about(&user.id).refused(error::BANNED_USER.name);
        app.note(act.with("method", via.name())).await;
        return Err(error::Error::banned(&app.config.admin.banned_user_message));
    }
    if user.banned == Some(true) {
        app.store.unban(&user.id).await?;
    }
    Ok(())
}

fn new_session(app: &App, user: &UserId, wish: &Wish<'_>) -> NewSession {
    let lifetime = match wish.remember {
        Remember::Yes => app.identity.rules().expires_in,
        Remember::No => NOT_REMEMBERED,
    };
    NewSession {
        id: token::id().into(),
        token: token::id().into(),
        user_id: user.clone(),
        expires_at: app.clock.now() + lifetime,
        ip_address: Some(wish.visitor.address.clone()),
        user_agent: Some(wish.visitor.user_agent.clone()),
        impersonated_by: None,
    }
}
