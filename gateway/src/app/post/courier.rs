//! The courier: takes mails out of the outbox and hands them to the transport, some at once.
//!
//! Any number of gateways may run one on the same database. A mail is leased while it is tried, so that each is tried by
//! one of them, and by another one if that dies.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{super::App, DECOY};
use crate::{
    mail::{Failure, Outgoing, Transport},
    store::{ClaimedMail, StoreError},
};

/// Mails on their way at once.
const LANES: usize = 4;
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(60);
/// How long a mail is ours: well beyond an attempt and the note of its outcome.
const LEASE: TimeDelta = TimeDelta::seconds(120);
/// How long those on their way may go on when the gateway stops.
const FAREWELL: Duration = Duration::from_secs(5);
/// The longest pause between two looks at the outbox, for mails of gateways that died.
const LONGEST_NAP: Duration = Duration::from_secs(10);
/// The pause after a server could not be reached or the database did not answer.
const BREATHER: Duration = Duration::from_secs(1);
/// The pauses between the attempts at one mail; the last is repeated until there is no use in the mail any more.
const RETRIES: [TimeDelta; 11] = [
    TimeDelta::seconds(1),
    TimeDelta::seconds(3),
    TimeDelta::seconds(10),
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::minutes(30),
    TimeDelta::hours(1),
    TimeDelta::hours(2),
    TimeDelta::hours(4),
    TimeDelta::hours(8),
];
/// The longest pause while no mail gets through: those that wait should leave soon after the server is back.
const UNREACHABLE_AT_MOST: TimeDelta = TimeDelta::minutes(1);

/// Delivers what is posted, until `stop`; then finishes what is on its way.
pub async fn run(app: App, transport: Transport, stop: CancellationToken) {
    let courier = Courier { app, transport, failing: AtomicBool::new(false) };
    Arc::new(courier).work(stop).await;
}

struct Courier {
    app: App,
    transport: Transport,
    /// Whether the last attempt found the server unreachable; to say so once.
    failing: AtomicBool,
}

/// What came of one attempt.
enum Outcome {
    /// It is over with this mail, or only with this attempt at it.
    Settled,
    /// Others would fare no better now.
    Unreachable,
}

