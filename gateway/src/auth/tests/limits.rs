//! Too many requests.

use chrono::TimeDelta;
use expect_test::expect;
use serde_json::json;

use super::{browser::PASSWORD, gate::Gate};
use crate::config::{Period, RateLimitRule, RateLimitStore};

async fn limited() -> Gate {
    Gate::with(|config| config.rate_limit.enabled = true).await
}

#[tokio::test]
async fn the_fourth_sign_in_in_ten_seconds_must_wait() {
    let gate = limited().await;
    gate.app.store.ping().await.unwrap();
    let mut anon = gate.anon().at("203.0.113.7");
    for _ in 0..3 {
        assert_eq!(anon.sign_in("ann@example.com").await.status, 401);
        gate.wait(TimeDelta::seconds(2));
    }
    let answer = anon.sign_in("ann@example.com").await;
    expect![[r#"429 {"message":"Too many requests. Please try again later."}"#]].assert_eq(&answer.masked());
    assert_eq!((answer.header("x-retry-after"), answer.header("retry-after")), ("8", "8"));
    assert_eq!(anon.get("/get-session").await.status, 200);
    // Somebody else, and somebody without an address, are counted for themselves.
    assert_eq!(gate.anon().at("203.0.113.8").sign_in("ann@example.com").await.status, 401);
    assert_eq!(gate.anon().sign_in("ann@example.com").await.status, 401);
    // The page's form is the same thing.
    let form = anon.visit("POST", "/auth/sign-in").form("email=ann%40example.com&password=x");
    let page = form.send().await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "8"));
    assert!(page.body.contains("Too many tries"));
    assert_eq!(anon.visit("GET", "/auth/sign-in").send().await.status, 200);
    gate.wait(TimeDelta::milliseconds(8_001));
    assert_eq!(anon.sign_in("ann@example.com").await.status, 401);
}

#[tokio::test]
async fn one_network_of_ipv6_is_one_client() {
    let gate = limited().await;
    for (number, expected) in [(1, 401), (2, 401), (3, 401), (4, 429)] {
        let mut anon = gate.anon().at(&format!("2001:db8:0:1::{number}"));
        assert_eq!(anon.sign_in("ann@example.com").await.status, expected);
    }
    assert_eq!(gate.anon().at("2001:db8:0:2::1").sign_in("ann@example.com").await.status, 401);
}

#[tokio::test]
async fn everything_else_has_the_general_limit_and_unknown_paths_share_one() {
    let gate = limited().await;
    let mut anon = gate.anon().at("203.0.113.7");
    for number in 0..100 {
        assert_eq!(anon.get("/ok").await.status, 200);
        assert_eq!(anon.get(&format!("/nope/{number}")).await.status, 404);
    }
    assert_eq!(anon.get("/ok").await.status, 429);
    assert_eq!(anon.get("/nope/x").await.status, 429);
    assert_eq!(anon.get("/get-session").await.status, 200);
}

#[tokio::test]
async fn guessing_at_an_account_is_limited_from_everywhere_and_ends_no_session() {
    let gate = limited().await;
    let mut ann = gate.user("ann@example.com").await;
    let mut statuses = Vec::new();
    for number in 0..12 {
        let body = json!({ "email": "ANN@example.com", "password": "wrongpass1" });
        statuses
            .push(gate.anon().at(&format!("203.0.113.{number}")).post("/sign-in/email", body).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 429, 429]);
    assert!(ann.is_signed_in().await);
    assert_eq!(gate.anon().at("198.51.100.1").sign_in("ann@example.com").await.status, 429);
    assert_eq!(gate.anon().at("198.51.100.1").sign_in("bo@example.com").await.status, 401);
    gate.wait(TimeDelta::seconds(61));
    assert_eq!(gate.anon().at("198.51.100.1").sign_in("ann@example.com").await.status, 200);
}

#[tokio::test]
async fn right_passwords_do_not_count() {
    let gate = limited().await;
    gate.user("ann@example.com").await;
    for number in 0..30 {
        assert_eq!(gate.anon().at(&format!("203.0.113.{number}")).sign_in("ann@example.com").await.status, 200);
    }
}

