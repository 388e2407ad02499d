//! Answers that last: WebSockets, event streams, downloads, calls. They belong to the session that opened them and end with
//! it, at every gateway: on sign-out, revocation, ban, expiry and deletion, and when the user no longer satisfies the route.
//!
//! Only what is upgraded, streams by its type or has lasted for some seconds is kept here; short answers never are. What
//! changes is told by the cache of sessions; every second those are looked at whose time is over.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use http::{HeaderMap, Version, header};
use pingora::proxy::Session;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{
    Gateway,
    conn::ConnState,
    request::{Ctx, connection},
    route::Routes,
};
use crate::{
    app::App,
    identity::{
        Known,
        policy::{Judgement, Policy},
    },
    store::Event,
};

/// An answer that has lasted so long belongs here, whatever its type.
const LONG: Duration = Duration::from_secs(5);
/// How often those are looked at whose time may be over.
const TICK: Duration = Duration::from_secs(1);
/// How long a stream that shares its connection may stay silent after its session has ended.
const SILENCE: Duration = Duration::from_secs(3);

/// All answers that last.
pub struct Streams {
    app: App,
    policies: Vec<Policy>,
    open: Mutex<HashMap<u64, Arc<Open>>>,
    next: AtomicU64,
}

/// One of them.
struct Open {
    known: Mutex<Arc<Known>>,
    /// The route whose policy it was judged by.
    judged: usize,
    conn: Arc<ConnState>,
    /// Whether nothing else travels on its connection.
    is_alone: bool,
    /// Whether its connection may be cut although others may travel on it: they are the same client's.
    is_clients_own: bool,
    /// To be looked at in any case.
    due: AtomicBool,
    ended: Mutex<Option<Instant>>,
}

/// A place among them, given up when dropped.
pub(super) struct Place {
    streams: Arc<Streams>,
    id: u64,
    open: Arc<Open>,
}

impl Place {
    /// Whether the session is over, so that nothing more may be sent.
    pub(super) fn is_over(&self) -> bool {
        held(&self.open.ended).is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        held(&self.streams.open).remove(&self.id);
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an answer with these fields lasts by its nature.
pub(super) fn lasts(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/event-stream") || kind.starts_with("application/grpc")
}

/// Keeps the answer to this request, if somebody is signed in. To be called when it turns out to last.
pub(super) fn keep(gateway: &Gateway, session: &Session, ctx: &mut Ctx) {
    if ctx.place.is_some() {
        return;
    }
    let (Some(known), Some(judged), Some(conn)) = (&ctx.known, ctx.judged, connection(session)) else { return };
    let is_alone = session.req_header().version <= Version::HTTP_11;
    ctx.place = Some(gateway.streams.add(Open {
        known: Mutex::new(known.clone()),
        judged,
        conn: conn.clone(),
        is_alone,
        is_clients_own: !ctx.is_trusted,
        due: AtomicBool::new(true),
        ended: Mutex::new(None),
    }));
}

/// The same for a request that has been served for some seconds.
pub(super) fn keep_if_long(gateway: &Gateway, session: &Session, ctx: &mut Ctx) {
    if ctx.place.is_none() && ctx.known.is_some() && ctx.started.elapsed() > LONG {
        keep(gateway, session, ctx);
    }
}

impl Streams {
    /// None yet.
    pub(super) fn new(app: App, routes: &Routes) -> Arc<Self> {
        let policies = routes.all().iter().map(|route| route.policy.clone()).collect();
        Arc::new(Self { app, policies, open: Mutex::default(), next: AtomicU64::new(0) })
    }

    fn add(self: &Arc<Self>, open: Open) -> Place {
        open.conn.watch();
        let (id, open) = (self.next.fetch_add(1, Ordering::Relaxed), Arc::new(open));
        held(&self.open).insert(id, open.clone());
        Place { streams: self.clone(), id, open }
    }

    /// Ends streams whose session ends, until told to stop.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.app.identity.changes();
        let mut tick = tokio::time::interval(TICK);
        loop {
            let concerned = tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => self.overdue(),
                change = changes.recv() => match change {
                    Ok(event) => self.concerned(&event),
                    Err(RecvError::Lagged(_)) => self.concerned(&Event::Everything),
                    Err(RecvError::Closed) => return,
                },
            };
            for open in concerned {
                self.judge(&open).await;
            }
        }
    }

    fn those(&self, wanted: impl Fn(&Open) -> bool) -> Vec<Arc<Open>> {
        held(&self.open).values().filter(|open| wanted(open)).cloned().collect()
    }

    fn concerned(&self, event: &Event) -> Vec<Arc<Open>> {
        self.those(|open| {
            let known = held(&open.known);
            match event {
                Event::SessionGone(session) | Event::SessionChanged(session) => known.session_id() == session.as_str(),
                Event::UserChanged(user) => known.user_id() == user.as_str(),
                Event::Everything => true,
            }
        })
    }

    fn overdue(&self) -> Vec<Arc<Open>> {
        let now = self.app.clock.now();
        let silent = |open: &Open| held(&open.ended).is_some_and(|ended| ended.elapsed() > SILENCE);
        self.those(|open| open.due.load(Ordering::Acquire) || held(&open.known).expires_at() <= now || silent(open))
    }

    /// Ends the stream unless its session goes on and its user may still use the route. While that can't be found out it
    /// goes on, and is looked at again.
    async fn judge(&self, open: &Open) {
        if held(&open.ended).is_some() {
            return open.end();
        }
        let known = held(&open.known).clone();
        open.due.store(false, Ordering::Release);
        match self.app.identity.current(&known).await {
            Err(_) => open.due.store(true, Ordering::Release),
            Ok(Some(now)) if self.admits(open, &now) => *held(&open.known) = now,
            Ok(_) => {
                tracing::info!(user.id = known.user_id(), "a stream ends with its session");
                open.end();
            }
        }
    }

    /// How fresh the session is was judged when the stream was opened.
    fn admits(&self, open: &Open, known: &Known) -> bool {
        let mut facts = known.facts(self.app.clock.now());
        facts.age = TimeDelta::zero();
        let policy = &self.policies[open.judged];
        policy.judge(Some(facts), &self.app.permissions) == Judgement::Allow
    }
}

impl Open {
    fn end(&self) {
        let began = *held(&self.ended).get_or_insert_with(Instant::now);
        // On a shared connection the next bytes end the stream; without any, the connection is cut.
        if self.is_alone || self.is_clients_own && began.elapsed() > SILENCE {
            self.conn.cut();
        }
    }
}
