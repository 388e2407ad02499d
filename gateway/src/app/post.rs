//! Posting mails: into the outbox, from where the courier takes them. No request ever waits for a mail server.

pub mod courier;

#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use tokio::sync::Notify;

use super::App;
use crate::{
    config::Secret,
    crypto::token,
    mail::Mail,
    store::{QueuedMail, StoreError},
};

/// Kind of a mail that is written and queued like any other and then dropped.
const DECOY: &str = "decoy";

/// Tells the courier of this process that something was posted.
#[derive(Default)]
pub struct Bell(Notify);

impl App {
    /// Posts a mail. It is delivered in the background, again and again if need be, until there is no use in it.
    ///
    /// # Errors
    /// When the database refuses; never because of a mail server.
    pub async fn post(&self, mail: &Mail) -> Result<(), StoreError> {
        self.enqueue(mail, mail.kind.name()).await
    }

    /// Does all that [`App::post`] does, but nobody gets the mail: for addresses that nobody here has, so that an answer
    /// takes the same time and the same statements for them.
    ///
    /// # Errors
    /// As [`App::post`].
    pub async fn post_decoy(&self, mail: &Mail) -> Result<(), StoreError> {
        self.enqueue(mail, DECOY).await
    }

    async fn enqueue(&self, mail: &Mail, kind: &str) -> Result<(), StoreError> {
        let letter = mail.letter(&self.config.auth.app_name);
        let letter = serde_json::to_string(&letter).map_err(|error| StoreError::Other(error.to_string()))?;
        let now = self.clock.now();
        let lasts = TimeDelta::from_std(mail.kind.lasts()).unwrap_or(TimeDelta::days(1));
        let queued = QueuedMail {
            id: token::id(),
            kind: kind.to_owned(),
            recipient: mail.to.email.clone(),
            letter: Secret::new(letter),
            created_at: now,
            expires_at: now + lasts,
        };
        self.store.enqueue_mail(&queued).await?;
        self.bell.0.notify_one();
        Ok(())
    }
}
