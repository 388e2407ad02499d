//! Posting mails: into the outbox, from where the courier takes them. No request ever waits for a mail server.

pub mod courier;

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::Notify;

use super::App;
use crate::{
    config::Secret,
    crypto::token,
    mail::Mail,
    rate_limit::Rate,
    store::{QueuedMail, StoreError},
};

/// Kind of a mail that is written and queued like any other and then dropped.
const DECOY: &str = "decoy";

/// Mails with links that one address gets at most: who asks for them need not own it.
const ASKED_FOR: Rate = Rate { window: Duration::from_secs(15 * 60), max: 10 };

/// Tells the courier of this process that something was posted.
#[derive(Default)]
pub struct Bell(Notify);

impl App {
    /// Posts a mail. It is delivered in the background, again and again if need be, until there is no use in it.
    ///
    /// # Errors
    /// When the database refuses; never because of a mail server.
    pub async fn post(&self, mail: &Mail) -> Result<(), StoreError> {
        match self.is_enough(mail) {
            true => self.post_decoy(mail).await,
            false => self.enqueue(mail, mail.kind.name()).await,
        }
    }

    /// Does all that [`App::post`] does, but nobody gets the mail: for addresses that nobody here has, so that an answer
    /// takes the same time and the same statements for them.
    ///
    /// # Errors
    /// As [`App::post`].
    pub async fn post_decoy(&self, mail: &Mail) -> Result<(), StoreError> {
        self.enqueue(mail, DECOY).await
    }

    /// Whether the address has got so many mails lately that somebody fills a mailbox with them.
    fn is_enough(&self, mail: &Mail) -> bool {
        if !self.config.rate_limit.enabled || !mail.kind.is_asked_for() {
            return false;
        }
        let now = self.clock.now().timestamp_millis();
        let enough = self.limits.count(&("mail", mail.to.email.to_lowercase()), ASKED_FOR, now).is_err();
        if enough {
            self.metrics.mails.with_label_values(&["limited"]).inc();
            tracing::warn!(mail.kind = mail.kind.name(), "a mail is not sent: its address has got too many lately");
        }
        enough
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
