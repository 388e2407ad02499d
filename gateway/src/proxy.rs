//! The way of a request, in Pingora's phases. Each phase is a few lines; what it does lives beside this file.

pub mod answer;
pub mod bridge;
pub mod caller;
pub mod client_addr;
pub mod conn;
mod cors;
pub mod denial;
pub mod entrance;
pub mod explain;
mod explaining;
pub mod forward_auth;
pub mod forwarded;
mod head_scan;
pub mod headers;
pub mod host;
pub mod path;
mod pattern;
mod place;
pub mod reading;
pub mod refusal;
mod request;
mod response;
pub mod route;
pub mod streams;
mod upgrade;
pub mod upstream;
mod websocket;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Version, header};
use pingora::{
    Error, ErrorType, Result,
    http::{RequestHeader, ResponseHeader},
    modules::http::HttpModules,
    proxy::{FailToProxy, ProxyHttp, Session},
    upstreams::peer::HttpPeer,
};

use crate::{
    app::App,
    identity::{Verdict, policy::Policy},
};
use denial::Denial;
use headers::HeaderPlan;
use request::{Ctx, Place};
use route::{Route, Routes};
use streams::Streams;
use upstream::Upstream;

/// How long a client may pause within a body.
const BODY_PAUSE: Duration = Duration::from_secs(60);
/// How long the rest of a body is read after an answer, so that the connection can be kept.
const DRAIN: Duration = Duration::from_secs(2);

/// The proxy: routes, upstreams and the auth API in-process.
pub struct Gateway {
    app: App,
    auth: axum::Router,
    routes: Routes,
    upstreams: Vec<Arc<Upstream>>,
    headers: HeaderPlan,
    trusted: client_addr::TrustedProxies,
    streams: Arc<Streams>,
}

impl Gateway {
    /// Puts the proxy together; `upstreams` in the order of `routes`' indexes.
    ///
    /// # Errors
    /// When an identity header can't be named as configured.
    pub fn new(app: App, auth: axum::Router, routes: Routes, upstreams: Vec<Arc<Upstream>>) -> anyhow::Result<Self> {
        let headers = HeaderPlan::compile(&app.config.identity_headers);
        Ok(Self {
            headers: headers.map_err(|problems| anyhow::anyhow!(problems.join("\n")))?,
            trusted: client_addr::TrustedProxies::of(&app.config.server),
            streams: Streams::new(app.clone(), &routes),
            app,
            auth,
            routes,
            upstreams,
        })
    }

    /// The answers that last.
    pub fn streams(&self) -> Arc<Streams> {
        self.streams.clone()
    }

    /// Finds out what is asked and by whom, and answers or lets go on: `true` means answered.
    async fn decide(&self, session: &mut Session, ctx: &mut Ctx) -> Result<bool> {
        let place = match self.place(session.req_header(), ctx) {
            Ok(place) => place,
            Err(denial) => return self.deny(session, ctx, denial).await,
        };
        match place {
            Place::Auth(uri) => {
                let status = bridge::answer(&self.auth, session, uri, ctx.client, &ctx.id).await?;
                ctx.mode = "auth";
                ctx.answered(status, "auth");
                Ok(true)
            }
            Place::ForwardAuth(proxy) => {
                ctx.mode = "forward-auth";
                let checked = forward_auth::check(self, session.req_header(), proxy, ctx).await;
                ctx.answered(checked.status, ctx.result);
                answer::send(session, checked).await?;
                Ok(true)
            }
            Place::ChangePassword => {
                let account = format!("{}/account", self.app.config.auth.ui_path);
                let moved = answer::Answer::new(http::StatusCode::FOUND).with_text(header::LOCATION, &account);
                ctx.answered(moved.status, "redirect");
                answer::send(session, moved).await?;
                Ok(true)
            }
            Place::Preflight(readers) => {
                let max_age = self.app.config.cors.max_age.0.as_secs();
                let answer = cors::answer(readers, &session.req_header().headers, max_age);
                ctx.answered(answer.status, "preflight");
                answer::send(session, answer).await?;
                Ok(true)
            }
            Place::Route(route, policy) => self.admit(session, ctx, route, policy).await,
        }
    }

