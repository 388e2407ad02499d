//! What goes through the gateway, what doesn't, and what each side sees of the other.

mod bodies;
mod chain;
mod cors;
mod denials;
mod forwarding;
mod hostile;
mod identity;
mod protocols;

use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::upstream::Upstream;

/// A gateway before an upstream of its own, on SQLite; every route is for signed-in users.
async fn gateway() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    (Gateway::before(upstream.address()).await, upstream)
}

/// The same with routes of the test's own, which lead to the upstream `app`.
async fn gateway_with(config: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    (setup(&upstream).config(config).start().await, upstream)
}

/// A gateway on SQLite with `app` as its only upstream.
fn setup(upstream: &Upstream) -> Setup {
    Gateway::on(&Database::sqlite()).upstream(upstream.address())
}
