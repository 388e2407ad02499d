//! What a link in a mail says: whose address it is about, what is to become of it, and until when.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    auth::{
        email_otp::{
            self,
            code::{self, Purpose, Reader},
        },
        error::Result,
        links, mailing,
        visitor::Visitor,
    },
    mail::Kind,
    store::User,
};

/// The old address agrees to the move.
const CONFIRMATION: &str = "change-email-confirmation";
/// The new address is proved.
const VERIFICATION: &str = "change-email-verification";

/// The claims of a link's token, named and ordered as Better Auth does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    /// The user's address when the link was made.
    pub(super) email: String,
    /// Where the account is to move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) update_to: Option<String>,
    /// Which step of the move it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_type: Option<String>,
    /// Whose address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<String>,
    #[serde(default)]
    iat: i64,
    #[serde(default)]
    exp: i64,
}

/// The step of a move that a link takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Then the new address is asked.
    Confirmation,
    /// Then the account moves.
    Verification,
    /// The one step of older versions: it moves, and the new address has yet to be proved.
    Only,
}

impl Link {
    /// Proves the address of a user; of nobody, where there is no user and only the work is to be done.
    pub(super) fn proving(email: &str, user: Option<&User>) -> Self {
        Self {
            email: email.to_ascii_lowercase(),
            update_to: None,
            request_type: None,
            user_id: user.map(|user| user.id.as_str().to_owned()),
            iat: 0,
            exp: 0,
        }
    }

    /// Has the owner of the old address agree that the account moves.
    pub(super) fn confirming(user: &User, new_email: &str) -> Self {
        Self { request_type: Some(CONFIRMATION.into()), ..Self::moving(user, new_email) }
    }

    /// Proves the new address of a user and moves the account there.
    pub(super) fn verifying(user: &User, new_email: &str) -> Self {
        Self { request_type: Some(VERIFICATION.into()), ..Self::moving(user, new_email) }
    }

    fn moving(user: &User, new_email: &str) -> Self {
        Self { update_to: Some(new_email.to_owned()), ..Self::proving(&user.email, Some(user)) }
    }

    /// The step it takes in a move.
    pub(super) fn step(&self) -> Step {
        match self.request_type.as_deref() {
            Some(CONFIRMATION) => Step::Confirmation,
            Some(VERIFICATION) => Step::Verification,
            _ => Step::Only,
        }
    }

    /// The address to be followed; afterwards the browser goes to `callback`.
    pub(super) fn url(mut self, app: &App, callback: Option<&str>) -> String {
        let now = app.clock.now();
        let lifetime = TimeDelta::from_std(app.config.email_verification.expires_in.0).unwrap_or(TimeDelta::MAX);
        self.iat = now.timestamp();
        self.exp = now.checked_add_signed(lifetime).map_or(i64::MAX, |end| end.timestamp());
        let token = app.signer.jwt(&self);
        let callback = links::component(callback.filter(|callback| !callback.is_empty()).unwrap_or("/"));
        links::endpoint(app, &format!("/verify-email?token={token}&callbackURL={callback}"))
    }
}

/// Mails a user the link that proves their address, or, where these take its place, a code.
pub(crate) async fn mail_link(app: &App, user: &User, visitor: &Visitor, callback: Option<&str>) -> Result<()> {
    if email_otp::replaces_links(app) {
        return code::send(app, Purpose::EmailVerification, Reader::User(user), visitor).await;
    }
    mailing::send(app, user, visitor, kind(app, Link::proving(&user.email, Some(user)), callback)).await
}

/// Does the same work for an address whose mail must not be sent.
pub(crate) async fn pretend_link(app: &App, email: &str, visitor: &Visitor, callback: Option<&str>) -> Result<()> {
    if email_otp::replaces_links(app) {
        return code::send(app, Purpose::EmailVerification, Reader::Nobody(email), visitor).await;
    }
    mailing::pretend(app, email, visitor, kind(app, Link::proving(email, None), callback)).await
}

fn kind(app: &App, link: Link, callback: Option<&str>) -> Kind {
    Kind::VerifyEmail { url: link.url(app, callback), expires_in: app.config.email_verification.expires_in.0 }
}
