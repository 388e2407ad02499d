//! How often one may try.

use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::Upstream;
use serde_json::json;

use super::alone;

#[tokio::test(flavor = "multi_thread")]
async fn the_fourth_sign_in_within_ten_seconds_has_to_wait() {
    let gateway = alone(&Database::sqlite()).config("[rate_limit]\nenabled = true").start().await;
    let ada = gateway.user("ada").await;
    for _ in 0..3 {
        ada.sign_in().await.expect(200);
    }
    let answer = ada.sign_in().await.expect(429);
    assert_eq!(answer.json(), json!({ "message": "Too many requests. Please try again later." }));
    let wait: u32 = answer.header("x-retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(answer.header("retry-after"), answer.header("x-retry-after"));
    assert!(!ada.session().await.is_null(), "other paths have counts of their own");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_for_the_auth_api_and_never_end_sessions() {
    let upstream = Upstream::start().await;
    let setup = Gateway::on(&Database::sqlite()).upstream(upstream.address());
    let gateway = setup.config("[rate_limit]\nenabled = true\nmax = 5").start().await;
    let ada = gateway.user("ada").await;
    let eve = gateway.anon();
    for _ in 0..20 {
        let guess = json!({ "email": ada.email, "password": format!("{PASSWORD}!") });
        eve.post("/api/auth/sign-in/email", guess).await;
    }
    for _ in 0..20 {
        ada.get("/items").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_can_not_choose_the_address_that_is_counted() {
    let gateway = alone(&Database::sqlite()).config("[rate_limit]\nenabled = true").start().await;
    gateway.user("ada").await;
    let eve = gateway.anon();
    let mut statuses = Vec::new();
    for n in 0..6 {
        let guess = json!({ "email": "ada@example.com", "password": "a wrong guess" });
        let ask = eve.ask(http::Method::POST, "/api/auth/sign-in/email").json(&guess);
        statuses.push(ask.header("x-forwarded-for", &format!("203.0.113.{n}")).send().await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429, 429]);
}

on_both!(gateways_on_one_database_count_together);

async fn gateways_on_one_database_count_together(database: Database) {
    let setup = || alone(&database).config("[rate_limit]\nenabled = true\nstore = \"database\"");
    let (first, second) = (setup().start().await, setup().start().await);
    let ada = first.user("ada").await;
    let wrong = json!({ "email": ada.email, "password": "a wrong guess" });
    let mut statuses = Vec::new();
    for gateway in [&first, &second, &first, &second, &first] {
        let answer = gateway.anon().post("/api/auth/sign-in/email", wrong.clone()).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    let key = database.text("select key from \"rateLimit\" where key like '%|/sign-in/email'").await;
    assert_eq!(key.as_deref(), Some("127.0.0.1|/sign-in/email"), "the original's own form");
    assert_eq!(
        database.text("select cast(count as text) from \"rateLimit\" where key like '%|/sign-in/email'").await,
        Some("3".to_owned())
    );
    assert_eq!(database.count("select count(*) from \"rateLimit\" where key like '%example.com%'").await, 0);
}