#[tokio::test]
async fn own_rules_come_first() {
    let gate = Gate::with(|config| {
        config.rate_limit.enabled = true;
        config.rate_limit.rules = vec![
            RateLimitRule { path: "/sign-in/*".into(), window: Period::seconds(10), max: 1 },
            RateLimitRule { path: "/ok".into(), window: Period::seconds(10), max: 0 },
        ];
    })
    .await;
    let mut anon = gate.anon();
    assert_eq!(anon.sign_in("ann@example.com").await.status, 401);
    assert_eq!(anon.sign_in("ann@example.com").await.status, 429);
    assert_eq!(anon.get("/ok").await.status, 429);
    let body = json!({ "name": "Ann", "email": "ann@example.com", "password": PASSWORD });
    assert_eq!(anon.post("/sign-up/email", body).await.status, 200);
}

#[tokio::test]
async fn without_an_address_the_peer_is_counted() {
    let gate = limited().await;
    for expected in [401, 401, 401, 429] {
        assert_eq!(gate.anon().over_unix(1000).sign_in("ann@example.com").await.status, expected);
    }
    assert_eq!(gate.anon().over_unix(1001).sign_in("ann@example.com").await.status, 401);
    assert_eq!(gate.anon().over_unix(1000).at("203.0.113.7").sign_in("ann@example.com").await.status, 401);
}

async fn counting_in_the_database() -> Gate {
    Gate::with(|config| {
        config.rate_limit.enabled = true;
        config.rate_limit.store = RateLimitStore::Database;
    })
    .await
}

#[tokio::test]
async fn the_database_counts_as_memory_does() {
    let gate = counting_in_the_database().await;
    let mut anon = gate.anon().at("203.0.113.7");
    for _ in 0..3 {
        assert_eq!(anon.sign_in("ann@example.com").await.status, 401);
        gate.wait(TimeDelta::seconds(2));
    }
    let answer = anon.sign_in("ann@example.com").await;
    assert_eq!((answer.status.as_u16(), answer.header("x-retry-after"), answer.header("retry-after")), (429, "8", "8"));
    assert_eq!(anon.get("/get-session").await.status, 200);
    assert_eq!(gate.anon().at("203.0.113.8").sign_in("ann@example.com").await.status, 401);
    gate.wait(TimeDelta::milliseconds(7_999));
    assert_eq!(anon.sign_in("ann@example.com").await.status, 429, "refused requests do not begin a window");
    gate.wait(TimeDelta::milliseconds(1));
    assert_eq!(anon.sign_in("ann@example.com").await.status, 401);
}

#[tokio::test]
async fn of_many_at_once_the_database_lets_no_more_than_allowed_pass() {
    let gate = counting_in_the_database().await;
    let tries =
        (0..12).map(|_| async { gate.anon().at("203.0.113.7").sign_in("ann@example.com").await.status.as_u16() });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 3, "{statuses:?}");
}

#[tokio::test]
async fn guesses_are_counted_in_the_database_and_right_passwords_taken_back() {
    let gate = counting_in_the_database().await;
    gate.user("ann@example.com").await;
    for number in 0..12 {
        assert_eq!(gate.anon().at(&format!("198.51.100.{number}")).sign_in("ann@example.com").await.status, 200);
    }
    let mut statuses = Vec::new();
    for number in 0..12 {
        let body = json!({ "email": "ann@example.com", "password": "wrongpass1" });
        let answer = gate.anon().at(&format!("203.0.113.{number}")).post("/sign-in/email", body).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 429, 429]);
    gate.wait(TimeDelta::hours(2));
    let now = gate.app.clock.now().timestamp_millis();
    assert!(gate.app.store.delete_old_counts(now).await.unwrap() > 20);
    assert_eq!(gate.app.store.delete_old_counts(now).await.unwrap(), 0);
}

#[tokio::test]
async fn without_the_database_limits_hold_in_memory() {
    let gate = counting_in_the_database().await;
    gate.app.store.close().await;
    let mut anon = gate.anon().at("203.0.113.7");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(anon.sign_in("ann@example.com").await.status.as_u16());
    }
    assert_eq!(statuses[3], 429, "{statuses:?}");
    assert!(statuses[..3].iter().all(|status| *status >= 500), "{statuses:?}");
}
