//! The line by which PostgreSQL tells of changes: one connection listens, another sends a beat several times a second
//! that has to come back. A line that is cut, frozen or swallowed is so noticed within a second.

use std::{
    io,
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::future::{Either, select};
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgListener, PgNotification, PgPoolOptions},
};
use tokio::time::{MissedTickBehavior, interval, sleep, sleep_until};

use super::{
    Event, Link, Watcher,
    lease::{Lease, Tries, within},
};

const CHANNEL: &str = "gateway_events";
/// How often a beat is sent.
const BEAT: Duration = Duration::from_millis(250);
/// How long sending one may take.
const BEAT_TIMEOUT: Duration = Duration::from_millis(500);
/// How long no beat may have come back.
const SILENCE: Duration = Duration::from_millis(750);
/// How long making a line anew may take.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long the pool may take to show that the database still answers.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// The same where nobody listens any more: connections left over answer at once or not at all.
const REFUSED_PING_TIMEOUT: Duration = Duration::from_millis(200);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Listens for ever; makes the line anew whenever it is lost.
pub(super) async fn run(pool: &PgPool, options: &PgConnectOptions, watcher: &dyn Watcher) {
    let mut pause = FIRST_PAUSE;
    let mut told = None;
    loop {
        match connect(pool, options).await {
            Ok(mut line) => {
                tracing::info!("listening for changes of sessions and users");
                watcher.changed(&Event::Everything);
                watcher.link(Link::Listening);
                let reason = line.attend(watcher).await;
                watcher.link(Link::Deaf);
                tracing::warn!(%reason, "lost the line for changes; the database is asked for each request until it is back");
                (pause, told) = (FIRST_PAUSE, Some(Link::Deaf));
            }
            Err((error, link)) => {
                watcher.link(link);
                if told != Some(link) {
                    tracing::warn!(%error, ?link, "can't listen for changes");
                    told = Some(link);
                }
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Makes a line. Where that fails, whatever kept us from connecting may leave the pool's connections working, and those
/// of others who write: only if the pool gets no answer either the database is unreachable.
async fn connect(pool: &PgPool, options: &PgConnectOptions) -> Result<Line, (sqlx::Error, Link)> {
    let connecting = pin!(within(CONNECT_TIMEOUT, Line::connect(options)));
    let probing = pin!(within(PING_TIMEOUT, ping(pool)));
    let (error, answer) = match select(connecting, probing).await {
        Either::Left((Ok(line), _)) => return Ok(line),
        Either::Left((Err(error), probing)) => {
            let patience = if is_refused(&error) { REFUSED_PING_TIMEOUT } else { PING_TIMEOUT };
            (error, within(patience, probing).await)
        }
        Either::Right((answer, connecting)) => match connecting.await {
            Ok(line) => return Ok(line),
            Err(error) => (error, answer),
        },
    };
    Err((error, if answer.is_ok() { Link::Deaf } else { Link::Unreachable }))
}

/// Whether nobody listens where we want to connect.
fn is_refused(error: &sqlx::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, NotFound};
    matches!(error, sqlx::Error::Io(error) if matches!(error.kind(), ConnectionRefused | NotFound))
}

async fn ping(pool: &PgPool) -> sqlx::Result<()> {
    let mut tries = Tries::of(pool);
    loop {
        let mut lease = Lease::take(pool).await?;
        let answer = lease.connection().ping().await;
        lease.note(&answer);
        if !tries.again(&answer) {
            return answer;
        }
    }
}

/// The two connections. Their time-outs are ours: they are outside the pool.
struct Line {
    listener: PgListener,
    sender: PgConnection,
    /// Process id of the sender at the server: by it we know our own beats from those of other replicas.
    sender_id: i32,
    since: Instant,
}

impl Line {
    async fn connect(options: &PgConnectOptions) -> sqlx::Result<Self> {
        // The sender first: it fails at once where nobody listens, while a pool waits and tries again.
        let mut sender = PgConnection::connect_with(options).await?;
        let sender_id = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut sender).await?;
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(CONNECT_TIMEOUT);
        let mut listener = PgListener::connect_with(&pool.connect_lazy_with(options.clone())).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Self { listener, sender, sender_id, since: Instant::now() })
    }

    /// Passes on what comes until the line is lost; says why it was.
    async fn attend(&mut self, watcher: &dyn Watcher) -> String {
        let Self { listener, sender, sender_id, since } = self;
        tokio::select! {
            biased;
            reason = receive(listener, *sender_id, *since, watcher) => reason,
            reason = send(sender, *sender_id, *since) => reason,
        }
    }
}

async fn receive(listener: &mut PgListener, sender_id: i32, since: Instant, watcher: &dyn Watcher) -> String {
    let mut silent_at = tokio::time::Instant::now() + SILENCE;
    loop {
        let received = tokio::select! {
            // First what has come: under load the deadline may have passed while the beat lay waiting.
            biased;
            received = listener.try_recv() => received,
            () = sleep_until(silent_at) => return format!("no beat for {} ms", SILENCE.as_millis()),
        };
        match received {
            Ok(Some(notification)) => match beat(&notification) {
                None => watcher.changed(&Event::parse(notification.payload())),
                Some(sent) if i64::from(notification.process_id()) == i64::from(sender_id) => {
                    silent_at = tokio::time::Instant::now() + SILENCE;
                    watcher.lag(since.elapsed().saturating_sub(sent));
                }
                Some(_) => {}
            },
            // Not `recv`: that would go on after a loss without a word of what was missed.
            Ok(None) => return "the connection was closed".to_owned(),
            Err(error) => return error.to_string(),
        }
    }
}

/// When the beat was sent, from the making of the sender's line; none if the notification is no beat.
fn beat(notification: &PgNotification) -> Option<Duration> {
    let (_, sent) = notification.payload().strip_prefix("beat:")?.split_once(':')?;
    Some(sent.parse().map_or(Duration::ZERO, Duration::from_micros))
}

async fn send(sender: &mut PgConnection, sender_id: i32, since: Instant) -> String {
    let mut ticks = interval(BEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let payload = format!("beat:{sender_id}:{}", since.elapsed().as_micros());
        let query = sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(payload);
        if let Err(error) = within(BEAT_TIMEOUT, query.execute(&mut *sender)).await {
            return format!("the beat could not be sent: {error}");
        }
    }
}
