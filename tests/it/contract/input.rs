//! Hostile and odd input of the auth API: an answer of the contract, never an error page, never a second account.

use futures_util::future::join_all;
use gateway_tests::client::PASSWORD;
use gateway_tests::db::Database;
use http::Method;
use serde_json::json;

use super::{alone, gateway};

on_both!(a_hundred_sign_ups_at_once_make_one_account, text_that_databases_dislike_is_refused);

async fn a_hundred_sign_ups_at_once_make_one_account(database: Database) {
    let gateway = alone(&database).start().await;
    let sign_ups = (0..100).map(|_| {
        let person = gateway.anon();
        let body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
        async move { person.post("/api/auth/sign-up/email", body).await.status.as_u16() }
    });
    let statuses = join_all(sign_ups).await;
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!(count(200), 1, "{statuses:?}");
    assert_eq!(count(422) + count(503), 99, "taken, or too many at once: {statuses:?}");
    assert_eq!(database.count("select count(*) from \"user\"").await, 1);
    assert_eq!(database.count("select count(*) from account").await, 1);
    assert_eq!(database.count("select count(*) from session").await, 1);
}

async fn text_that_databases_dislike_is_refused(database: Database) {
    let gateway = alone(&database).start().await;
    let anon = gateway.anon();
    for body in [
        json!({ "name": "a\u{0}b", "email": "ada@example.com", "password": PASSWORD }),
        json!({ "name": "a", "email": "a\u{0}@example.com", "password": PASSWORD }),
        json!({ "name": "a", "email": "ada@example.com\r\nBcc: x@y.zz", "password": PASSWORD }),
        json!({ "name": "a", "email": "ada@example.com, eve@example.com", "password": PASSWORD }),
        json!({ "name": "a", "email": format!("{}@example.com", "a".repeat(2000)), "password": PASSWORD }),
    ] {
        let answer = anon.post("/api/auth/sign-up/email", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
    }
    assert_eq!(database.count("select count(*) from \"user\"").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_bodies_are_refused_as_the_contract_says() {
    let gateway = gateway().await;
    let anon = gateway.anon();
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("a megabyte and more", vec![b'x'; (1 << 20) + 1], 413),
        ("nested deeply", deep.into_bytes(), 400),
        ("no UTF-8", b"{\"email\":\"\xff\xfe\"}".to_vec(), 400),
        ("a key twice", br#"{"email":"a@b.de","email":"c@d.de","password":"x"}"#.to_vec(), 400),
        ("something behind it", br#"{"email":"a@b.de","password":"x"} x"#.to_vec(), 400),
        ("a lone surrogate", br#"{"email":"a@b.de","password":"\ud800"}"#.to_vec(), 400),
    ];
    for (what, body, status) in cases {
        let ask = anon.ask(Method::POST, "/api/auth/sign-in/email").header("content-type", "application/json");
        let answer = ask.body(body).send().await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_fields_can_not_be_set_at_sign_up() {
    let gateway = gateway().await;
    let eve = gateway.anon();
    let body = json!({ "name": "Eve", "email": "eve@example.com", "password": PASSWORD, "role": "admin",
                       "emailVerified": true, "id": "chosen", "banned": false, "createdAt": "2001-01-01T00:00:00.000Z" });
    let answer = eve.post("/api/auth/sign-up/email", body).await;
    if answer.status == 200 {
        let user = eve.session().await["user"].clone();
        assert_eq!((&user["role"], &user["emailVerified"]), (&json!("user"), &json!(false)));
        assert_ne!(user["id"], "chosen");
        assert!(gateway_tests::seconds_until(&user["createdAt"]) > -60);
    } else {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_offered_at_sign_in_is_never_adopted() {
    let gateway = gateway().await;
    let ada = gateway.user("ada").await;
    let before = ada.token();
    ada.sign_in().await.expect(200);
    assert_ne!(ada.token(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_addresses_are_refused_alike() {
    let gateway = gateway().await;
    gateway.user("ada").await;
    let refusal = async |email: &str| {
        let body = json!({ "email": email, "password": "not the password" });
        gateway.anon().post("/api/auth/sign-in/email", body).await.expect(401).snapshot()
    };
    assert_eq!(refusal("ada@example.com").await, refusal("nobody@example.com").await);
}
