//! The line to the database is cut, or the database is gone.

use std::time::{Duration, Instant};

use gateway_tests::client::Person;
use gateway_tests::cluster::Cluster;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::Upstream;
use serde_json::json;
use tokio::task::block_in_place;

use super::{Pair, listening};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_listener_never_means_stale_answers() {
    let pair = Pair::start().await;
    for round in 0..5 {
        let (ada, there) = pair.user(&format!("ada{round}")).await;
        let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                    where datname = current_database() and pid <> pg_backend_pid()";
        assert!(pair.database.count(kill).await >= 2);
        let delete = format!("delete from session where token = '{}'", ada.token());
        assert_eq!(pair.database.execute(&delete).await, 1);
        let began = Instant::now();
        for person in [&ada, &there] {
            // Until the broken connection is noticed an answer may still be old: within a second, two on a busy machine.
            while person.get("/items").await.status == 200 {
                assert!(
                    began.elapsed() < Duration::from_secs(2),
                    "an ended session is believed for {:?}",
                    began.elapsed()
                );
            }
            let after = person.get("/items").await.status;
            assert!(after == 401 || after == 503, "{after}");
        }
        for gateway in [&pair.here, &pair.there] {
            listening(gateway).await;
        }
        there.get("/items").await.expect(401);
    }
}

/// A gateway on a PostgreSQL of its own, with a short grace, and Ada, who is cached.
async fn on_a_server_of_its_own(grace: &str) -> (Cluster, Gateway, Upstream, Person) {
    let cluster = block_in_place(Cluster::start);
    let database = Database::at(&cluster.new_database().await);
    let upstream = Upstream::start().await;
    let setup = Gateway::on(&database).upstream(upstream.address());
    let gateway = setup.config(&format!("[cache]\noutage_grace = \"{grace}\"")).start().await;
    listening(&gateway).await;
    let ada = gateway.user("ada").await;
    ada.get("/items").await.expect(200);
    (cluster, gateway, upstream, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_means_grace_then_503_then_recovery() {
    let (cluster, gateway, upstream, ada) = on_a_server_of_its_own("6s").await;
    let eve = gateway.user("eve").await;
    let uncached = gateway.anon();
    block_in_place(|| cluster.stop());
    let stopped = Instant::now();

    ada.get("/items").await.expect(200);
    let answer = uncached.ask(http::Method::GET, "/items").bearer("unknownunknownunknownunknownunkn").send().await;
    assert_eq!(answer.status, 503, "nobody unknown is let in");
    let answer = ada.clone().sign_in().await.expect(503);
    assert!(answer.header("retry-after").is_some());
    ada.get("/items").await.expect(200);
    assert!(stopped.elapsed() < Duration::from_secs(6), "none of this may hang: {:?}", stopped.elapsed());

    tokio::time::sleep(Duration::from_millis(6500).saturating_sub(stopped.elapsed())).await;
    let seen = upstream.count();
    let answer = ada.ask(http::Method::GET, "/items").as_fetch().send().await.expect(503);
    assert_eq!(answer.code(), "SERVICE_UNAVAILABLE");
    let wait: u32 = answer.header("retry-after").unwrap_or_default().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let page = ada.ask(http::Method::GET, "/items").as_navigation().send().await.expect(503);
    assert!(page.header("content-type").unwrap_or_default().starts_with("text/html"));
    assert_eq!(upstream.count(), seen, "nothing goes through unasked");
    assert_eq!(reqwest::get(gateway.admin_url("/readyz")).await.unwrap().status(), 503);
    assert_eq!(reqwest::get(gateway.admin_url("/healthz")).await.unwrap().status(), 200);

    block_in_place(|| cluster.resume());
    gateway_tests::eventually("it recovers", async || eve.get("/items").await.status == 200).await;
    ada.get("/items").await.expect(200);
    listening(&gateway).await;
    ada.clone().post("/api/auth/sign-out", json!({})).await.expect(200);
    ada.get("/items").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_before_the_outage_stays_revoked() {
    let (cluster, gateway, _upstream, ada) = on_a_server_of_its_own("60s").await;
    let eve = gateway.user("eve").await;
    eve.get("/items").await.expect(200);
    eve.clone().post("/api/auth/sign-out", json!({})).await.expect(200);
    block_in_place(|| cluster.stop());
    let status = eve.get("/items").await.status;
    assert!(status == 401 || status == 503, "{status}");
    ada.get("/items").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_grace_an_outage_is_503_at_once() {
    let (cluster, _gateway, _upstream, ada) = on_a_server_of_its_own("0s").await;
    block_in_place(|| cluster.stop());
    gateway_tests::eventually("the outage counts", async || ada.get("/items").await.status == 503).await;
}
