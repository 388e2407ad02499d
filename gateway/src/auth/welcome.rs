//! The mail that greets new users, for those who want to send one.

use crate::{
    app::App,
    mail::{Kind, Language, Mail, Recipient},
    store::{NewUser, StoreError},
};

/// Greets somebody whose account has just been made.
pub(crate) async fn greet(app: &App, user: &NewUser, language: Language) {
    if app.config.mail.welcome {
        settle(app.post(&mail(user, language)).await);
    }
}

/// Does the same for somebody whose address is taken, so that it takes as long; nobody gets a mail.
pub(crate) async fn pretend(app: &App, user: &NewUser, language: Language) {
    if app.config.mail.welcome {
        settle(app.post_decoy(&mail(user, language)).await);
    }
}

fn mail(user: &NewUser, language: Language) -> Mail {
    let to = Recipient { name: user.name.clone(), email: user.email.clone() };
    Mail { to, language, kind: Kind::Welcome }
}

/// The account is there; for want of a greeting nobody is told that it isn't.
fn settle(posted: Result<(), StoreError>) {
    if let Err(error) = posted {
        tracing::warn!(%error, "a new user could not be welcomed");
    }
}
