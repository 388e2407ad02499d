//! `POST /sign-in/email`

use chrono::TimeDelta;
use expect_test::expect;
use serde_json::{Value, json};

use super::{browser::PASSWORD, gate::Gate};
use crate::{
    config::Secret,
    store::{NewUser, UserId},
};

#[tokio::test]
async fn answers_as_the_contract_has_it() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    expect![[r#"
        200 {"redirect":false,"token":"ID","user":{"name":"Ann","email":"ann@example.com","emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME","role":"user","banned":false,"banReason":null,"banExpires":null,"id":"ID"}}
        better-auth.session_token=TOKEN.SIG; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"#]].assert_eq(&gate.anon().sign_in("ANN@EXAMPLE.COM").await.masked());

    let with_target = json!({ "email": "ann@example.com", "password": PASSWORD, "callbackURL": "/dash?x=ä" });
    let answer = gate.anon().post("/sign-in/email", with_target).await;
    assert_eq!((&answer.json()["redirect"], &answer.json()["url"]), (&json!(true), &json!("/dash?x=ä")));
    assert_eq!(answer.header("location"), "/dash?x=%C3%A4");

    let with_empty = json!({ "email": "ann@example.com", "password": PASSWORD, "callbackURL": "" });
    let answer = gate.anon().post("/sign-in/email", with_empty).await;
    assert_eq!((&answer.json()["redirect"], &answer.json()["url"]), (&json!(false), &json!("")));
    assert_eq!(answer.header("location"), "");
}

#[tokio::test]
async fn refusals() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    for (email, password, expected) in [
        (json!("ann@example.com"), json!("wrongpass1"), "401 INVALID_EMAIL_OR_PASSWORD"),
        (json!("nobody@example.com"), json!(PASSWORD), "401 INVALID_EMAIL_OR_PASSWORD"),
        (json!("ann@example.com"), json!(""), "401 INVALID_EMAIL_OR_PASSWORD"),
        (json!("ann@example.com"), json!("x".repeat(129)), "400 PASSWORD_TOO_LONG"),
        (json!("nobody@example.com"), json!("x".repeat(129)), "400 PASSWORD_TOO_LONG"),
        (json!("nope"), json!(PASSWORD), "400 INVALID_EMAIL"),
        (json!(""), json!(PASSWORD), "400 INVALID_EMAIL"),
        (json!("ann@example.com"), json!(null), "400 VALIDATION_ERROR"),
        (json!(1), json!([]), "400 VALIDATION_ERROR"),
    ] {
        let answer = gate.anon().post("/sign-in/email", json!({ "email": email, "password": password })).await;
        assert_eq!((answer.short().as_str(), answer.cookies().len()), (expected, 0), "{email} {password}");
    }
    let answer = gate.anon().post("/sign-in/email", json!({})).await;
    expect![[r#"400 {"message":"[body.email] Invalid input: expected string, received undefined; [body.password] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#]].assert_eq(&answer.masked());
}

#[tokio::test]
async fn a_user_without_a_password_is_like_an_unknown_one() {
    let gate = Gate::new().await;
    let new = NewUser {
        id: UserId::from("o"),
        name: "O".into(),
        email: "o@example.com".into(),
        email_verified: true,
        ..NewUser::default()
    };
    gate.app.store.create_user(&new, None).await.unwrap();
    let known = gate.anon().sign_in("o@example.com").await;
    let unknown = gate.anon().sign_in("p@example.com").await;
    assert_eq!((known.masked(), known.headers), (unknown.masked(), unknown.headers));
}

#[tokio::test]
async fn remembering() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let mut ann = gate.anon();
    let declined = json!({ "email": "ann@example.com", "password": PASSWORD, "rememberMe": false });
    let answer = ann.post("/sign-in/email", declined).await;
    expect![[r#"
        better-auth.session_token=TOKEN.SIG; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=true.BFyhMoAFQICgH%2B%2B8ONDt5pnF0t4lX8vI8t0WqggnFC8%3D; Path=/; HttpOnly; SameSite=Lax"#]].assert_eq(&answer.cookies().join("\n"));
    gate.wait(TimeDelta::hours(20));
    assert!(ann.get("/get-session").await.cookies().is_empty());
    expect![[r#"
        better-auth.session_token=TOKEN.SIG; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax
        better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&ann.sign_in("ann@example.com").await.cookies().join("\n"));
}

#[tokio::test]
async fn unverified_addresses_are_refused_when_told_to_but_only_after_the_right_password() {
    let gate = Gate::with(|config| config.email_password.require_verification = true).await;
    gate.anon().sign_up("ann@example.com").await;
    assert_eq!(gate.anon().sign_in("ann@example.com").await.short(), "403 EMAIL_NOT_VERIFIED");
    let wrong = json!({ "email": "ann@example.com", "password": "wrongpass1" });
    assert_eq!(gate.anon().post("/sign-in/email", wrong).await.short(), "401 INVALID_EMAIL_OR_PASSWORD");
}

#[tokio::test]
async fn banned_users_stay_out_until_the_ban_is_over() {
    let gate = Gate::new().await;
    let mut bob = gate.user("bob@example.com").await;
    let id = gate.stored("bob@example.com").await.id;
    let until = gate.app.clock.now() + TimeDelta::hours(1);
    gate.app.store.ban(&id, Some("spam"), Some(until)).await.unwrap();

    assert!(!bob.is_signed_in().await);
    expect![[r#"403 {"message":"You have been banned from this application. Please contact support if you believe this is an error.","code":"BANNED_USER"}"#]].assert_eq(&gate.anon().sign_in("bob@example.com").await.masked());
    let wrong = json!({ "email": "bob@example.com", "password": "wrongpass1" });
    assert_eq!(gate.anon().post("/sign-in/email", wrong).await.short(), "401 INVALID_EMAIL_OR_PASSWORD");

    gate.wait(TimeDelta::hours(2));
    let answer = gate.anon().sign_in("bob@example.com").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["user"]["banReason"]), (200, &json!("spam")));
    let stored = gate.stored("bob@example.com").await;
    assert_eq!((stored.banned, stored.ban_reason, stored.ban_expires), (Some(false), None, None));
}

#[tokio::test]
async fn an_old_hash_is_replaced() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let id = gate.stored("ann@example.com").await.id;
    // "password123" as the original stores it.
    let scrypt = "bff74fbe749b0b830760c24f0fbb466b:33ec723bec48c8c1ebc1a90c97145a2d393d220cdfc8fb15a37f02afe7e892288ba0b400f4407a8c180bd492ececd8dc31cb7b0c911131857ec4f74a18f650d9";
    gate.app.store.set_password(&id, scrypt).await.unwrap();
    assert_eq!(gate.anon().sign_in("ann@example.com").await.status, 200);
    let mut hash = Secret::new(scrypt);
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        hash = gate.app.store.credential_of(&id).await.unwrap().unwrap().password.unwrap();
        if hash.expose() != scrypt {
            break;
        }
    }
    assert!(hash.expose().starts_with("$argon2id$"));
    assert_eq!(gate.anon().sign_in("ann@example.com").await.status, 200);
}

#[tokio::test]
async fn a_hash_that_can_not_be_read_matches_nothing() {
    let gate = Gate::new().await;
    gate.user("ann@example.com").await;
    let id = gate.stored("ann@example.com").await.id;
    for hash in ["", "garbage", "$argon2id$", ":", "$2b$x"] {
        gate.app.store.set_password(&id, hash).await.unwrap();
        assert_eq!(gate.anon().sign_in("ann@example.com").await.short(), "401 INVALID_EMAIL_OR_PASSWORD", "{hash}");
    }
}

#[tokio::test]
async fn when_the_hashing_queue_is_full_it_says_when_to_come_back() {
    let gate = Gate::with(|config| {
        config.password.workers = 1;
        config.password.queue = 1;
        config.password.memory = crate::config::Size::mib(19);
    })
    .await;
    let tries = futures_util::future::join_all((0..20).map(|_| {
        let mut browser = gate.anon();
        async move { browser.sign_in("ann@example.com").await }
    }));
    let answers = tries.await;
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!busy.is_empty());
    assert!(answers.iter().all(|answer| answer.status == 503 || answer.status == 401));
    assert!(busy[0].header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(busy[0].json()["code"], Value::from("SERVICE_UNAVAILABLE"));
}