    /// Decides whether the request may pass its route.
    async fn admit(&self, session: &mut Session, ctx: &mut Ctx, route: &Route, policy: &Policy) -> Result<bool> {
        ctx.route = Some(route.index);
        let request = session.req_header();
        if request::declared_length(request).is_some_and(|length| length > route.max_body_size) {
            return self.deny(session, ctx, Denial::BodyTooLarge).await;
        }
        let verdict = self.app.identity.authorize(&request.headers, policy).await;
        if let Verdict::Allow(known) = &verdict {
            if known.is_some() && cors::is_foreign(&self.app, request, route.readers.as_ref()) {
                return self.deny(session, ctx, Denial::ForeignOrigin).await;
            }
            ctx.known = known.clone();
            ctx.judged = self.routes.judging(route, policy);
            if let Err(denial) = request::assert(self, route, ctx).await {
                return self.deny(session, ctx, denial).await;
            }
            ctx.result = "allow";
            ctx.explained = explaining::for_admin(self, request, ctx).await;
            let request = session.req_header();
            self.extend_if_due(request, ctx);
            request::mend_connection(self, session.req_header_mut())?;
            return Ok(false);
        }
        match Denial::of(verdict) {
            Some(denial) => self.deny(session, ctx, denial).await,
            None => Ok(false),
        }
    }

    /// Starts the extension of an old session off the request's path, and lets the cookie go out with the answer.
    fn extend_if_due(&self, request: &RequestHeader, ctx: &mut Ctx) {
        let Some(known) = &ctx.known else { return };
        if !self.app.identity.is_extension_due(known, &request.headers) || !known.is_extension_free() {
            return;
        }
        ctx.refreshed = self.app.cookies.set_session(known.token().expose(), true);
        let (app, known) = (self.app.clone(), known.clone());
        tokio::spawn(async move {
            if let Err(error) = app.identity.extend(&known).await {
                tracing::warn!(%error, "a session could not be extended");
            }
        });
    }

