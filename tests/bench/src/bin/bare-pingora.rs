//! A Pingora proxy and nothing else: no sessions, no routes, no headers of its own. What the gateway costs is counted
//! from here, so it has the gateway's allocator, threads, time-outs and pool.
//!
//! `bare-pingora LISTEN UPSTREAM`

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use pingora::apps::HttpServerOptions;
use pingora::prelude::{HttpPeer, http_proxy_service};
use pingora::proxy::{ProxyHttp, Session};
use pingora::server::Server;
use pingora::server::configuration::ServerConf;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Bare {
    upstream: String,
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _: &mut Session, _: &mut ()) -> pingora::Result<Box<HttpPeer>> {
        let mut peer = HttpPeer::new(self.upstream.as_str(), false, String::new());
        peer.options.connection_timeout = Some(Duration::from_secs(5));
        peer.options.read_timeout = Some(Duration::from_secs(60));
        peer.options.write_timeout = Some(Duration::from_secs(60));
        peer.options.idle_timeout = Some(Duration::from_secs(30));
        Ok(Box::new(peer))
    }
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let listen = args.next().context("the address to listen on is missing")?;
    let upstream = args.next().context("the upstream's address is missing")?;
    let threads = std::thread::available_parallelism()?.get();
    let conf = ServerConf { threads, upstream_keepalive_pool_size: 1024, ..ServerConf::default() };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let mut proxy = http_proxy_service(&server.configuration, Bare { upstream });
    let mut options = HttpServerOptions::default();
    options.keepalive_request_limit = Some(10_000);
    proxy.app_logic_mut().context("the service has no proxy")?.server_options = Some(options);
    proxy.add_tcp(&listen);
    server.add_service(proxy);
    server.run_forever()
}
