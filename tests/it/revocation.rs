//! What ends at one place ends everywhere, at once; and nobody is let in when nobody can be asked.

mod governed;
mod outage;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gateway_tests::client::Person;
use gateway_tests::cluster::Cluster;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::Upstream;
use serde_json::json;
use tokio::task::block_in_place;

/// How long news may take from the commit to the other gateway, on a machine that is busy with other tests. How long they
/// take on a quiet one is what the bench measures.
const SOON: Duration = Duration::from_secs(1);

/// Two gateways on one PostgreSQL, and Ada, whom both have in their caches.
struct Pair {
    here: Gateway,
    there: Gateway,
    upstream: Upstream,
    database: Database,
}

impl Pair {
    async fn start() -> Self {
        let (database, upstream) = (Database::postgres().await, Upstream::start().await);
        let here = Gateway::on(&database).upstream(upstream.address()).start().await;
        let there = Gateway::on(&database).upstream(upstream.address()).start().await;
        for gateway in [&here, &there] {
            listening(gateway).await;
        }
        Self { here, there, upstream, database }
    }

    /// A user with a session that is cached at both, as seen from each.
    async fn user(&self, name: &str) -> (Person, Person) {
        let ada = self.here.user(name).await;
        let there = ada.at(&self.there.url(""), self.there.origin());
        for _ in 0..3 {
            ada.get("/items").await.expect(200);
            there.get("/items").await.expect(200);
        }
        (ada, there)
    }
}

async fn listening(gateway: &Gateway) {
    gateway_tests::eventually("the gateway listens", async || {
        gateway.metric("gateway_listener_connected").await == 1.0
    })
    .await;
}

/// Waits until `person` gets this status; panics when it takes longer than [`SOON`].
async fn soon(person: &Person, status: u16) {
    let began = Instant::now();
    loop {
        let answer = person.get("/items").await.status;
        let took = began.elapsed();
        if answer == status {
            return;
        }
        assert!(took < SOON, "still {answer} after {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_at_one_gateway_ends_at_the_other() {
    let pair = Pair::start().await;
    let (ada, there) = pair.user("ada").await;
    ada.clone().post("/api/auth/sign-out", json!({})).await.expect(200);
    ada.get("/items").await.expect(401);
    soon(&there, 401).await;

    let (bob, there) = pair.user("bob").await;
    bob.clone().post("/api/auth/revoke-sessions", json!({})).await.expect(200);
    bob.get("/items").await.expect(401);
    soon(&there, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_in_psql_counts_at_both() {
    let pair = Pair::start().await;
    let (ada, there) = pair.user("ada").await;
    pair.database.execute("update \"user\" set role = 'admin'").await;
    for person in [&ada, &there] {
        let began = Instant::now();
        loop {
            person.get("/items").await.expect(200);
            if pair.upstream.last().header("x-user-role") == Some("admin") {
                break;
            }
            assert!(began.elapsed() < SOON, "still the old role");
        }
    }
    pair.database.execute(&format!("delete from session where token = '{}'", ada.token())).await;
    soon(&ada, 401).await;
    soon(&there, 401).await;

    let (bob, there) = pair.user("bob").await;
    pair.database.execute("update \"user\" set banned = true where email = 'bob@example.com'").await;
    soon(&bob, 401).await;
    soon(&there, 401).await;

    let (eve, there) = pair.user("eve").await;
    let past = gateway_tests::moment(-1);
    pair.database
        .execute(&format!("update session set \"expiresAt\" = '{past}' where token = '{}'", eve.token()))
        .await;
    soon(&eve, 401).await;
    soon(&there, 401).await;

    let (zoe, there) = pair.user("zoe").await;
    pair.database.execute("delete from \"user\" where email = 'zoe@example.com'").await;
    soon(&zoe, 401).await;
    soon(&there, 401).await;

    let (max, there) = pair.user("max").await;
    pair.database.execute("truncate session").await;
    soon(&max, 401).await;
    soon(&there, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_session_is_not_cached_by_a_lookup_that_began_before() {
    let pair = Pair::start().await;
    for round in 0..20 {
        let ada = pair.here.user(&format!("ada{round}")).await;
        let there = ada.at(&pair.there.url(""), pair.there.origin());
        let delete = format!("delete from session where token = '{}'", ada.token());
        let (.., deleted) =
            tokio::join!(join_all((0..10).map(|_| there.get("/items"))), pair.database.execute(&delete));
        assert_eq!(deleted, 1);
        soon(&there, 401).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        there.get("/items").await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_changed_by_another_program_counts() {
    let (database, upstream) = (Database::sqlite(), Upstream::start().await);
    let gateway = Gateway::on(&database).upstream(upstream.address()).start().await;
    let ada = gateway.user("ada").await;
    ada.get("/items").await.expect(200);
    database.execute("delete from session").await;
    gateway_tests::eventually("the deleted row counts", async || ada.get("/items").await.status == 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_with_an_uncached_session_make_one_query() {
    let cluster = block_in_place(Cluster::start);
    let database = Database::at(&cluster.new_database().await);
    let upstream = Upstream::start().await;
    let here = Gateway::on(&database).upstream(upstream.address()).start().await;
    let ada = here.user("ada").await;
    let there = Gateway::on(&database).upstream(upstream.address()).start().await;
    listening(&there).await;
    Database::at(&cluster.url("postgres")).execute("alter system set log_statement = 'all'").await;
    database.execute("select pg_reload_conf()").await;
    gateway_tests::eventually("statements are logged", async || {
        database.execute("select 'a mark'").await;
        cluster.log().contains("a mark")
    })
    .await;

    let there = ada.at(&there.url(""), there.origin());
    let before = lookups(&cluster);
    let statuses = join_all((0..200).map(|_| there.get("/items"))).await;
    assert!(statuses.iter().all(|answer| answer.status == 200));
    assert_eq!(lookups(&cluster) - before, 1);
    assert_eq!(upstream.count(), 200);
}

/// How many statements on sessions the server has logged.
fn lookups(cluster: &Cluster) -> usize {
    cluster.log().matches("from \"session\" s join").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_tokens_neither_evict_nor_flood() {
    let pair = Pair::start().await;
    let (ada, _) = pair.user("ada").await;
    let stranger = pair.here.anon();
    for n in 0..200 {
        let token = format!("{n:032}");
        let ask = stranger.ask(http::Method::GET, "/items").bearer(&token);
        ask.send().await.expect(401);
        let forged = format!("better-auth.session_token={token}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D");
        stranger.ask(http::Method::GET, "/items").header("cookie", &forged).send().await.expect(401);
    }
    let misses = pair.here.metric("gateway_session_cache_misses_total").await;
    ada.get("/items").await.expect(200);
    assert_eq!(pair.here.metric("gateway_session_cache_misses_total").await, misses, "Ada is still cached");
}