impl Courier {
    async fn work(self: Arc<Self>, stop: CancellationToken) {
        let mut lanes = JoinSet::new();
        let mut resting_until = Instant::now();
        while !stop.is_cancelled() {
            let mut wake = resting_until;
            if resting_until <= Instant::now() && lanes.len() < LANES {
                match self.load(&mut lanes).await {
                    Ok(nap) => wake = Instant::now() + nap,
                    Err(error) => {
                        tracing::warn!(%error, "the outbox could not be read");
                        wake = Instant::now() + BREATHER;
                    }
                }
            }
            let full = lanes.len() >= LANES;
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.app.bell.0.notified(), if !full => {}
                () = sleep_until(wake), if !full => {}
                Some(outcome) = lanes.join_next() => {
                    if !matches!(outcome, Ok(Outcome::Settled)) {
                        resting_until = Instant::now() + BREATHER;
                    }
                }
            }
        }
        let rest = async { while lanes.join_next().await.is_some() {} };
        if timeout(FAREWELL, rest).await.is_err() {
            tracing::warn!("stopped with mails on their way; they are tried again later");
        }
    }

    /// Starts an attempt at each mail that is due, as far as lanes are free; tells when to look again.
    async fn load(self: &Arc<Self>, lanes: &mut JoinSet<Outcome>) -> Result<Duration, StoreError> {
        let free = LANES - lanes.len();
        let now = self.app.clock.now();
        match self.app.store.next_mail_due().await? {
            None => return Ok(LONGEST_NAP),
            Some(due) if due > now => return Ok((due - now).to_std().unwrap_or_default().min(LONGEST_NAP)),
            Some(_) => {}
        }
        let claimed = self.app.store.claim_mails(u32::try_from(free).unwrap_or(1), now + LEASE).await?;
        let nap = if claimed.is_empty() { BREATHER } else { Duration::ZERO };
        for mail in claimed {
            let courier = Arc::clone(self);
            lanes.spawn(async move { courier.attempt(mail).await });
        }
        Ok(nap)
    }

    /// Tries to deliver one mail and notes what came of it.
    async fn attempt(&self, claimed: ClaimedMail) -> Outcome {
        let sent = self.send(&claimed).await;
        let unreachable = matches!(sent, Err(Trouble::Failed(Failure::Unreachable(_))));
        if let Err(error) = self.note(&claimed, sent).await {
            // The lease ends some time, and then the mail is tried again.
            tracing::warn!(mail.id = claimed.mail.id, %error, "the outcome of a mail could not be noted");
        }
        if unreachable { Outcome::Unreachable } else { Outcome::Settled }
    }

    async fn send(&self, ClaimedMail { mail, .. }: &ClaimedMail) -> Result<Way, Trouble> {
        if mail.kind == DECOY {
            return Ok(Way::Dropped);
        }
        if mail.expires_at <= self.app.clock.now() {
            return Err(Trouble::Expired);
        }
        let letter = serde_json::from_str(mail.letter.expose())
            .map_err(|_| Failure::Refused("what it says can't be read".into()))?;
        let outgoing = Outgoing { id: mail.id.clone(), to: mail.recipient.clone(), posted_at: mail.created_at, letter };
        let late = || Failure::Unreachable(format!("no answer within {} s", ATTEMPT.as_secs()));
        timeout(ATTEMPT, self.transport.send(&outgoing)).await.map_err(|_| late())??;
        Ok(Way::Delivered)
    }

    async fn note(&self, claimed: &ClaimedMail, sent: Result<Way, Trouble>) -> Result<(), StoreError> {
        let store = &self.app.store;
        match sent {
            Ok(Way::Dropped) => store.mail_delivered(&claimed.mail.id).await,
            Ok(Way::Delivered) => {
                self.tell(claimed, "delivered", "");
                store.mail_delivered(&claimed.mail.id).await
            }
            Err(Trouble::Expired) => self.give_up(claimed, "expired", "it could not be delivered in time").await,
            Err(Trouble::Failed(Failure::Refused(why))) => self.give_up(claimed, "refused", &why).await,
            Err(Trouble::Failed(failure)) => {
                let due = self.app.clock.now() + pause(claimed.attempt, &failure);
                if due >= claimed.mail.expires_at {
                    return self.give_up(claimed, "expired", &failure.to_string()).await;
                }
                self.tell_of_delay(claimed, &failure, due);
                store.retry_mail(claimed, due, &failure.to_string()).await
            }
        }
    }

    async fn give_up(&self, claimed: &ClaimedMail, outcome: &str, why: &str) -> Result<(), StoreError> {
        self.tell(claimed, outcome, why);
        self.app.store.give_up_mail(claimed, why).await
    }

    /// The end of a mail.
    fn tell(&self, ClaimedMail { mail, attempt }: &ClaimedMail, outcome: &str, why: &str) {
        self.app.metrics.mails.with_label_values(&[outcome]).inc();
        let (id, kind) = (&mail.id, &mail.kind);
        if outcome != "delivered" {
            tracing::error!(mail.id = id, mail.kind = kind, attempt, outcome, why, "a mail was given up");
            return;
        }
        tracing::debug!(mail.id = id, mail.kind = kind, attempt, "a mail was delivered");
        if self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("mails are delivered again");
        }
    }

    fn tell_of_delay(&self, ClaimedMail { mail, attempt }: &ClaimedMail, failure: &Failure, due: DateTime<Utc>) {
        self.app.metrics.mails.with_label_values(&["delayed"]).inc();
        let unreachable = matches!(failure, Failure::Unreachable(_));
        let (id, kind) = (&mail.id, &mail.kind);
        // As long as the server is away one line is enough, however many mails wait.
        if unreachable && self.failing.swap(true, Ordering::Relaxed) {
            tracing::debug!(mail.id = id, mail.kind = kind, attempt, why = %failure, again = %due, "a mail has to wait");
        } else {
            tracing::warn!(mail.id = id, mail.kind = kind, attempt, why = %failure, again = %due, "a mail has to wait");
        }
    }
}

/// How a mail left the outbox.
enum Way {
    Delivered,
    /// It was a decoy.
    Dropped,
}

/// Why a mail did not leave.
enum Trouble {
    /// There is no use in it any more.
    Expired,
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// How long to wait after this attempt.
fn pause(attempt: i64, failure: &Failure) -> TimeDelta {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(RETRIES.len() - 1);
    match failure {
        Failure::Unreachable(_) => RETRIES[index].min(UNREACHABLE_AT_MOST),
        _ => RETRIES[index],
    }
}
