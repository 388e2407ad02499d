//! Mails that flows send to people, in the language of whoever asked.
//!
//! For an address that nobody here has, [`pretend`] does the same work: whoever waits for the answer learns nothing.

use super::{error::Result, visitor::Visitor};
use crate::{
    app::App,
    mail::{Kind, Mail, Recipient},
    store::User,
};

/// Posts a mail to a user.
pub(crate) async fn send(app: &App, to: &User, visitor: &Visitor, kind: Kind) -> Result<()> {
    post(app, Recipient { name: to.name.clone(), email: to.email.clone() }, visitor, kind).await
}

/// Posts a mail to a user at another address.
pub(crate) async fn send_elsewhere(app: &App, to: &User, email: &str, visitor: &Visitor, kind: Kind) -> Result<()> {
    post(app, Recipient { name: to.name.clone(), email: email.to_owned() }, visitor, kind).await
}

/// Posts a mail to an address that has no account yet.
pub(crate) async fn send_to_newcomer(app: &App, email: &str, visitor: &Visitor, kind: Kind) -> Result<()> {
    post(app, Recipient { name: String::new(), email: email.to_owned() }, visitor, kind).await
}

/// Works as hard as [`send`], and sends nothing.
pub(crate) async fn pretend(app: &App, email: &str, visitor: &Visitor, kind: Kind) -> Result<()> {
    let nobody = Recipient { name: String::new(), email: email.to_owned() };
    Ok(app.post_decoy(&mail(nobody, visitor, kind)).await?)
}

/// Posts a notice, if such notices are wanted. What it is about has happened, so that nothing is refused because of it.
pub(crate) async fn notify(app: &App, to: &User, visitor: &Visitor, kind: Kind) {
    let wanted = match kind {
        Kind::PasswordChanged { .. } => app.config.mail.password_changed,
        Kind::NewDevice { .. } => app.config.mail.new_device,
        _ => true,
    };
    if !wanted {
        return;
    }
    let to = Recipient { name: to.name.clone(), email: to.email.clone() };
    if let Err(error) = app.post(&mail(to, visitor, kind)).await {
        tracing::warn!(%error, "a notice could not be posted");
    }
}

async fn post(app: &App, to: Recipient, visitor: &Visitor, kind: Kind) -> Result<()> {
    Ok(app.post(&mail(to, visitor, kind)).await?)
}

fn mail(to: Recipient, visitor: &Visitor, kind: Kind) -> Mail {
    Mail { to, language: visitor.language, kind }
}