    /// Sends a denial. Always "answered".
    async fn deny(&self, session: &mut Session, ctx: &mut Ctx, denial: Denial) -> Result<bool> {
        let request = session.req_header();
        let explained = explaining::for_admin(self, request, ctx).await;
        let readers = ctx.route.and_then(|index| self.routes.all()[index].readers.as_ref());
        let asker = ctx.asker(request, readers.unwrap_or(&self.app.readers));
        let refusal = denial.answer(&self.app, &asker).explained(explained);
        if let Denial::Malformed(_, code, _) = &denial {
            self.app.metrics.refused.with_label_values(&[code]).inc();
            session.set_keepalive(None);
        }
        ctx.answered(refusal.status, denial.name());
        answer::send(session, refusal).await?;
        Ok(true)
    }
}

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Ctx;

    fn new_ctx(&self) -> Ctx {
        Ctx::new()
    }

    /// No modules: the gateway neither compresses nor decompresses.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn early_request_filter(&self, session: &mut Session, ctx: &mut Ctx) -> Result<()> {
        if let Some(state) = request::connection(session) {
            state.head_done();
            ctx.begin(state, session.req_header(), &self.trusted);
        }
        let keep_alive = self.app.config.server.keep_alive.0.as_secs().max(1);
        if session.get_keepalive().is_some() {
            session.set_keepalive(Some(keep_alive));
        }
        session.set_pipelining_enabled(true);
        session.set_read_timeout(Some(BODY_PAUSE));
        session.set_write_timeout(Some(BODY_PAUSE));
        session.set_total_drain_timeout(Some(DRAIN));
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, ctx: &mut Ctx) -> Result<bool> {
        self.decide(session, ctx).await
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        _end: bool,
        ctx: &mut Ctx,
    ) -> Result<()> {
        streams::keep_if_long(self, session, ctx);
        let Some(bytes) = body else { return Ok(()) };
        ctx.body_bytes += bytes.len() as u64;
        let most = ctx.route.map_or(0, |index| self.routes.all()[index].max_body_size);
        if ctx.body_bytes > most && !ctx.upgraded {
            return Err(
                Error::explain(ErrorType::HTTPStatus(413), "the body is larger than the route allows").into_down()
            );
        }
        Ok(())
    }

    async fn upstream_peer(&self, session: &mut Session, ctx: &mut Ctx) -> Result<Box<HttpPeer>> {
        ctx.tries += 1;
        let upstream = self.upstream_of(ctx);
        let peer = upstream.and_then(|upstream| upstream.choose());
        let peer = peer.map(|peer| Box::new(upgrade::prepare(peer, session.req_header())));
        peer.ok_or_else(|| Error::explain(ErrorType::ConnectError, "no server has an address").into_up())
    }

    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut Ctx,
        mut error: Box<Error>,
    ) -> Box<Error> {
        let retries = self.upstream_of(ctx).map_or(0, |upstream| upstream.retries());
        error.set_retry(ctx.tries <= retries);
        error
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        out: &mut RequestHeader,
        ctx: &mut Ctx,
    ) -> Result<()> {
        request::forward(self, session, out, ctx);
        Ok(())
    }

    async fn response_filter(&self, session: &mut Session, head: &mut ResponseHeader, ctx: &mut Ctx) -> Result<()> {
        ctx.upgraded = head.status == http::StatusCode::SWITCHING_PROTOCOLS;
        ctx.status = head.status;
        if ctx.upgraded
            && let Some(state) = request::connection(session)
        {
            state.begin_websocket();
        }
        if ctx.upgraded || streams::lasts(&head.headers) {
            streams::keep(self, session, ctx);
        }
        response::guard(head, ctx)?;
        match ctx.route.and_then(|index| self.routes.all()[index].readers.as_ref()) {
            Some(readers) => cors::replace(head, readers, &session.req_header().headers),
            None => Ok(()),
        }
    }

    fn response_body_filter(
        &self,
        session: &mut Session,
        _body: &mut Option<Bytes>,
        _end: bool,
        ctx: &mut Ctx,
    ) -> Result<Option<Duration>> {
        streams::keep_if_long(self, session, ctx);
        if ctx.place.as_ref().is_some_and(streams::Place::is_over) && session.req_header().version > Version::HTTP_11 {
            return Err(Error::explain(ErrorType::ConnectionClosed, "the session has ended").into_down());
        }
        Ok(None)
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, ctx: &mut Ctx) -> FailToProxy {
        let denial = Denial::of_failure(error);
        ctx.failure = Some(error.etype().as_str());
        let code = denial.as_ref().map_or(0, |_| 1);
        if let Some(denial) = denial.filter(|_| session.response_written().is_none()) {
            session.set_keepalive(None);
            if let Err(error) = self.deny(session, ctx, denial).await {
                tracing::debug!(%error, "the client was gone before it was told");
            }
        }
        FailToProxy { error_code: if code == 0 { 0 } else { ctx.status.as_u16() }, can_reuse_downstream: false }
    }

    fn suppress_error_log(&self, _session: &Session, _ctx: &Ctx, _error: &Error) -> bool {
        true
    }

    async fn logging(&self, session: &mut Session, _error: Option<&Error>, ctx: &mut Ctx) {
        if session.req_header().version <= Version::HTTP_11
            && !ctx.upgraded
            && let Some(state) = request::connection(session)
        {
            state.request_done();
        }
        response::log(self, session.req_header(), ctx);
    }
}

impl Gateway {
    fn upstream_of(&self, ctx: &Ctx) -> Option<&Arc<Upstream>> {
        let route = &self.routes.all()[ctx.route?];
        self.upstreams.get(route.upstream_index)
    }
}
