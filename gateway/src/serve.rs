//! Wires app, auth and proxy together, opens the listeners, runs, drains.

mod admin;
mod bind;
mod crowd;
mod housekeeping;
mod listener;
mod tls;
mod whoami;

use std::{io::Write, net::SocketAddr, sync::Arc};

use anyhow::Context;
use pingora::{
    apps::HttpServerOptions,
    protocols::http::v2::server::H2Options,
    proxy::{HttpProxy, http_proxy},
    server::configuration::ServerConf,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::{App, Parts, post::courier},
    auth,
    clock::Clock,
    config::{Config, secret},
    identity::cache::SessionCache,
    mail::Transport,
    proxy::{
        Gateway,
        route::{self, Routes},
        upstream::Upstream,
    },
    store::Store,
    telemetry::Metrics,
};
use bind::Bound;
use listener::Front;

/// Idle connections kept to all upstreams together.
const UPSTREAM_POOL: usize = 1_024;
/// Requests served on one connection before it is closed.
const REQUESTS_PER_CONNECTION: u32 = 10_000;
/// Streams open at once on one HTTP/2 connection.
const H2_STREAMS: u32 = 128;

/// Runs the gateway until `stop` is cancelled, then lets what runs finish.
///
/// # Errors
/// When it can't start: a listener can't be opened, the database can't be used, a certificate can't be read.
pub async fn serve(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let bound = bind::bind(&config).await?;
    let admin = admin::bind(&config).await?;
    let tls = tls::acceptor(&config)?;
    let tasks = TaskTracker::new();
    let background = CancellationToken::new();

    let app = open(&config, &bound, &tasks, &background).await?;
    let transport = Transport::new(&config.mail).map_err(|why| anyhow::anyhow!("mail: {why}"))?;
    tasks.spawn(courier::run(app.clone(), transport, background.clone()));
    let upstreams = upstreams(&config, &tasks, &background).await?;
    let gateway = gateway(&app, upstreams)?;
    tasks.spawn(gateway.streams().watch(background.clone()));
    let front = Front::new(&app, proxy(&app, gateway), tls);

    announce(&app, &bound, admin.as_ref());
    if let Some(admin) = admin {
        tasks.spawn(admin::serve(admin, app.clone(), stop.clone(), background.clone()));
    }
    front.run(bound, stop).await;

    background.cancel();
    tasks.close();
    tasks.wait().await;
    app.finish_notes().await;
    app.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Opens the database and starts what runs beside the requests.
async fn open(
    config: &Config,
    bound: &[Bound],
    tasks: &TaskTracker,
    background: &CancellationToken,
) -> anyhow::Result<App> {
    let clock = Clock::system();
    let metrics = Metrics::new().context("registering metrics")?;
    let cache = Arc::new(SessionCache::new(&config.cache, clock.clone(), metrics.clone()));
    let secrets = secret::resolve_secrets(config).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let store = Store::open(&config.database, clock.clone(), cache.clone()).await?;
    if config.username.enabled && !store.keeps_usernames_apart().await? {
        anyhow::bail!(
            "username.enabled: some users have the same user name; give each another one (column username of the users' \
             table), then start again"
        );
    }
    tasks.spawn({
        let (store, stop) = (store.clone(), background.clone());
        async move { store.watch(stop).await }
    });
    let stays = housekeeping::Stays::of(config);
    tasks.spawn(housekeeping::run(store.clone(), cache.clone(), clock.clone(), stays, background.clone()));
    cache.listening().await;
    let port = bound.iter().find_map(|bound| bound.address().map(|address| address.port()));
    let public_url = config.public_url(port);
    Ok(App::new(Parts { config: config.clone(), public_url, secrets, store, cache, clock, metrics })?)
}

/// Compiles the upstreams, in the order of their names, and keeps them current.
async fn upstreams(
    config: &Config,
    tasks: &TaskTracker,
    background: &CancellationToken,
) -> anyhow::Result<Vec<Arc<Upstream>>> {
    let asks_for_whoami =
        config.upstreams.values().flat_map(|upstream| &upstream.servers).any(|server| server == whoami::NAME);
    let whoami: Option<SocketAddr> =
        if asks_for_whoami { Some(whoami::start(tasks, background.clone()).await?) } else { None };
    let mut upstreams = Vec::with_capacity(config.upstreams.len());
    for (name, upstream) in &config.upstreams {
        let upstream =
            Arc::new(Upstream::compile(name, upstream, whoami).with_context(|| format!("upstreams.{name}"))?);
        upstream.resolve().await;
        tasks.spawn(upstream.clone().watch(background.clone()));
        upstreams.push(upstream);
    }
    Ok(upstreams)
}

/// The way of a request, with the routes compiled.
fn gateway(app: &App, upstreams: Vec<Arc<Upstream>>) -> anyhow::Result<Gateway> {
    for (index, doubt) in route::doubts(&app.config) {
        tracing::warn!(route.index = index, "{doubt}");
    }
    let routes = Routes::compile(&app.config).map_err(|problems| anyhow::anyhow!(problems.join("\n")))?;
    Gateway::new(app.clone(), auth::router(app.clone()), routes, upstreams)
}

/// The proxy with Pingora's options set.
fn proxy(app: &App, gateway: Gateway) -> HttpProxy<Gateway> {
    let conf = ServerConf { upstream_keepalive_pool_size: UPSTREAM_POOL, max_retries: 4, ..ServerConf::default() };
    let mut proxy = http_proxy(&Arc::new(conf), gateway);
    let mut options = HttpServerOptions::default();
    options.h2c = true;
    options.keepalive_request_limit = Some(REQUESTS_PER_CONNECTION);
    options.h2_idle_timeout = Some(app.config.server.keep_alive.0);
    proxy.server_options = Some(options);
    let mut h2 = H2Options::new();
    h2.max_concurrent_streams(H2_STREAMS);
    h2.max_header_list_size(u32::try_from(app.config.server.max_header_size.0).unwrap_or(u32::MAX));
    h2.max_pending_accept_reset_streams(16);
    h2.max_concurrent_reset_streams(16);
    proxy.h2_options = Some(h2);
    proxy
}

/// Tells on standard output where the gateway listens and where to go. That nobody reads it is no reason to stop.
fn announce(app: &App, bound: &[Bound], admin: Option<&tokio::net::TcpListener>) {
    let mut out = std::io::stdout().lock();
    for bound in bound {
        writeln!(out, "listening on {}", bound.url(!app.config.tls.certificates.is_empty())).ok();
    }
    if let Some(address) = admin.and_then(|admin| admin.local_addr().ok()) {
        writeln!(out, "admin on http://{address}").ok();
    }
    let ui = &app.config.auth.ui_path;
    let url = app.public_url.as_str().trim_end_matches('/');
    writeln!(out, "open {url}{ui}/sign-up to make an account, or {url}/ for what is behind the gateway").ok();
    tracing::info!(public_url = url, "ready");
}
