//! Signing in whoever has shown that they read the mail of an address: the owner of the account, or somebody new.
//!
//! An account whose address nobody had proved may have been made by somebody else to lie in wait for its owner. So all that it
//! had is taken away first: passwords, links to providers, sessions (contract security.md §9).

use super::{
    error::Result,
    issue::{self, Via, Wish},
    last_method, newcomer, welcome,
};
use crate::{
    app::App,
    store::{NewUser, Session, User},
};

/// What an account is made of if there is none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Newcomer {
    /// What the user is called.
    pub(crate) name: String,
    /// Address of a picture.
    pub(crate) image: Option<String>,
}

/// What becomes of it.
pub(crate) enum Entry {
    /// Somebody is signed in.
    In(Box<Entered>),
    /// Nobody has the address, and no account is to be made.
    Nobody,
    /// The account was deleted in this moment.
    Gone,
}

/// Somebody who is signed in.
pub(crate) struct Entered {
    /// Who.
    pub(crate) user: User,
    /// The new session.
    pub(crate) session: Session,
    /// Whether the account has just been made.
    pub(crate) is_new: bool,
}

/// Signs in the owner of an address, which is in the form it is stored in; without a newcomer no account is made.
pub(crate) async fn sign_in(app: &App, email: &str, newcomer: Option<Newcomer>, wish: Wish<'_>) -> Result<Entry> {
    let method = wish.via.name().to_owned();
    let entry = enter(app, email, newcomer, wish).await;
    let result = if matches!(entry, Ok(Entry::In(_))) { "ok" } else { "refused" };
    app.metrics.sign_ins.with_label_values(&[method.as_str(), result]).inc();
    entry
}

async fn enter(app: &App, email: &str, newcomer: Option<Newcomer>, wish: Wish<'_>) -> Result<Entry> {
    if let Some(user) = app.store.user_by_email(email).await? {
        return enter_as(app, user, wish).await;
    }
    let Some(newcomer) = newcomer else { return Ok(Entry::Nobody) };
    let new = new_user(app, email, newcomer, wish.via);
    match issue::sign_up(app, &new, Some(wish.clone())).await {
        Ok((user, Some(session))) => {
            welcome::greet(app, &new, wish.visitor.language).await;
            Ok(Entry::In(Box::new(Entered { user, session, is_new: true })))
        }
        Ok((_, None)) => Ok(Entry::Gone),
        // Somebody was faster, perhaps with another link to the same mailbox.
        Err(taken) if taken.is_taken_email() => match app.store.user_by_email(email).await? {
            Some(user) => enter_as(app, user, wish).await,
            None => Ok(Entry::Gone),
        },
        Err(error) => Err(error.into()),
    }
}

async fn enter_as(app: &App, user: User, wish: Wish<'_>) -> Result<Entry> {
    let owned = if user.email_verified { Some(user) } else { app.store.take_over(&user.id).await? };
    let Some(user) = owned else { return Ok(Entry::Gone) };
    let session = issue::sign_in(app, &user, wish).await?;
    Ok(Entry::In(Box::new(Entered { user, session, is_new: false })))
}

fn new_user(app: &App, email: &str, newcomer: Newcomer, via: Via<'_>) -> NewUser {
    NewUser {
        email_verified: true,
        image: newcomer.image,
        last_login_method: last_method::of_new_user(app, via),
        ..newcomer::newcomer(app, newcomer.name, email)
    }
}
