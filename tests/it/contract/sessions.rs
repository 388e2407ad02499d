//! Two browsers of one user, and another user: who sees and ends which session.

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use serde_json::json;

use super::alone;

on_both!(sessions_are_listed_and_ended, nobody_ends_the_sessions_of_others, bearer_tokens_work_and_are_handed_out);

/// The tokens that list-sessions shows, sorted.
async fn listed(person: &Person) -> Vec<String> {
    let list = person.get("/api/auth/list-sessions").await.expect(200).json();
    let tokens = list.as_array().unwrap().iter().map(|session| session["token"].as_str().unwrap().to_owned());
    let mut tokens: Vec<_> = tokens.collect();
    tokens.sort();
    tokens
}

fn sorted(tokens: &[&Person]) -> Vec<String> {
    let mut tokens: Vec<_> = tokens.iter().map(|person| person.token()).collect();
    tokens.sort();
    tokens
}

async fn sessions_are_listed_and_ended(database: Database) {
    let gateway = alone(&database).start().await;
    let laptop = gateway.user("ada").await;
    let (phone, tablet) = (laptop.clone(), laptop.clone());
    for device in [&phone, &tablet] {
        device.jar.clear();
        device.sign_in().await.expect(200);
    }
    assert_eq!(listed(&laptop).await, sorted(&[&laptop, &phone, &tablet]));

    let body = json!({ "token": phone.token() });
    assert_eq!(laptop.post("/api/auth/revoke-session", body).await.expect(200).json(), json!({ "status": true }));
    assert!(phone.session().await.is_null());
    assert_eq!(listed(&laptop).await, sorted(&[&laptop, &tablet]));

    laptop.post("/api/auth/revoke-other-sessions", json!({})).await.expect(200);
    assert!(tablet.session().await.is_null());
    assert!(!laptop.session().await.is_null());

    tablet.sign_in().await.expect(200);
    let answer = laptop.post("/api/auth/revoke-sessions", json!({})).await.expect(200);
    assert!(answer.sets("session_token").unwrap().clears());
    assert!(tablet.session().await.is_null());
    assert_eq!(database.count("select count(*) from session").await, 0);
}

async fn nobody_ends_the_sessions_of_others(database: Database) {
    let gateway = alone(&database).start().await;
    let (ada, eve) = (gateway.user("ada").await, gateway.user("eve").await);
    let answer = eve.post("/api/auth/revoke-session", json!({ "token": ada.token() })).await.expect(200);
    assert_eq!(answer.json(), json!({ "status": true }), "one can't tell whether the token exists");
    eve.post("/api/auth/revoke-other-sessions", json!({ "userId": ada.session().await["user"]["id"] }))
        .await
        .expect(200);
    assert_eq!(ada.session().await["user"]["email"], "ada@example.com");
    assert_eq!(listed(&eve).await, sorted(&[&eve]));
}

async fn bearer_tokens_work_and_are_handed_out(database: Database) {
    let gateway = alone(&database).start().await;
    let ada = gateway.user("ada").await;
    let answer = ada.sign_in().await.expect(200);
    assert_eq!(answer.header("set-auth-token"), Some(ada.signed_token().as_str()));
    assert!(answer.header("access-control-expose-headers").unwrap_or_default().contains("set-auth-token"));
    assert_eq!(answer.json()["token"], ada.token());
    for token in [ada.token(), ada.signed_token()] {
        let program = gateway.anon();
        let answer = program.ask(http::Method::GET, "/api/auth/get-session").bearer(&token).send().await.expect(200);
        assert_eq!(answer.json()["user"]["email"], "ada@example.com");
    }
}
